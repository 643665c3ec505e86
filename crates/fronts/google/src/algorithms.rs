//! Algorithms of versions ⇄ what they are to the domain. Cloud KMS fixes size, padding and hash in one name.

use claviger_types::{
    CipherMode, EncryptionAlgorithm, KeyAlgorithm, KeySpec, KeyUsage, SigningAlgorithm, WrappingAlgorithm,
    WrappingKeySpec,
};

use crate::wire::kms::{
    crypto_key::CryptoKeyPurpose as Purpose, crypto_key_version::CryptoKeyVersionAlgorithm as Algorithm,
    import_job::ImportMethod,
};

/// What an algorithm is to the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) spec: KeySpec,
    pub(crate) usage: KeyUsage,
    /// `None` where specification and usage say all.
    pub(crate) algorithm: Option<KeyAlgorithm>,
}

const fn meaning(spec: KeySpec, usage: KeyUsage, algorithm: Option<KeyAlgorithm>) -> Meaning {
    Meaning { spec, usage, algorithm }
}

const fn decrypt(spec: KeySpec, algorithm: EncryptionAlgorithm) -> Meaning {
    meaning(spec, KeyUsage::AsymmetricDecrypt, Some(KeyAlgorithm::Decrypt(algorithm)))
}

const fn external_mu(spec: KeySpec) -> Meaning {
    meaning(spec, KeyUsage::Sign, Some(KeyAlgorithm::ExternalMu))
}

const fn mac(spec: KeySpec) -> Meaning {
    meaning(spec, KeyUsage::Mac, None)
}

const fn raw(spec: KeySpec, mode: CipherMode) -> Meaning {
    meaning(spec, KeyUsage::RawEncrypt, Some(KeyAlgorithm::Raw(mode)))
}

const fn sign(spec: KeySpec, algorithm: SigningAlgorithm) -> Meaning {
    meaning(spec, KeyUsage::Sign, Some(KeyAlgorithm::Sign(algorithm)))
}

/// Every algorithm that is offered. The others of the API are refused as unsupported.
const TABLE: &[(Algorithm, Meaning)] = {
    use EncryptionAlgorithm::{RsaOaepSha1, RsaOaepSha256, RsaOaepSha512};
    use KeySpec::*;
    use SigningAlgorithm::*;
    &[
        (Algorithm::GoogleSymmetricEncryption, meaning(Aes256, KeyUsage::Encrypt, None)),
        (Algorithm::Aes128Gcm, raw(Aes128, CipherMode::Gcm)),
        (Algorithm::Aes256Gcm, raw(Aes256, CipherMode::Gcm)),
        (Algorithm::Aes128Cbc, raw(Aes128, CipherMode::Cbc)),
        (Algorithm::Aes256Cbc, raw(Aes256, CipherMode::Cbc)),
        (Algorithm::Aes128Ctr, raw(Aes128, CipherMode::Ctr)),
        (Algorithm::Aes256Ctr, raw(Aes256, CipherMode::Ctr)),
        (Algorithm::RsaSignPss2048Sha256, sign(Rsa2048, RsaPssSha256)),
        (Algorithm::RsaSignPss3072Sha256, sign(Rsa3072, RsaPssSha256)),
        (Algorithm::RsaSignPss4096Sha256, sign(Rsa4096, RsaPssSha256)),
        (Algorithm::RsaSignPss4096Sha512, sign(Rsa4096, RsaPssSha512)),
        (Algorithm::RsaSignPkcs12048Sha256, sign(Rsa2048, RsaPkcs1Sha256)),
        (Algorithm::RsaSignPkcs13072Sha256, sign(Rsa3072, RsaPkcs1Sha256)),
        (Algorithm::RsaSignPkcs14096Sha256, sign(Rsa4096, RsaPkcs1Sha256)),
        (Algorithm::RsaSignPkcs14096Sha512, sign(Rsa4096, RsaPkcs1Sha512)),
        (Algorithm::RsaDecryptOaep2048Sha256, decrypt(Rsa2048, RsaOaepSha256)),
        (Algorithm::RsaDecryptOaep3072Sha256, decrypt(Rsa3072, RsaOaepSha256)),
        (Algorithm::RsaDecryptOaep4096Sha256, decrypt(Rsa4096, RsaOaepSha256)),
        (Algorithm::RsaDecryptOaep4096Sha512, decrypt(Rsa4096, RsaOaepSha512)),
        (Algorithm::RsaDecryptOaep2048Sha1, decrypt(Rsa2048, RsaOaepSha1)),
        (Algorithm::RsaDecryptOaep3072Sha1, decrypt(Rsa3072, RsaOaepSha1)),
        (Algorithm::RsaDecryptOaep4096Sha1, decrypt(Rsa4096, RsaOaepSha1)),
        (Algorithm::EcSignP256Sha256, sign(EcP256, EcdsaSha256)),
        (Algorithm::EcSignP384Sha384, sign(EcP384, EcdsaSha384)),
        (Algorithm::EcSignSecp256k1Sha256, sign(EcSecp256k1, EcdsaSha256)),
        (Algorithm::EcSignEd25519, sign(KeySpec::Ed25519, SigningAlgorithm::Ed25519)),
        (Algorithm::HmacSha1, mac(HmacSha1)),
        (Algorithm::HmacSha224, mac(Hmac224)),
        (Algorithm::HmacSha256, mac(Hmac256)),
        (Algorithm::HmacSha384, mac(Hmac384)),
        (Algorithm::HmacSha512, mac(Hmac512)),
        (Algorithm::PqSignMlDsa44, sign(MlDsa44, MlDsa)),
        (Algorithm::PqSignMlDsa65, sign(MlDsa65, MlDsa)),
        (Algorithm::PqSignMlDsa87, sign(MlDsa87, MlDsa)),
        (Algorithm::PqSignMlDsa44ExternalMu, external_mu(MlDsa44)),
        (Algorithm::PqSignMlDsa65ExternalMu, external_mu(MlDsa65)),
        (Algorithm::PqSignMlDsa87ExternalMu, external_mu(MlDsa87)),
    ]
};

