//! Whatever strangers send as an OCSP request is one or is refused.
#![no_main]

use claviger_pki::ocsp::StatusRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = StatusRequest::from_der(data);
});
