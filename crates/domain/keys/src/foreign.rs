//! Public keys of others, which no provider holds: what they are, and how they check signatures.

use claviger_crypto::{Curve, HashAlg, Input, KeyKind, SignatureScheme};
use claviger_ports::SigningInput;
use claviger_types::{KeySpec, SigningAlgorithm};

/// What a key of ours would be called that is like this one.
pub(crate) const fn spec(kind: KeyKind) -> Option<KeySpec> {
    Some(match kind {
        KeyKind::Rsa(2048) => KeySpec::Rsa2048,
        KeyKind::Rsa(3072) => KeySpec::Rsa3072,
        KeyKind::Rsa(4096) => KeySpec::Rsa4096,
        KeyKind::Ec(Curve::P256) => KeySpec::EcP256,
        KeyKind::Ec(Curve::P384) => KeySpec::EcP384,
        KeyKind::Ec(Curve::P521) => KeySpec::EcP521,
        KeyKind::Ec(Curve::Secp256k1) => KeySpec::EcSecp256k1,
        KeyKind::Ed25519 => KeySpec::Ed25519,
        KeyKind::MlDsa(44) => KeySpec::MlDsa44,
        KeyKind::MlDsa(65) => KeySpec::MlDsa65,
        KeyKind::MlDsa(87) => KeySpec::MlDsa87,
        KeyKind::Rsa(_) | KeyKind::MlDsa(_) => return None,
    })
}

pub(crate) const fn scheme(algorithm: SigningAlgorithm) -> SignatureScheme {
    match algorithm {
        SigningAlgorithm::EcdsaSha256 => SignatureScheme::Ecdsa(HashAlg::Sha256),
        SigningAlgorithm::EcdsaSha384 => SignatureScheme::Ecdsa(HashAlg::Sha384),
        SigningAlgorithm::EcdsaSha512 => SignatureScheme::Ecdsa(HashAlg::Sha512),
        SigningAlgorithm::Ed25519 => SignatureScheme::Ed25519,
        SigningAlgorithm::Ed25519ph => SignatureScheme::Ed25519ph,
        SigningAlgorithm::MlDsa => SignatureScheme::MlDsa,
        SigningAlgorithm::RsaPkcs1Sha256 => SignatureScheme::RsaPkcs1(HashAlg::Sha256),
        SigningAlgorithm::RsaPkcs1Sha384 => SignatureScheme::RsaPkcs1(HashAlg::Sha384),
        SigningAlgorithm::RsaPkcs1Sha512 => SignatureScheme::RsaPkcs1(HashAlg::Sha512),
        SigningAlgorithm::RsaPssSha256 => SignatureScheme::RsaPss(HashAlg::Sha256),
        SigningAlgorithm::RsaPssSha384 => SignatureScheme::RsaPss(HashAlg::Sha384),
        SigningAlgorithm::RsaPssSha512 => SignatureScheme::RsaPss(HashAlg::Sha512),
    }
}

pub(crate) const fn input(input: SigningInput<'_>) -> Input<'_> {
    match input {
        SigningInput::Digest(digest) => Input::Digest(digest),
        SigningInput::ExternalMu(mu) => Input::ExternalMu(mu),
        SigningInput::Message(message) => Input::Message(message),
    }
}
