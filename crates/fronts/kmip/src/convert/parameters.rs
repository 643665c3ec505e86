//! Cryptographic Parameters (KMIP 2.1 §4.16) and the algorithms of the domain.

use claviger_crypto::HashAlg;
use claviger_kmip::{
    ResultReason,
    attributes::CryptographicParameters,
    enums::{
        BlockCipherMode, CryptographicAlgorithm, DigitalSignatureAlgorithm, HashingAlgorithm, MaskGenerator,
        PaddingMethod,
    },
};
use claviger_types::{
    CipherMode, EncryptionAlgorithm, KeyAlgorithm, KeyUsage, MacAlgorithm, SigningAlgorithm,
};

use crate::error::Failure;

/// How a block cipher is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockCipher {
    /// The mode; that of the key if absent.
    pub(crate) mode: Option<CipherMode>,
    /// Whether plaintexts are padded (PKCS #5, of RFC 8018 §6.1.1).
    pub(crate) padded: bool,
}

/// The one algorithm that a key is restricted to by its attribute, if it says one.
pub(crate) fn restriction(
    parameters: Option<&CryptographicParameters>,
    usage: KeyUsage,
) -> Result<Option<KeyAlgorithm>, Failure> {
    let Some(parameters) = parameters else { return Ok(None) };
    Ok(match usage {
        KeyUsage::RawEncrypt => block_cipher(Some(parameters))?.mode.map(KeyAlgorithm::Raw),
        KeyUsage::Sign => signing(parameters)?.map(KeyAlgorithm::Sign),
        KeyUsage::AsymmetricDecrypt => encryption(Some(parameters))?.map(KeyAlgorithm::Decrypt),
        KeyUsage::Encrypt | KeyUsage::KeyAgreement | KeyUsage::Mac => None,
    })
}

/// The mode and padding of a block cipher.
pub(crate) fn block_cipher(parameters: Option<&CryptographicParameters>) -> Result<BlockCipher, Failure> {
    let Some(parameters) = parameters else { return Ok(BlockCipher { mode: None, padded: false }) };
    if parameters.cryptographic_algorithm.is_some_and(|algorithm| algorithm != CryptographicAlgorithm::Aes) {
        return Err(unsupported("The only block cipher is AES."));
    }
    let mode = match parameters.block_cipher_mode {
        None => None,
        Some(BlockCipherMode::Cbc) => Some(CipherMode::Cbc),
        Some(BlockCipherMode::Ctr) => Some(CipherMode::Ctr),
        Some(BlockCipherMode::Gcm | BlockCipherMode::Aead) => Some(CipherMode::Gcm),
        // Wrapping keys say how they wrap; see Get.
        Some(BlockCipherMode::NistKeyWrap) => None,
        Some(_) => return Err(unsupported("The modes of AES are CBC, CTR and GCM.")),
    };
    let padded = match parameters.padding_method {
        None | Some(PaddingMethod::None) => false,
        Some(PaddingMethod::Pkcs5) => true,
        Some(_) => return Err(unsupported("The paddings of a block cipher are none and PKCS5.")),
    };
    if padded && matches!(mode, Some(CipherMode::Ctr | CipherMode::Gcm)) {
        return Err(unsupported("Only CBC has a padding."));
    }
    let tag_length = parameters.tag_length.is_none_or(|bytes| bytes == 16);
    let iv_length = match (mode, parameters.iv_length) {
        (_, None) => true,
        (Some(CipherMode::Gcm), Some(bits)) => bits == 96,
        (_, Some(bits)) => bits == 128,
    };
    match tag_length && iv_length {
        true => Ok(BlockCipher { mode, padded }),
        false => Err(unsupported("Tags have 16 bytes, vectors of GCM 96 bits and others 128.")),
    }
}

