//! Which algorithm a call uses: the one that it asks for, or the one that its version is for.

use claviger_core::{Error, KeyEntry, Reason, Result};
use claviger_types::{
    CipherMode, EncryptionAlgorithm, KeyAlgorithm, KeyVersion, MessageType, SigningAlgorithm,
};

/// How a version signs. A version that is restricted to one algorithm is refused for every other.
pub(crate) fn signing(
    entry: &KeyEntry,
    version: &KeyVersion,
    asked: Option<SigningAlgorithm>,
    message_type: MessageType,
) -> Result<SigningAlgorithm> {
    let own = match entry.algorithm_of(version) {
        Some(KeyAlgorithm::Sign(algorithm)) => algorithm,
        Some(KeyAlgorithm::ExternalMu) if message_type == MessageType::ExternalMu => SigningAlgorithm::MlDsa,
        Some(KeyAlgorithm::ExternalMu) => return Err(restricted(KeyAlgorithm::ExternalMu)),
        _ => return Err(Error::new(Reason::InvalidKeyUsage, "The key does not sign.")),
    };
    match (asked, version.algorithm) {
        (Some(asked), Some(fixed)) if asked != own => Err(restricted(fixed)),
        (Some(asked), _) => Ok(asked),
        (None, _) => Ok(own),
    }
}

/// How an asymmetric version decrypts and what was made with its public half.
pub(crate) fn encryption(
    entry: &KeyEntry,
    version: &KeyVersion,
    asked: Option<EncryptionAlgorithm>,
) -> Result<EncryptionAlgorithm> {
    let own = match entry.algorithm_of(version) {
        Some(KeyAlgorithm::Decrypt(algorithm)) => algorithm,
        _ => return asked.ok_or_else(|| Error::new(Reason::InvalidKeyUsage, "The key is not asymmetric.")),
    };
    match (asked, version.algorithm) {
        (Some(asked), Some(fixed)) if asked != own => Err(restricted(fixed)),
        (Some(asked), _) => Ok(asked),
        (None, _) => Ok(own),
    }
}

/// The mode of a raw-encrypt version. Each has exactly one, which is fixed by its maker or by its first encryption: counter blocks of
/// the caller's choice would lay open the authentication key of GCM under the same key.
pub(crate) fn cipher_mode(
    entry: &KeyEntry,
    version: &KeyVersion,
    asked: Option<CipherMode>,
) -> Result<CipherMode> {
    match (entry.algorithm_of(version), version.algorithm, asked) {
        (Some(KeyAlgorithm::Raw(own)), Some(fixed), Some(asked)) if asked != own => Err(restricted(fixed)),
        (Some(KeyAlgorithm::Raw(_)), None, Some(asked)) => Ok(asked),
        (Some(KeyAlgorithm::Raw(own)), _, _) => Ok(own),
        _ => Err(Error::new(Reason::InvalidKeyUsage, "The key is not for raw encryption.")),
    }
}

fn restricted(to: KeyAlgorithm) -> Error {
    Error::new(Reason::InvalidKeyUsage, format!("The key version is for algorithm {} only.", to.name()))
}
