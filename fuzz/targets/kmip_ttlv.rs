//! What the codec of KMIP accepts is the only way to write it, and costs no more than its limits allow.
#![no_main]

use claviger_kmip::{
    Limits,
    ttlv::{decode, encode, message_len},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(item) = decode(bytes, Limits::REQUEST) {
        assert_eq!(encode(&item).expose(), bytes);
    }
    if let Some(header) = bytes.first_chunk()
        && let Ok(length) = message_len(header, Limits::REQUEST)
    {
        assert!(length <= Limits::REQUEST.bytes);
    }
});