/// How a signature is made; `None` if nothing is said, and the key's own way is meant.
pub(crate) fn signing(parameters: &CryptographicParameters) -> Result<Option<SigningAlgorithm>, Failure> {
    use DigitalSignatureAlgorithm as Named;
    let named = match parameters.digital_signature_algorithm {
        None => None,
        Some(Named::Sha256WithRsaEncryption) => Some(SigningAlgorithm::RsaPkcs1Sha256),
        Some(Named::Sha384WithRsaEncryption) => Some(SigningAlgorithm::RsaPkcs1Sha384),
        Some(Named::Sha512WithRsaEncryption) => Some(SigningAlgorithm::RsaPkcs1Sha512),
        Some(Named::EcdsaWithSha256) => Some(SigningAlgorithm::EcdsaSha256),
        Some(Named::EcdsaWithSha384) => Some(SigningAlgorithm::EcdsaSha384),
        Some(Named::EcdsaWithSha512) => Some(SigningAlgorithm::EcdsaSha512),
        Some(Named::RsassaPss) => Some(pss(parameters)?),
        Some(_) => return Err(unsupported("There is no such signature algorithm here.")),
    };
    let described = described(parameters)?;
    match (named, described) {
        (Some(named), Some(described)) if named != described => {
            Err(Failure::invalid("The signature algorithm and its parts contradict each other."))
        }
        (named, described) => Ok(named.or(described)),
    }
}

/// A signature algorithm by its parts.
fn described(parameters: &CryptographicParameters) -> Result<Option<SigningAlgorithm>, Failure> {
    use CryptographicAlgorithm as Algorithm;
    match (parameters.cryptographic_algorithm, parameters.padding_method) {
        (None | Some(Algorithm::Rsa), Some(PaddingMethod::Pkcs1v15)) => match hash(parameters)? {
            HashAlg::Sha256 => Ok(Some(SigningAlgorithm::RsaPkcs1Sha256)),
            HashAlg::Sha384 => Ok(Some(SigningAlgorithm::RsaPkcs1Sha384)),
            HashAlg::Sha512 => Ok(Some(SigningAlgorithm::RsaPkcs1Sha512)),
            _ => Err(unsupported("Signatures of RSA are made with SHA-256, SHA-384 or SHA-512.")),
        },
        (None | Some(Algorithm::Rsa), Some(PaddingMethod::Pss)) => pss(parameters).map(Some),
        (Some(Algorithm::Ecdsa | Algorithm::Ec), None | Some(PaddingMethod::None)) => {
            match parameters.hashing_algorithm {
                None => Ok(None),
                Some(HashingAlgorithm::Sha256) => Ok(Some(SigningAlgorithm::EcdsaSha256)),
                Some(HashingAlgorithm::Sha384) => Ok(Some(SigningAlgorithm::EcdsaSha384)),
                Some(HashingAlgorithm::Sha512) => Ok(Some(SigningAlgorithm::EcdsaSha512)),
                Some(_) => Err(unsupported("Signatures of ECDSA are made with SHA-256, SHA-384 or SHA-512.")),
            }
        }
        (Some(Algorithm::Ed25519), None | Some(PaddingMethod::None)) => Ok(Some(SigningAlgorithm::Ed25519)),
        (None | Some(Algorithm::Rsa), None) => Ok(None),
        _ => Err(unsupported("There is no such signature algorithm here.")),
    }
}

/// PSS with MGF1 of the same hash, and a salt as long as the hash.
fn pss(parameters: &CryptographicParameters) -> Result<SigningAlgorithm, Failure> {
    check_mask_generator(parameters)?;
    let (algorithm, len) = match hash(parameters)? {
        HashAlg::Sha256 => (SigningAlgorithm::RsaPssSha256, 32),
        HashAlg::Sha384 => (SigningAlgorithm::RsaPssSha384, 48),
        HashAlg::Sha512 => (SigningAlgorithm::RsaPssSha512, 64),
        _ => return Err(unsupported("Signatures of RSA are made with SHA-256, SHA-384 or SHA-512.")),
    };
    let salt = parameters.salt_length.is_none_or(|salt| salt == len);
    let trailer = parameters.trailer_field.is_none_or(|trailer| trailer == 1);
    match salt && trailer {
        true => Ok(algorithm),
        false => Err(unsupported("The salt of PSS is as long as the hash, and the trailer is 1.")),
    }
}

