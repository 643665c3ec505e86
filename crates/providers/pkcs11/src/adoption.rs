//! Whether a key on the token is the one that is meant, and of the right kind.

use claviger_algorithms::key_kind;
use claviger_crypto::KeyKind;
use claviger_ports::ProviderError;
use claviger_types::{KeySpec, KeyUsage};
use cryptoki::object::KeyType;

use crate::{
    encoding,
    uri::{Pkcs11Uri, TokenMatch, UriClass},
    wire::FoundKey,
};

/// Whether a URI names a key, which may be of this specification, and no other token than ours.
pub(crate) fn names_a_key_of(spec: KeySpec, uri: &Pkcs11Uri, ours: &TokenMatch) -> bool {
    let class = if spec.is_symmetric() { UriClass::SecretKey } else { UriClass::Private };
    let agrees = |theirs: &Option<String>, ours: &Option<String>| match (theirs, ours) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    let token = &uri.token;
    uri.pin_source.is_none()
        && (uri.object.id.is_some() || uri.object.label.is_some())
        && uri.object.class.is_none_or(|named| named == class)
        && agrees(&token.label, &ours.label)
        && agrees(&token.serial, &ours.serial)
        && agrees(&token.model, &ours.model)
        && agrees(&token.manufacturer, &ours.manufacturer)
}

/// # Errors
/// `Rejected` unless it is exactly one.
pub(crate) fn the_one(found: Vec<FoundKey>) -> Result<FoundKey, ProviderError> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(ProviderError::Rejected),
    }
}

/// The public half of an asymmetric key that can be used as is wanted, and never leaves the token.
///
/// # Errors
/// `Rejected` if it can't or does.
pub(crate) fn check(
    spec: KeySpec,
    usage: KeyUsage,
    key: &FoundKey,
) -> Result<Option<Vec<u8>>, ProviderError> {
    let refuse = |reason: &str| {
        tracing::warn!("a key on the PKCS#11 token is not taken over: {reason}");
        ProviderError::Rejected
    };
    if key.id.is_empty() {
        return Err(refuse("it has no CKA_ID"));
    }
    if !key.stays {
        return Err(refuse("it can leave the token: it is not CKA_SENSITIVE, or is CKA_EXTRACTABLE"));
    }
    if key.wants_pin {
        return Err(refuse("it wants the PIN for each use: CKA_ALWAYS_AUTHENTICATE"));
    }
    if !can(usage, key) {
        return Err(refuse("it is not allowed what it is wanted for"));
    }
    match key_kind(spec) {
        None if is_secret_of(spec, key) => Ok(None),
        None => Err(refuse("it is of another type or length")),
        Some(kind) if type_of(kind) != Some(key.key_type) => Err(refuse("it is of another type")),
        Some(kind) => {
            if !matches!(kind, KeyKind::Rsa(_)) && encoding::kind_of_params(&key.curve) != Some(kind) {
                return Err(refuse("it is on another curve"));
            }
            let public = encoding::public_key(kind, &key.public);
            let public =
                public.ok_or_else(|| refuse("its public key is not on the token, or of another size"))?;
            Ok(Some(public.der().to_vec()))
        }
    }
}

fn can(usage: KeyUsage, key: &FoundKey) -> bool {
    match usage {
        KeyUsage::Sign | KeyUsage::Mac => key.signs,
        KeyUsage::AsymmetricDecrypt => key.decrypts,
        KeyUsage::Encrypt | KeyUsage::RawEncrypt => key.encrypts && key.decrypts,
        KeyUsage::KeyAgreement => key.derives,
    }
}

fn is_secret_of(spec: KeySpec, key: &FoundKey) -> bool {
    let len = spec.symmetric_len().and_then(|len| u64::try_from(len).ok());
    let kinds: &[KeyType] = match spec {
        KeySpec::Aes128 | KeySpec::Aes256 => &[KeyType::AES],
        KeySpec::HmacSha1 => &[KeyType::GENERIC_SECRET, KeyType::SHA_1_HMAC],
        KeySpec::Hmac224 => &[KeyType::GENERIC_SECRET, KeyType::SHA224_HMAC],
        KeySpec::Hmac256 => &[KeyType::GENERIC_SECRET, KeyType::SHA256_HMAC],
        KeySpec::Hmac384 => &[KeyType::GENERIC_SECRET, KeyType::SHA384_HMAC],
        KeySpec::Hmac512 => &[KeyType::GENERIC_SECRET, KeyType::SHA512_HMAC],
        _ => &[],
    };
    key.value_len == len && kinds.iter().any(|kind| **kind == key.key_type)
}

fn type_of(kind: KeyKind) -> Option<u64> {
    match kind {
        KeyKind::Rsa(_) => Some(*KeyType::RSA),
        KeyKind::Ec(_) => Some(*KeyType::EC),
        KeyKind::Ed25519 => Some(*KeyType::EC_EDWARDS),
        KeyKind::MlDsa(_) => None,
    }
}
