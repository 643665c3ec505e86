use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{KeyslotKind, ProtectionLevel, ProviderState, Secret};

/// The keyslots, in the order in which they were added.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyslotList {
    /// The slots.
    pub keyslots: Vec<Keyslot>,
}

/// A keyslot: one way to open the root key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Keyslot {
    /// Its id.
    pub id: String,
    /// What opens it: `passphrase`, `key-file`, or a device.
    pub kind: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created: String,
    /// Public parameters, such as the cost of a passphrase.
    pub parameters: BTreeMap<String, String>,
}

/// What opens a keyslot.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotSecret {
    /// What it is.
    pub kind: KeyslotKind,
    /// The passphrase, or the whole content of the key file.
    pub secret: Secret,
}

/// A device that opens a keyslot.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotDevice {
    /// The name that its provider is configured under.
    pub provider: String,
    /// The key in it: for a PKCS#11 token, a PKCS#11 URI with `object` or `id`; for a KMIP server, its unique identifier. Without, one is
    /// made for the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Lets another secret or device open the root key. Exactly one of the two is given.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddKeyslot {
    /// What its owner calls it: 1 to 64 characters.
    pub label: String,
    /// The secret that will open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opener: Option<SlotSecret>,
    /// The device that will open it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<SlotDevice>,
}

/// A keyslot that was removed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyslotRemoved {
    /// What its owner must know.
    pub advice: String,
}

/// Makes a new root key.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateRootKey {
    /// What opens the slots that are kept. Those of devices that the service is configured with open without.
    pub keep: Vec<SlotSecret>,
    /// Ids of the slots that are not kept. Each slot must be opened by one of `keep` or a device, or be named here.
    #[serde(default)]
    pub drop: Vec<String>,
}

/// The root key and how far a rotation has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RootKey {
    /// Counts the rotations, from 1.
    pub generation: u32,
    /// Root keys of before that may still be needed; empty unless a rotation is under way.
    pub retired: Vec<u32>,
    /// When the rotation will be finished at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub finish_not_before: Option<String>,
    /// Secrets encrypted anew since the rotation began, or since the start of the server.
    pub resealed: u64,
    /// Why not every secret was encrypted anew at the last try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Records of the audit log, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The records, each as it stands in the log.
    #[schema(value_type = Vec<Object>)]
    pub records: Vec<serde_json::Value>,
    /// Give it as `from` to go on.
    pub next: u64,
    /// Whether there is more to read now.
    pub more: bool,
}

/// A signed statement of how far the audit log goes, to be kept elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditCheckpoint {
    /// As `claviger audit verify --checkpoint` reads it.
    #[schema(value_type = Object)]
    pub checkpoint: serde_json::Value,
}

/// Makes a backup.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeBackup {
    /// What it is called: 1 to 64 letters, digits and characters of `._-`.
    pub name: String,
}

/// A backup.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Backup {
    /// The directory on the server.
    pub location: String,
    /// Its length.
    pub bytes: u64,
    /// The newest audit record that it knows of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_seq: Option<u64>,
}

/// How the service is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// The release.
    pub version: String,
    /// When this node started.
    #[schema(format = DateTime)]
    pub started: String,
    /// The location that clients know it by.
    pub region: String,
    /// The installation's own project.
    pub account: String,
    /// Keys that are not destroyed, in all projects.
    pub keys: u64,
    /// The root key that encrypts.
    pub root_key_generation: u32,
    /// The newest durable audit record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditHead>,
    /// What holds the keys.
    pub providers: Vec<Provider>,
    /// What is out of order; empty if all is well.
    pub problems: Vec<String>,
    /// Who you are to the service.
    pub caller: String,
}

/// A provider, as it is configured.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// The name that it is configured under.
    pub name: String,
    /// What it is: `software`, `pkcs11`, `kmip`.
    pub kind: String,
    /// What it is known as for good, whatever its name; absent until it has proved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What protects its keys.
    pub protection_level: ProtectionLevel,
    /// Whether it can be used.
    pub state: ProviderState,
    /// Why not, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The newest record of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditHead {
    /// Its place.
    pub seq: u64,
    /// The hash of the newest line, which covers every line before it, in hexadecimal digits.
    pub hash: String,
}
