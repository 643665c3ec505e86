//! Keys and algorithms in KMIP's words.

use claviger_crypto::{Curve, HashAlg, SignatureScheme};
use claviger_kmip::{
    ProtocolVersion,
    attributes::CryptographicParameters,
    enums::{
        BlockCipherMode, CryptographicAlgorithm, HashingAlgorithm, MaskGenerator, PaddingMethod,
        RecommendedCurve,
    },
    value::UsageMask,
};
use claviger_types::{CipherMode, KeySpec, KeyUsage};

/// The algorithm of a key; `None` if KMIP 1.4 has none.
pub(crate) const fn algorithm(spec: KeySpec) -> Option<CryptographicAlgorithm> {
    Some(match spec {
        KeySpec::Aes128 | KeySpec::Aes256 => CryptographicAlgorithm::Aes,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => CryptographicAlgorithm::Rsa,
        KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 | KeySpec::EcSecp256k1 => {
            CryptographicAlgorithm::Ecdsa
        }
        KeySpec::HmacSha1 => CryptographicAlgorithm::HmacSha1,
        KeySpec::Hmac224 => CryptographicAlgorithm::HmacSha224,
        KeySpec::Hmac256 => CryptographicAlgorithm::HmacSha256,
        KeySpec::Hmac384 => CryptographicAlgorithm::HmacSha384,
        KeySpec::Hmac512 => CryptographicAlgorithm::HmacSha512,
        KeySpec::Ed25519 | KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => return None,
    })
}

/// Whether a server may call the algorithm of such a key so.
pub(crate) fn is_algorithm_of(spec: KeySpec, named: CryptographicAlgorithm) -> bool {
    match algorithm(spec) {
        Some(CryptographicAlgorithm::Ecdsa) => {
            matches!(named, CryptographicAlgorithm::Ecdsa | CryptographicAlgorithm::Ec)
        }
        other => other == Some(named),
    }
}

/// The length of a key in bits.
pub(crate) fn bits(spec: KeySpec) -> Option<u32> {
    match spec {
        KeySpec::EcP256 | KeySpec::EcSecp256k1 => Some(256),
        KeySpec::EcP384 => Some(384),
        KeySpec::EcP521 => Some(521),
        _ => spec.rsa_bits().or_else(|| u32::try_from(8 * spec.symmetric_len()?).ok()),
    }
}

pub(crate) const fn curve(spec: KeySpec) -> Option<RecommendedCurve> {
    match spec {
        KeySpec::EcP256 => Some(RecommendedCurve::P256),
        KeySpec::EcP384 => Some(RecommendedCurve::P384),
        KeySpec::EcP521 => Some(RecommendedCurve::P521),
        KeySpec::EcSecp256k1 => Some(RecommendedCurve::Secp256k1),
        _ => None,
    }
}

/// The inverse of [`curve`].
pub(crate) const fn curve_named(name: RecommendedCurve) -> Option<Curve> {
    match name {
        RecommendedCurve::P256 => Some(Curve::P256),
        RecommendedCurve::P384 => Some(Curve::P384),
        RecommendedCurve::P521 => Some(Curve::P521),
        RecommendedCurve::Secp256k1 => Some(Curve::Secp256k1),
        _ => None,
    }
}

/// What a secret or private key is allowed.
pub(crate) const fn secret_mask(usage: KeyUsage) -> UsageMask {
    match usage {
        KeyUsage::Sign => UsageMask::SIGN,
        KeyUsage::AsymmetricDecrypt => UsageMask::DECRYPT,
        KeyUsage::Encrypt | KeyUsage::RawEncrypt => UsageMask::ENCRYPT.with(UsageMask::DECRYPT),
        KeyUsage::Mac => UsageMask::MAC_GENERATE.with(UsageMask::MAC_VERIFY),
        KeyUsage::KeyAgreement => UsageMask::KEY_AGREEMENT,
    }
}

/// What the public half is allowed.
pub(crate) const fn public_mask(usage: KeyUsage) -> UsageMask {
    match usage {
        KeyUsage::AsymmetricDecrypt => UsageMask::ENCRYPT,
        KeyUsage::KeyAgreement => UsageMask::KEY_AGREEMENT,
        _ => UsageMask::VERIFY,
    }
}

