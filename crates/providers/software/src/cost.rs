//! Where each operation runs: `None` is where it is called, for what costs less than about 100 microseconds.

use claviger_types::KeySpec;

use crate::pool::Lane;

/// Use of the private key.
pub(crate) const fn private(spec: KeySpec) -> Option<Lane> {
    match spec {
        KeySpec::EcP384
        | KeySpec::EcP521
        | KeySpec::MlDsa44
        | KeySpec::MlDsa65
        | KeySpec::MlDsa87
        | KeySpec::Rsa2048 => Some(Lane::Short),
        KeySpec::Rsa3072 | KeySpec::Rsa4096 => Some(Lane::Long),
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::EcP256
        | KeySpec::EcSecp256k1
        | KeySpec::Ed25519
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => None,
    }
}

/// Use of the public key, which is cheap but on the larger curves.
pub(crate) const fn public(spec: KeySpec) -> Option<Lane> {
    match spec {
        KeySpec::EcP384 | KeySpec::EcP521 => Some(Lane::Short),
        _ => None,
    }
}

/// Parsing a private key, which validates it: about as much as its use, and more on secp256k1.
pub(crate) const fn parsing(spec: KeySpec) -> Option<Lane> {
    match spec {
        KeySpec::EcSecp256k1 => Some(Lane::Short),
        _ => private(spec),
    }
}

/// Making a key.
pub(crate) const fn generation(spec: KeySpec) -> Option<Lane> {
    match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Some(Lane::Generation),
        _ => parsing(spec),
    }
}

/// Approximate memory in bytes of a private key, parsed and used, with its public half.
pub(crate) const fn weight(spec: KeySpec) -> usize {
    match spec {
        KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => 2_000,
        KeySpec::EcSecp256k1 => 400,
        KeySpec::Ed25519 => 800,
        KeySpec::MlDsa44 => 10_000,
        KeySpec::MlDsa65 => 14_500,
        KeySpec::MlDsa87 => 18_500,
        KeySpec::Rsa2048 => 10_000,
        KeySpec::Rsa3072 => 13_000,
        KeySpec::Rsa4096 => 16_000,
        // Symmetric keys have no private half.
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => 0,
    }
}
