//! A request that is read, and written in its version, is read again as the same.
#![no_main]

use claviger_kmip::{Limits, RequestMessage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match RequestMessage::decode(bytes, Limits::REQUEST) {
        // Not everything that clients say existed in the version they say it in.
        Ok(message) => {
            let Ok(written) = message.encode() else { return };
            let again = RequestMessage::decode(written.expose(), Limits::REQUEST).expect("what we write, we read");
            let again = again.encode().expect("what we read, we write");
            assert_eq!(again.expose(), written.expose());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
