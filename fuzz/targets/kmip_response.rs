//! A response that is read, and written in its version, is read again as the same.
#![no_main]

use claviger_kmip::{Limits, ResponseMessage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = ResponseMessage::decode(bytes, Limits::RESPONSE) else { return };
    let Ok(written) = message.encode() else { return };
    let again = ResponseMessage::decode(written.expose(), Limits::RESPONSE).expect("what we write, we read");
    let again = again.encode().expect("what we read, we write");
    assert_eq!(again.expose(), written.expose());
});
