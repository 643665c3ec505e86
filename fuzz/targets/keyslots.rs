//! A keyslot header that parses is written back to something that parses to the same.
#![no_main]

use claviger_core::seal::Header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = Header::parse(bytes) {
        let written = header.encode();
        let again = Header::parse(&written).expect("what we write, we read");
        assert_eq!(again.encode(), written);
    }
});
