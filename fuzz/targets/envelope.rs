//! A header that is read is written back as it was.
#![no_main]

use claviger_keys::envelope::{AdditionalData, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((header, sealed)) = Header::parse(bytes) {
        let mut written = Vec::new();
        header.write(&AdditionalData::None, &mut written);
        written.extend_from_slice(sealed);
        assert_eq!(written, bytes);
    }
});
