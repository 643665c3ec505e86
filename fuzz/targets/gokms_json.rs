//! Bodies of go-kms requests: the first byte picks the endpoint.
#![no_main]

use claviger_front_gokms::{ENDPOINTS, parse_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else { return };
    let Some(endpoint) = ENDPOINTS.get(usize::from(*first) % ENDPOINTS.len()) else { return };
    let _ = parse_request(endpoint, body);
});
