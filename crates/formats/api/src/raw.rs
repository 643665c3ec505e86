use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Base64, CipherMode, Secret};

/// Encrypts under a raw-encrypt key.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEncrypt {
    /// How.
    pub mode: CipherMode,
    /// At most 65,536 bytes; whole blocks of 16 bytes for CBC.
    pub plaintext: Secret,
    /// The version of the key; the primary one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The initialization vector, 16 bytes; drawn if absent. With GCM it cannot be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iv: Option<Base64>,
    /// What a GCM ciphertext is bound to. It may be secret: it is not recorded.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_data: Secret,
}

/// A raw ciphertext.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RawEncrypted {
    /// The ciphertext; with GCM the 16-byte tag follows.
    pub ciphertext: Base64,
    /// The initialization vector, which decryption needs.
    pub iv: Base64,
    /// The id of the key.
    pub key: String,
    /// The version that was used, which decryption needs.
    pub version: u32,
}

/// Decrypts under a raw-encrypt key. Only GCM notices changes.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDecrypt {
    /// How it was encrypted.
    pub mode: CipherMode,
    /// The ciphertext; with GCM the 16-byte tag follows.
    pub ciphertext: Base64,
    /// The version of the key; the primary one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The initialization vector.
    pub iv: Base64,
    /// What a GCM ciphertext was bound to.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub additional_data: Secret,
}

/// The plaintext of a raw ciphertext.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RawDecrypted {
    /// The message.
    pub plaintext: Secret,
    /// The id of the key.
    pub key: String,
    /// The version that was used.
    pub version: u32,
}

fn is_empty(secret: &Secret) -> bool {
    secret.0.is_empty()
}
