//! A handle: version, specification and usage in a byte each, then the key: raw if it is symmetric, otherwise PKCS#8.
//!
//! Specification and usage are part of it so that a confusion of records can't turn a key into one of another kind
//! (an AES and an HMAC key look the same) or for another use. Handles are stored: the codes are never reassigned.

use claviger_ports::{Handle, ProviderError};
use claviger_types::{KeySpec, KeyUsage, SecretBytes};
use zeroize::Zeroizing;

const VERSION: u8 = 1;

pub(crate) fn encode(spec: KeySpec, usage: KeyUsage, material: &[u8]) -> Handle {
    let header = [VERSION, spec_code(spec), usage_code(usage)];
    // Sized at once: growing would leave copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(header.len() + material.len()));
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(material);
    Handle(SecretBytes::from(bytes))
}

/// What the key is for, and its material, which is not validated here.
///
/// # Errors
/// `Rejected` if this is no handle of a key of `spec`.
pub(crate) fn decode(spec: KeySpec, handle: &Handle) -> Result<(KeyUsage, &[u8]), ProviderError> {
    let (&[version, of_spec, of_usage], material) =
        handle.0.expose().split_first_chunk().ok_or(ProviderError::Rejected)?;
    let usage = KeyUsage::ALL.into_iter().find(|usage| usage_code(*usage) == of_usage);
    match usage {
        Some(usage) if version == VERSION && of_spec == spec_code(spec) && spec.allows(usage) => {
            Ok((usage, material))
        }
        _ => Err(ProviderError::Rejected),
    }
}

const fn spec_code(spec: KeySpec) -> u8 {
    match spec {
        KeySpec::Aes256 => 1,
        KeySpec::EcP256 => 2,
        KeySpec::EcP384 => 3,
        KeySpec::EcP521 => 4,
        KeySpec::EcSecp256k1 => 5,
        KeySpec::Ed25519 => 6,
        KeySpec::Hmac224 => 7,
        KeySpec::Hmac256 => 8,
        KeySpec::Hmac384 => 9,
        KeySpec::Hmac512 => 10,
        KeySpec::MlDsa44 => 11,
        KeySpec::MlDsa65 => 12,
        KeySpec::MlDsa87 => 13,
        KeySpec::Rsa2048 => 14,
        KeySpec::Rsa3072 => 15,
        KeySpec::Rsa4096 => 16,
        KeySpec::Aes128 => 17,
        KeySpec::HmacSha1 => 18,
    }
}

const fn usage_code(usage: KeyUsage) -> u8 {
    match usage {
        KeyUsage::AsymmetricDecrypt => 1,
        KeyUsage::Encrypt => 2,
        KeyUsage::KeyAgreement => 3,
        KeyUsage::Mac => 4,
        KeyUsage::RawEncrypt => 5,
        KeyUsage::Sign => 6,
    }
}

#[cfg(test)]
mod tests;
