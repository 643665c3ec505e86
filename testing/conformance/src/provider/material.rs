use claviger_crypto::{Curve, KeyKind};
use claviger_types::KeySpec;

/// A fixed key of `spec` as it is imported: raw or PKCS#8.
///
/// The PKCS#8 files were made by OpenSSL 3.0; Ed25519 is the example of RFC 8410 §10.3, ML-DSA the seed of RFC 9881
/// appendix C (00 to 1f), encoded and expanded by OpenSSL 4.0.
pub(super) fn of(spec: KeySpec) -> Vec<u8> {
    match pair(spec) {
        Some((private, _)) => private.to_vec(),
        None => vec![0x42; spec.symmetric_len().unwrap()],
    }
}

/// SubjectPublicKeyInfo of the key that [`of`] gives.
pub(super) fn public(spec: KeySpec) -> Option<&'static [u8]> {
    pair(spec).map(|(_, public)| public)
}

/// What `claviger-crypto` calls the asymmetric keys of `spec`.
pub(super) fn kind(spec: KeySpec) -> Option<KeyKind> {
    Some(match spec {
        KeySpec::EcP256 => KeyKind::Ec(Curve::P256),
        KeySpec::EcP384 => KeyKind::Ec(Curve::P384),
        KeySpec::EcP521 => KeyKind::Ec(Curve::P521),
        KeySpec::EcSecp256k1 => KeyKind::Ec(Curve::Secp256k1),
        KeySpec::Ed25519 => KeyKind::Ed25519,
        KeySpec::MlDsa44 => KeyKind::MlDsa(44),
        KeySpec::MlDsa65 => KeyKind::MlDsa(65),
        KeySpec::MlDsa87 => KeyKind::MlDsa(87),
        KeySpec::Rsa2048 => KeyKind::Rsa(2048),
        KeySpec::Rsa3072 => KeyKind::Rsa(3072),
        KeySpec::Rsa4096 => KeyKind::Rsa(4096),
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => return None,
    })
}

macro_rules! pair {
    ($name:literal) => {
        Some((
            include_bytes!(concat!("keys/", $name, ".pkcs8.der")),
            include_bytes!(concat!("keys/", $name, ".spki.der")),
        ))
    };
}

fn pair(spec: KeySpec) -> Option<(&'static [u8], &'static [u8])> {
    match spec {
        KeySpec::EcP256 => pair!("ec-p256"),
        KeySpec::EcP384 => pair!("ec-p384"),
        KeySpec::EcP521 => pair!("ec-p521"),
        KeySpec::EcSecp256k1 => pair!("ec-secp256k1"),
        KeySpec::Ed25519 => pair!("ed25519"),
        KeySpec::MlDsa44 => pair!("ml-dsa-44"),
        KeySpec::MlDsa65 => pair!("ml-dsa-65"),
        KeySpec::MlDsa87 => pair!("ml-dsa-87"),
        KeySpec::Rsa2048 => pair!("rsa-2048"),
        KeySpec::Rsa3072 => pair!("rsa-3072"),
        KeySpec::Rsa4096 => pair!("rsa-4096"),
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => None,
    }
}
