//! Private and public keys from outside: refused, or usable and written back canonically.
#![no_main]

use claviger_crypto::{PrivateKey, PublicKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = PublicKey::from_spki_der(bytes) {
        let _ = key.kind();
    }
    if let Ok(key) = PrivateKey::from_pkcs8(bytes) {
        let written = key.to_pkcs8().expect("a key that was read can be written");
        assert!(PrivateKey::from_pkcs8(&written).is_ok());
        assert!(key.public_key_der().is_ok());
    }
});
