//! What the algorithms of the domain are in the crate that computes them: kinds of keys, schemes, hashes and inputs, and
//! how its failures are told through the port. Every provider computes something itself, if only with public keys.
#![forbid(unsafe_code)]

use claviger_crypto::{CryptoError, Curve, HashAlg, Input, KeyKind, SignatureScheme};
use claviger_ports::{ProviderError, SigningInput};
use claviger_types::{EncryptionAlgorithm, KeySpec, MacAlgorithm, SigningAlgorithm};

/// How a failed operation is reported.
pub fn failure(error: CryptoError) -> ProviderError {
    match error {
        CryptoError::Malformed | CryptoError::Rejected | CryptoError::TooLarge => ProviderError::Rejected,
        CryptoError::Unsupported => ProviderError::Unsupported,
        CryptoError::Internal => ProviderError::Internal(error.to_string()),
    }
}

/// Whether what was checked is right: that it is not, is an answer.
///
/// # Errors
/// If it can't be checked.
pub fn verdict(checked: Result<(), CryptoError>) -> Result<bool, ProviderError> {
    match checked {
        Ok(()) => Ok(true),
        Err(CryptoError::Rejected) => Ok(false),
        Err(error) => Err(failure(error)),
    }
}

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

/// The scheme of `algorithm`, if a key of `spec` has it.
///
/// # Errors
/// `Unsupported` if it has not.
pub fn scheme(spec: KeySpec, algorithm: SigningAlgorithm) -> Result<SignatureScheme, ProviderError> {
    if !SigningAlgorithm::of(spec).contains(&algorithm) {
        return Err(ProviderError::Unsupported);
    }
    Ok(match algorithm {
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
    })
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

/// The hash of OAEP and of its mask.
///
/// # Errors
/// `Unsupported` if `algorithm` is none of RSA's.
pub const fn oaep_hash(algorithm: EncryptionAlgorithm) -> Result<HashAlg, ProviderError> {
    match algorithm {
        EncryptionAlgorithm::RsaOaepSha1 => Ok(HashAlg::Sha1),
        EncryptionAlgorithm::RsaOaepSha256 => Ok(HashAlg::Sha256),
        EncryptionAlgorithm::RsaOaepSha512 => Ok(HashAlg::Sha512),
        EncryptionAlgorithm::SymmetricDefault => Err(ProviderError::Unsupported),
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
