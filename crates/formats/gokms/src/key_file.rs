use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use claviger_types::{KeyId, SecretBytes, SecretKey, Timestamp};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::MasterKey;

/// What is in a file `<key id>.key` of a key store.
pub struct KeyFile {
    /// The id of the key.
    pub id: KeyId,
    /// When it was made; what is finer than microseconds is lost.
    pub created: Timestamp,
    /// Free text of its owner.
    pub description: Box<str>,
    /// Whether it may be used.
    pub enabled: bool,
    /// The AES-256 key.
    pub material: SecretBytes,
}

impl KeyFile {
    /// Opens a file's content with the master key of its key store.
    ///
    /// # Errors
    /// `Sealed` if it does not open, `Malformed` if it holds something else than a key.
    pub fn open(master: &MasterKey, content: &[u8]) -> Result<Self, KeyFileError> {
        let json = master.open(content).ok_or(KeyFileError::Sealed)?;
        let twin: Twin<'_> =
            serde_json::from_slice(&json).map_err(|_| KeyFileError::Malformed("no key in JSON"))?;
        twin.try_into()
    }
}

/// Why a file is not a key file of a key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// It does not open: another master key made it, or it was changed.
    #[error("it does not open with this passphrase")]
    Sealed,
    /// It opens, and is something else.
    #[error("it opens, but holds {0}")]
    Malformed(&'static str),
}

#[derive(Deserialize)]
struct Twin<'a> {
    #[serde(rename = "KeyMetadata", borrow)]
    metadata: Metadata<'a>,
    /// Borrowed, so that no copy of it outlives the decrypted file; base64 needs no escapes in JSON.
    #[serde(rename = "AESKey")]
    material: &'a str,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(rename = "KeyId", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "CreationDate", borrow)]
    created: Cow<'a, str>,
    #[serde(rename = "Description", borrow)]
    description: Cow<'a, str>,
    #[serde(rename = "Enabled")]
    enabled: bool,
}

impl TryFrom<Twin<'_>> for KeyFile {
    type Error = KeyFileError;

    fn try_from(twin: Twin<'_>) -> Result<Self, KeyFileError> {
        let malformed = KeyFileError::Malformed;
        let id = twin.metadata.id.parse().map_err(|_| malformed("a key without a key id"))?;
        let created = Timestamp::parse_rfc3339(&twin.metadata.created)
            .ok_or(malformed("a key without a creation date"))?;
        let mut material = Zeroizing::new(vec![0; SecretKey::LEN + 3]);
        let len = STANDARD
            .decode_slice(twin.material, &mut material)
            .map_err(|_| malformed("a key that is not base64 of 32 bytes"))?;
        if len != SecretKey::LEN {
            return Err(malformed("a key that is not 32 bytes long"));
        }
        material.truncate(len);
        Ok(Self {
            id,
            created,
            description: twin.metadata.description.into(),
            enabled: twin.metadata.enabled,
            material: material.into(),
        })
    }
}
