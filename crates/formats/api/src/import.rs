use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Base64, KeyState, Secret, WrappingAlgorithm, WrappingKeySpec};

/// Prepares the import of key material.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GetImportParameters {
    /// How the material will be wrapped.
    pub wrapping_algorithm: WrappingAlgorithm,
    /// Under what kind of key; `rsa-4096` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_key_spec: Option<WrappingKeySpec>,
}

/// What is needed to bring key material.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportParameters {
    /// Goes with the material.
    pub token: String,
    /// The wrapping key: SubjectPublicKeyInfo in DER.
    pub public_key: Base64,
    /// Until when the import can be done.
    #[schema(format = DateTime)]
    pub valid_to: String,
}

/// Brings key material.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportMaterial {
    /// That of the parameters.
    pub token: String,
    /// The material, wrapped.
    pub wrapped: Base64,
    /// When the material is to be forgotten; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub valid_to: Option<String>,
}

/// A version whose material was brought or forgotten.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MaterialVersion {
    /// Its number.
    pub version: u32,
}

/// Takes over the keys of a go-kms key store, all or none. Exactly one of `passphrase` and `master_key` is given.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportGoKms {
    /// The passphrase of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<Secret>,
    /// The master key of a store that has it in a device: 32 bytes, as the device decrypts `hsm.master`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_key: Option<Secret>,
    /// Every file of its directory.
    pub files: Vec<KeyStoreFile>,
}

/// A file of a key store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyStoreFile {
    /// Its name, without directory.
    pub name: String,
    /// Its content, which is encrypted.
    pub content: Base64,
}

/// What became of a key store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ImportedKeyStore {
    /// The keys that were taken over, with the ids that they had.
    pub imported: Vec<String>,
    /// The keys that are here already.
    pub skipped: Vec<SkippedKey>,
}

/// A key that is here already.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SkippedKey {
    /// Its id.
    pub key: String,
    /// Its state here.
    pub state: KeyState,
}