/// How to sign; `None` if KMIP 1.4 can't say it.
pub(crate) fn signing(scheme: SignatureScheme, version: ProtocolVersion) -> Option<CryptographicParameters> {
    let (algorithm, padding, hash) = match scheme {
        SignatureScheme::RsaPkcs1(hash) => (CryptographicAlgorithm::Rsa, Some(PaddingMethod::Pkcs1v15), hash),
        SignatureScheme::RsaPss(hash) => (CryptographicAlgorithm::Rsa, Some(PaddingMethod::Pss), hash),
        SignatureScheme::Ecdsa(hash) => (CryptographicAlgorithm::Ecdsa, None, hash),
        SignatureScheme::Ed25519 | SignatureScheme::Ed25519ph | SignatureScheme::MlDsa => return None,
    };
    let parameters = CryptographicParameters {
        cryptographic_algorithm: Some(algorithm),
        padding_method: padding,
        hashing_algorithm: Some(hashing(hash)),
        ..CryptographicParameters::default()
    };
    let says_all = padding == Some(PaddingMethod::Pss) && version >= ProtocolVersion::V1_4;
    Some(if says_all {
        CryptographicParameters {
            salt_length: u32::try_from(hash.digest_len()).ok(),
            mask_generator: Some(MaskGenerator::Mgf1),
            mask_generator_hashing_algorithm: Some(hashing(hash)),
            ..parameters
        }
    } else {
        parameters
    })
}

/// OAEP with the same hash in its mask.
pub(crate) fn oaep(hash: HashAlg, version: ProtocolVersion) -> CryptographicParameters {
    let says_all = version >= ProtocolVersion::V1_4;
    CryptographicParameters {
        cryptographic_algorithm: Some(CryptographicAlgorithm::Rsa),
        padding_method: Some(PaddingMethod::Oaep),
        hashing_algorithm: Some(hashing(hash)),
        mask_generator: says_all.then_some(MaskGenerator::Mgf1),
        mask_generator_hashing_algorithm: says_all.then(|| hashing(hash)),
        ..CryptographicParameters::default()
    }
}

/// A mode of AES. `pads` is for CBC only.
pub(crate) fn cipher(mode: CipherMode, pads: bool) -> CryptographicParameters {
    let (block_cipher_mode, padding_method, tag_length) = match mode {
        CipherMode::Gcm => (BlockCipherMode::Gcm, None, Some(16)),
        CipherMode::Ctr => (BlockCipherMode::Ctr, None, None),
        CipherMode::Cbc if pads => (BlockCipherMode::Cbc, Some(PaddingMethod::Pkcs5), None),
        CipherMode::Cbc => (BlockCipherMode::Cbc, Some(PaddingMethod::None), None),
    };
    CryptographicParameters {
        cryptographic_algorithm: Some(CryptographicAlgorithm::Aes),
        block_cipher_mode: Some(block_cipher_mode),
        padding_method,
        tag_length,
        ..CryptographicParameters::default()
    }
}

/// AES-GCM under a nonce that the server draws.
pub(crate) fn drawn_gcm() -> CryptographicParameters {
    CryptographicParameters { random_iv: Some(true), iv_length: Some(96), ..cipher(CipherMode::Gcm, false) }
}

/// HMAC with the algorithm of the key.
pub(crate) fn mac(spec: KeySpec, hash: HashAlg) -> CryptographicParameters {
    CryptographicParameters {
        cryptographic_algorithm: algorithm(spec),
        hashing_algorithm: Some(hashing(hash)),
        ..CryptographicParameters::default()
    }
}

const fn hashing(hash: HashAlg) -> HashingAlgorithm {
    match hash {
        HashAlg::Sha1 => HashingAlgorithm::Sha1,
        HashAlg::Sha224 => HashingAlgorithm::Sha224,
        HashAlg::Sha256 => HashingAlgorithm::Sha256,
        HashAlg::Sha384 => HashingAlgorithm::Sha384,
        HashAlg::Sha512 => HashingAlgorithm::Sha512,
    }
}
