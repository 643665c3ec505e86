use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Key, KeySpec, KeyUsage, MoveOutcome, OrphanKind, VersionState};

/// Moves a key to another provider.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveKey {
    /// The name of the provider; that of the configuration's role `rollover` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Also if whoever names no version gets another one for what exists: another public key, codes and raw ciphertexts that
    /// the new version does not know.
    #[serde(default)]
    pub new_material: bool,
}

/// What a move came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MovedKey {
    /// What was done.
    pub outcome: MoveOutcome,
    /// The id of the provider that makes the key's new versions.
    pub provider: String,
    /// The primary version.
    pub primary_version: u32,
}

/// A version after a change of its state.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangedVersion {
    /// Its number.
    pub version: u32,
    /// Its state.
    pub state: VersionState,
    /// When it will be destroyed, if that is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub destroy_at: Option<String>,
}

/// Makes a key of one that is in a device already, where it stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptKey {
    /// What the users of the device call it: a PKCS#11 URI (RFC 7512 §2.3), a KMIP unique identifier. No PIN may be in it.
    pub locator: String,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for; if absent, `encrypt` for AES, `mac` for HMAC, `sign` for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<KeyUsage>,
    /// Free text, at most 8192 characters.
    #[serde(default)]
    pub description: String,
    /// Its labels.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Keys that have material in a provider, or make their next versions there; by id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProviderKeyList {
    /// What the provider is known as for good.
    pub provider: String,
    /// The keys.
    pub keys: Vec<ProviderKey>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A key with something in a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProviderKey {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// Its versions that are in the provider.
    pub there: Vec<VersionThere>,
}

/// A version that is in a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionThere {
    /// Its number.
    pub version: u32,
    /// What still needs it: it is the `primary` one; the key is `not moved`; `certificate authority` and its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<String>,
}

/// What is left in a device of keys that are none, by tag.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrphanList {
    /// The orphans.
    pub orphans: Vec<Orphan>,
}

/// A key in a device that none of the service's keys is made of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Orphan {
    /// What is written on it, in hexadecimal digits.
    pub tag: String,
    /// What the device calls it; absent if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Why it is there.
    pub kind: OrphanKind,
    /// When somebody began to make it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub since: Option<String>,
}

/// Removes an orphan from its device for good. To remove what is gone is no error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveOrphan {
    /// What it must be.
    pub kind: OrphanKind,
}
