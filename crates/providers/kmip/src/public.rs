//! Public keys in the forms that servers give them in.

use claviger_crypto::PublicKey;
use claviger_kmip::{
    enums::KeyFormatType,
    objects::{KeyBlock, KeyMaterial, KeyValue},
};

use crate::parameters::curve_named;

/// The public key in a block; `None` if it is wrapped, or of a kind that is none of ours.
pub(crate) fn from_block(block: &KeyBlock) -> Option<PublicKey> {
    if block.wrapping.is_some() {
        return None;
    }
    let Some(KeyValue::Structure { material, .. }) = &block.value else { return None };
    match material {
        KeyMaterial::Bytes(bytes) => from_bytes(block.format, bytes.expose()),
        KeyMaterial::RsaPublic(key) => {
            PublicKey::from_rsa_parts(key.modulus.magnitude()?, key.public_exponent.magnitude()?).ok()
        }
        KeyMaterial::EcPublic(key) => PublicKey::from_point(curve_named(key.curve)?, &key.q_string).ok(),
        KeyMaterial::Symmetric(_) | KeyMaterial::RsaPrivate(_) | KeyMaterial::EcPrivate(_) => None,
    }
}

/// Some servers call a `SubjectPublicKeyInfo` raw.
fn from_bytes(format: KeyFormatType, bytes: &[u8]) -> Option<PublicKey> {
    match format {
        KeyFormatType::Pkcs1 => PublicKey::from_pkcs1_der(bytes).ok(),
        KeyFormatType::X509 => PublicKey::from_spki_der(bytes).ok(),
        KeyFormatType::Raw | KeyFormatType::Opaque => {
            PublicKey::from_spki_der(bytes).or_else(|_| PublicKey::from_pkcs1_der(bytes)).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
