//! Wrapped key material: refused, or unwrapped to what was wrapped; what comes out is a key or is refused.
#![no_main]

use std::sync::LazyLock;

use claviger_crypto::{HashAlg, PrivateKey, PublicKey, aes_kwp_wrap, unwrap_rsa_aes};
use libfuzzer_sys::fuzz_target;

const KEK: [u8; 32] = [9; 32];

struct Wrapping {
    key: PrivateKey,
    /// The key-encryption key under the wrapping key.
    kek: Vec<u8>,
}

static WRAPPING: LazyLock<Wrapping> = LazyLock::new(|| {
    let key = PrivateKey::generate_rsa(2048).expect("a key");
    let public = PublicKey::from_spki_der(&key.public_key_der().expect("its public half")).expect("a key");
    let kek = public.encrypt_oaep(HashAlg::Sha256, b"", &KEK).expect("a wrapped key");
    Wrapping { key, kek }
});

fuzz_target!(|bytes: &[u8]| {
    let Wrapping { key, kek } = &*WRAPPING;
    let unwrap = |wrapped: &[u8]| unwrap_rsa_aes(key, HashAlg::Sha256, wrapped);
    let _ = unwrap(bytes);
    assert!(unwrap(&[kek, bytes].concat()).is_err() || bytes.len() >= 16);
    if let Ok(wrapped) = aes_kwp_wrap(&KEK, bytes) {
        let material = unwrap(&[&**kek, &*wrapped].concat()).expect("what was wrapped unwraps");
        assert_eq!(&**material, bytes);
        let _ = PrivateKey::from_pkcs8(&material);
    }
});
