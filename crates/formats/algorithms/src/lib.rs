//! What the algorithms of the domain are in the crate that computes them: kinds of keys, schemes, hashes and inputs.
#![forbid(unsafe_code)]

use claviger_crypto::{Curve, HashAlg, Input, KeyKind, SignatureScheme};
use claviger_types::{EncryptionAlgorithm, KeySpec, MacAlgorithm, SigningAlgorithm, SigningInput};

/// What an asymmetric key of `spec` is; `None` for symmetric ones.
pub const fn key_kind(spec: KeySpec) -> Option<KeyKind> {
    match spec {
        KeySpec::EcP256 => Some(KeyKind::Ec(Curve::P256)),
        KeySpec::EcP384 => Some(KeyKind::Ec(Curve::P384)),
        KeySpec::EcP521 => Some(KeyKind::Ec(Curve::P521)),
        KeySpec::EcSecp256k1 => Some(KeyKind::Ec(Curve::Secp256k1)),
        KeySpec::Ed25519 => Some(KeyKind::Ed25519),
        KeySpec::MlDsa44 => Some(KeyKind::MlDsa(44)),
        KeySpec::MlDsa65 => Some(KeyKind::MlDsa(65)),
        KeySpec::MlDsa87 => Some(KeyKind::MlDsa(87)),
        KeySpec::Rsa2048 => Some(KeyKind::Rsa(2048)),
        KeySpec::Rsa3072 => Some(KeyKind::Rsa(3072)),
        KeySpec::Rsa4096 => Some(KeyKind::Rsa(4096)),
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => None,
    }
}

/// What a key of `kind` is called; `None` for kinds that the service doesn't make or take.
pub const fn key_spec(kind: KeyKind) -> Option<KeySpec> {
    match kind {
        KeyKind::Ec(Curve::P256) => Some(KeySpec::EcP256),
        KeyKind::Ec(Curve::P384) => Some(KeySpec::EcP384),
        KeyKind::Ec(Curve::P521) => Some(KeySpec::EcP521),
        KeyKind::Ec(Curve::Secp256k1) => Some(KeySpec::EcSecp256k1),
        KeyKind::Ed25519 => Some(KeySpec::Ed25519),
        KeyKind::MlDsa(44) => Some(KeySpec::MlDsa44),
        KeyKind::MlDsa(65) => Some(KeySpec::MlDsa65),
        KeyKind::MlDsa(87) => Some(KeySpec::MlDsa87),
        KeyKind::Rsa(2048) => Some(KeySpec::Rsa2048),
        KeyKind::Rsa(3072) => Some(KeySpec::Rsa3072),
        KeyKind::Rsa(4096) => Some(KeySpec::Rsa4096),
        KeyKind::Rsa(_) | KeyKind::MlDsa(_) => None,
    }
}

/// The scheme of `algorithm`; `None` if a key of `spec` has no such algorithm.
pub fn scheme(spec: KeySpec, algorithm: SigningAlgorithm) -> Option<SignatureScheme> {
    let scheme = match algorithm {
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
    };
    SigningAlgorithm::of(spec).contains(&algorithm).then_some(scheme)
}

/// The hash of a scheme that signs digests.
pub const fn prehash(scheme: SignatureScheme) -> Option<HashAlg> {
    match scheme {
        SignatureScheme::Ecdsa(hash) | SignatureScheme::RsaPkcs1(hash) | SignatureScheme::RsaPss(hash) => {
            Some(hash)
        }
        SignatureScheme::Ed25519 | SignatureScheme::Ed25519ph | SignatureScheme::MlDsa => None,
    }
}

/// What is given to the scheme.
pub const fn input(input: SigningInput<'_>) -> Input<'_> {
    match input {
        SigningInput::Digest(digest) => Input::Digest(digest),
        SigningInput::ExternalMu(mu) => Input::ExternalMu(mu),
        SigningInput::Message(message) => Input::Message(message),
    }
}

/// The hash of OAEP and of its mask; `None` if `algorithm` is none of RSA's.
pub const fn oaep_hash(algorithm: EncryptionAlgorithm) -> Option<HashAlg> {
    match algorithm {
        EncryptionAlgorithm::RsaOaepSha1 => Some(HashAlg::Sha1),
        EncryptionAlgorithm::RsaOaepSha256 => Some(HashAlg::Sha256),
        EncryptionAlgorithm::RsaOaepSha512 => Some(HashAlg::Sha512),
        EncryptionAlgorithm::SymmetricDefault => None,
    }
}

/// The hash of an HMAC.
pub const fn mac_hash(algorithm: MacAlgorithm) -> HashAlg {
    match algorithm {
        MacAlgorithm::HmacSha1 => HashAlg::Sha1,
        MacAlgorithm::HmacSha224 => HashAlg::Sha224,
        MacAlgorithm::HmacSha256 => HashAlg::Sha256,
        MacAlgorithm::HmacSha384 => HashAlg::Sha384,
        MacAlgorithm::HmacSha512 => HashAlg::Sha512,
    }
}

#[cfg(test)]
mod tests;