/// How RSA encrypts; `None` if nothing is said, and the key's own way is meant.
pub(crate) fn encryption(
    parameters: Option<&CryptographicParameters>,
) -> Result<Option<EncryptionAlgorithm>, Failure> {
    let Some(parameters) = parameters else { return Ok(None) };
    match parameters.padding_method {
        None => return Ok(None),
        Some(PaddingMethod::Oaep) => {}
        Some(_) => return Err(unsupported("The only padding of RSA encryption is OAEP.")),
    }
    check_mask_generator(parameters)?;
    if parameters.p_source.as_ref().is_some_and(|label| !label.is_empty()) {
        return Err(unsupported("OAEP has no label here."));
    }
    match parameters.hashing_algorithm.unwrap_or(HashingAlgorithm::Sha1) {
        HashingAlgorithm::Sha1 => Ok(Some(EncryptionAlgorithm::RsaOaepSha1)),
        HashingAlgorithm::Sha256 => Ok(Some(EncryptionAlgorithm::RsaOaepSha256)),
        HashingAlgorithm::Sha512 => Ok(Some(EncryptionAlgorithm::RsaOaepSha512)),
        _ => Err(unsupported("The hashes of OAEP are SHA-1, SHA-256 and SHA-512.")),
    }
}

/// The algorithm of a code; `None` if nothing is said, and that of the key is meant.
pub(crate) fn mac(parameters: Option<&CryptographicParameters>) -> Result<Option<MacAlgorithm>, Failure> {
    use CryptographicAlgorithm as Algorithm;
    match parameters.and_then(|parameters| parameters.cryptographic_algorithm) {
        None => Ok(None),
        Some(Algorithm::HmacSha1) => Ok(Some(MacAlgorithm::HmacSha1)),
        Some(Algorithm::HmacSha224) => Ok(Some(MacAlgorithm::HmacSha224)),
        Some(Algorithm::HmacSha256) => Ok(Some(MacAlgorithm::HmacSha256)),
        Some(Algorithm::HmacSha384) => Ok(Some(MacAlgorithm::HmacSha384)),
        Some(Algorithm::HmacSha512) => Ok(Some(MacAlgorithm::HmacSha512)),
        Some(_) => Err(unsupported("Message authentication codes are HMAC with SHA-1 or SHA-2.")),
    }
}

/// The hash that is named.
pub(crate) fn hash(parameters: &CryptographicParameters) -> Result<HashAlg, Failure> {
    match parameters.hashing_algorithm {
        Some(HashingAlgorithm::Sha1) => Ok(HashAlg::Sha1),
        Some(HashingAlgorithm::Sha224) => Ok(HashAlg::Sha224),
        Some(HashingAlgorithm::Sha256) => Ok(HashAlg::Sha256),
        Some(HashingAlgorithm::Sha384) => Ok(HashAlg::Sha384),
        Some(HashingAlgorithm::Sha512) => Ok(HashAlg::Sha512),
        Some(_) => Err(unsupported("The hash functions are SHA-1 and SHA-2.")),
        None => Err(Failure::rejected(ResultReason::MissingData, "The hashing algorithm is missing.")),
    }
}

/// The hash that a signature algorithm begins with; `None` if it takes the message itself.
pub(crate) fn hash_of(algorithm: SigningAlgorithm) -> Option<HashAlg> {
    match algorithm {
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::RsaPkcs1Sha256 | SigningAlgorithm::RsaPssSha256 => {
            Some(HashAlg::Sha256)
        }
        SigningAlgorithm::EcdsaSha384 | SigningAlgorithm::RsaPkcs1Sha384 | SigningAlgorithm::RsaPssSha384 => {
            Some(HashAlg::Sha384)
        }
        SigningAlgorithm::EcdsaSha512 | SigningAlgorithm::RsaPkcs1Sha512 | SigningAlgorithm::RsaPssSha512 => {
            Some(HashAlg::Sha512)
        }
        SigningAlgorithm::Ed25519 | SigningAlgorithm::Ed25519ph | SigningAlgorithm::MlDsa => None,
    }
}

fn check_mask_generator(parameters: &CryptographicParameters) -> Result<(), Failure> {
    let mgf = parameters.mask_generator.is_none_or(|generator| generator == MaskGenerator::Mgf1);
    let hash = parameters.mask_generator_hashing_algorithm;
    match mgf && (hash.is_none() || hash == parameters.hashing_algorithm) {
        true => Ok(()),
        false => Err(unsupported("The mask generator is MGF1 with the same hash.")),
    }
}

fn unsupported(message: &str) -> Failure {
    Failure::rejected(ResultReason::UnsupportedCryptographicParameters, message)
}
