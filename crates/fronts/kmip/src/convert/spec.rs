use claviger_kmip::{
    ResultReason,
    enums::{CryptographicAlgorithm as Algorithm, RecommendedCurve},
    value::UsageMask,
};
use claviger_types::{KeySpec, KeyUsage};

use crate::error::Failure;

/// A symmetric key that the service can make or use; `None` for one that can only be kept.
pub(crate) fn symmetric(algorithm: Algorithm, bits: u32) -> Option<(KeySpec, KeyUsage)> {
    let (spec, usage) = match (algorithm, bits) {
        (Algorithm::Aes, 128) => (KeySpec::Aes128, KeyUsage::RawEncrypt),
        (Algorithm::Aes, 256) => (KeySpec::Aes256, KeyUsage::RawEncrypt),
        (Algorithm::HmacSha1, 160) => (KeySpec::HmacSha1, KeyUsage::Mac),
        (Algorithm::HmacSha224, 224) => (KeySpec::Hmac224, KeyUsage::Mac),
        (Algorithm::HmacSha256, 256) => (KeySpec::Hmac256, KeyUsage::Mac),
        (Algorithm::HmacSha384, 384) => (KeySpec::Hmac384, KeyUsage::Mac),
        (Algorithm::HmacSha512, 512) => (KeySpec::Hmac512, KeyUsage::Mac),
        _ => return None,
    };
    Some((spec, usage))
}

/// The length that a key of an algorithm has where its maker says none, in bits.
pub(crate) fn usual_length(algorithm: Algorithm) -> Option<u32> {
    match algorithm {
        Algorithm::Aes | Algorithm::HmacSha256 => Some(256),
        Algorithm::HmacSha1 => Some(160),
        Algorithm::HmacSha224 => Some(224),
        Algorithm::HmacSha384 => Some(384),
        Algorithm::HmacSha512 => Some(512),
        _ => None,
    }
}

/// An asymmetric key.
pub(crate) fn asymmetric(
    algorithm: Algorithm,
    bits: Option<u32>,
    curve: Option<RecommendedCurve>,
) -> Result<KeySpec, Failure> {
    let unsupported = || {
        Failure::rejected(
            ResultReason::InvalidField,
            "There are no such key pairs here: RSA has 2048, 3072 or 4096 bits, curves are P-256, P-384, P-521 and secp256k1.",
        )
    };
    match algorithm {
        Algorithm::Rsa => match bits {
            Some(2048) => Ok(KeySpec::Rsa2048),
            Some(3072) => Ok(KeySpec::Rsa3072),
            Some(4096) => Ok(KeySpec::Rsa4096),
            _ => Err(unsupported()),
        },
        Algorithm::Ed25519 => Ok(KeySpec::Ed25519),
        Algorithm::Ecdsa | Algorithm::Ec | Algorithm::Ecdh => match (curve, bits) {
            (Some(RecommendedCurve::P256), None | Some(256)) | (None, Some(256)) => Ok(KeySpec::EcP256),
            (Some(RecommendedCurve::P384), None | Some(384)) | (None, Some(384)) => Ok(KeySpec::EcP384),
            (Some(RecommendedCurve::P521), None | Some(521)) | (None, Some(521)) => Ok(KeySpec::EcP521),
            (Some(RecommendedCurve::Secp256k1), None | Some(256)) => Ok(KeySpec::EcSecp256k1),
            (Some(RecommendedCurve::Curve25519), None | Some(256)) => Ok(KeySpec::Ed25519),
            _ => Err(unsupported()),
        },
        _ => Err(unsupported()),
    }
}

/// What a private key is for, by its usage mask and algorithm. A key of this service is for one thing.
pub(crate) fn private_usage(
    spec: KeySpec,
    algorithm: Algorithm,
    mask: UsageMask,
) -> Result<KeyUsage, Failure> {
    let any = |bits: UsageMask| mask.0 & bits.0 != 0;
    let signs = any(UsageMask::SIGN
        .with(UsageMask::CERTIFICATE_SIGN)
        .with(UsageMask::CRL_SIGN)
        .with(UsageMask::CONTENT_COMMITMENT));
    let decrypts = any(UsageMask::DECRYPT.with(UsageMask::UNWRAP_KEY));
    let agrees = any(UsageMask::KEY_AGREEMENT.with(UsageMask::DERIVE_KEY)) || algorithm == Algorithm::Ecdh;
    let usage = match (signs, decrypts, agrees) {
        (true, false, false) => KeyUsage::Sign,
        (false, true, false) => KeyUsage::AsymmetricDecrypt,
        (false, false, true) => KeyUsage::KeyAgreement,
        // Nothing is said: it is what such keys are mostly made for.
        (false, false, false) => KeyUsage::Sign,
        _ => {
            return Err(Failure::rejected(
                ResultReason::IncompatibleCryptographicUsageMask,
                "A private key is for signing, for decryption or for key agreement, not for more than one of them.",
            ));
        }
    };
    match spec.allows(usage) {
        true => Ok(usage),
        false => Err(Failure::rejected(
            ResultReason::IncompatibleCryptographicUsageMask,
            "A key of this algorithm can't be used as its usage mask says.",
        )),
    }
}

/// What clients call the algorithm of a key, and its length in bits.
pub(crate) fn algorithm_of(spec: KeySpec, usage: KeyUsage) -> Option<(Algorithm, u32)> {
    let ec = if usage == KeyUsage::KeyAgreement { Algorithm::Ecdh } else { Algorithm::Ecdsa };
    Some(match spec {
        KeySpec::Aes128 => (Algorithm::Aes, 128),
        KeySpec::Aes256 => (Algorithm::Aes, 256),
        KeySpec::HmacSha1 => (Algorithm::HmacSha1, 160),
        KeySpec::Hmac224 => (Algorithm::HmacSha224, 224),
        KeySpec::Hmac256 => (Algorithm::HmacSha256, 256),
        KeySpec::Hmac384 => (Algorithm::HmacSha384, 384),
        KeySpec::Hmac512 => (Algorithm::HmacSha512, 512),
        KeySpec::Rsa2048 => (Algorithm::Rsa, 2048),
        KeySpec::Rsa3072 => (Algorithm::Rsa, 3072),
        KeySpec::Rsa4096 => (Algorithm::Rsa, 4096),
        KeySpec::EcP256 | KeySpec::EcSecp256k1 => (ec, 256),
        KeySpec::EcP384 => (ec, 384),
        KeySpec::EcP521 => (ec, 521),
        KeySpec::Ed25519 => (Algorithm::Ed25519, 256),
        // KMIP 2.1 has no name for them.
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => return None,
    })
}

/// The curve of an elliptic-curve key.
pub(crate) fn curve_of(spec: KeySpec) -> Option<RecommendedCurve> {
    match spec {
        KeySpec::EcP256 => Some(RecommendedCurve::P256),
        KeySpec::EcP384 => Some(RecommendedCurve::P384),
        KeySpec::EcP521 => Some(RecommendedCurve::P521),
        KeySpec::EcSecp256k1 => Some(RecommendedCurve::Secp256k1),
        KeySpec::Ed25519 => Some(RecommendedCurve::Curve25519),
        _ => None,
    }
}