/// What an algorithm is; `None` for one that is not offered.
pub(crate) fn of(algorithm: Algorithm) -> Option<Meaning> {
    TABLE.iter().find(|(known, _)| *known == algorithm).map(|(_, meaning)| *meaning)
}

/// The name of what a version is restricted to. A version that was made through another protocol may leave more to its
/// callers than any of these names says; then it has none.
pub(crate) fn name(spec: KeySpec, usage: KeyUsage, algorithm: Option<KeyAlgorithm>) -> Algorithm {
    let mut candidates = TABLE
        .iter()
        .filter(|(_, meaning)| meaning.spec == spec && meaning.usage == usage)
        .filter(|(_, meaning)| match algorithm {
            Some(_) => meaning.algorithm == algorithm,
            // Only a version that is made for them takes nothing but representatives.
            None => meaning.algorithm != Some(KeyAlgorithm::ExternalMu),
        });
    match (candidates.next(), candidates.next()) {
        (Some((name, _)), None) => *name,
        _ => Algorithm::Unspecified,
    }
}

/// What keys of a purpose are for; `None` for a purpose that is not offered.
pub(crate) fn usage(purpose: Purpose) -> Option<KeyUsage> {
    match purpose {
        Purpose::EncryptDecrypt => Some(KeyUsage::Encrypt),
        Purpose::AsymmetricSign => Some(KeyUsage::Sign),
        Purpose::AsymmetricDecrypt => Some(KeyUsage::AsymmetricDecrypt),
        Purpose::RawEncryptDecrypt => Some(KeyUsage::RawEncrypt),
        Purpose::Mac => Some(KeyUsage::Mac),
        Purpose::Unspecified | Purpose::KeyEncapsulation | Purpose::AesWrapping => None,
    }
}

/// The purpose of keys for something. Key agreement has none here.
pub(crate) fn purpose(usage: KeyUsage) -> Purpose {
    match usage {
        KeyUsage::Encrypt => Purpose::EncryptDecrypt,
        KeyUsage::Sign => Purpose::AsymmetricSign,
        KeyUsage::AsymmetricDecrypt => Purpose::AsymmetricDecrypt,
        KeyUsage::RawEncrypt => Purpose::RawEncryptDecrypt,
        KeyUsage::Mac => Purpose::Mac,
        KeyUsage::KeyAgreement => Purpose::Unspecified,
    }
}

const IMPORT_METHODS: [(ImportMethod, WrappingAlgorithm, WrappingKeySpec); 6] = {
    use WrappingAlgorithm::{RsaAesKeyWrapSha1, RsaAesKeyWrapSha256, RsaOaepSha256};
    use WrappingKeySpec::{Rsa3072, Rsa4096};
    [
        (ImportMethod::RsaOaep3072Sha1Aes256, RsaAesKeyWrapSha1, Rsa3072),
        (ImportMethod::RsaOaep4096Sha1Aes256, RsaAesKeyWrapSha1, Rsa4096),
        (ImportMethod::RsaOaep3072Sha256Aes256, RsaAesKeyWrapSha256, Rsa3072),
        (ImportMethod::RsaOaep4096Sha256Aes256, RsaAesKeyWrapSha256, Rsa4096),
        (ImportMethod::RsaOaep3072Sha256, RsaOaepSha256, Rsa3072),
        (ImportMethod::RsaOaep4096Sha256, RsaOaepSha256, Rsa4096),
    ]
};

/// How material is wrapped for an import; `None` for a method that is not offered.
pub(crate) fn wrapping(method: ImportMethod) -> Option<(WrappingAlgorithm, WrappingKeySpec)> {
    IMPORT_METHODS.iter().find(|(known, ..)| *known == method).map(|(_, algorithm, spec)| (*algorithm, *spec))
}

/// The inverse of [`wrapping`].
pub(crate) fn import_method(algorithm: WrappingAlgorithm, spec: WrappingKeySpec) -> ImportMethod {
    let found = IMPORT_METHODS.iter().find(|(_, known, size)| *known == algorithm && *size == spec);
    found.map_or(ImportMethod::Unspecified, |(method, ..)| *method)
}

#[cfg(test)]
mod tests;
