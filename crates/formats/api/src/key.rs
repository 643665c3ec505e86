use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Base64, CipherMode, KeyOrigin, KeySpec, KeyState, KeyUsage, ProtectionLevel, RotationKind, VersionState,
};

/// Makes a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What it is made of; `aes-256` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<KeySpec>,
    /// What it is for; if absent, `encrypt` for AES, `mac` for HMAC and `sign` for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<KeyUsage>,
    /// The mode of a raw-encrypt key, which has exactly one; `gcm` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher_mode: Option<CipherMode>,
    /// Where its material comes from; `generated` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<KeyOrigin>,
    /// Free text, at most 8192 characters.
    #[serde(default)]
    pub description: String,
    /// Its labels.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Its policy, an IAM policy document in JSON; one that leaves the decision to identity policies if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Accept a policy that locks the caller out.
    #[serde(default)]
    pub bypass_lockout_check: bool,
    /// The name of the provider that is to hold it; the one that makes new keys if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether it is used once or for a short time: it is held by the provider that the configuration has for such keys.
    #[serde(default)]
    pub one_off: bool,
}

/// A key without its versions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeySummary {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from.
    pub origin: KeyOrigin,
    /// Its state.
    pub state: KeyState,
    /// Free text of its owner.
    pub description: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
}

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// What a listing shows of it.
    #[serde(flatten)]
    pub summary: KeySummary,
    /// Its key ring.
    pub ring: String,
    /// Its name there, if it was made with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The provider that makes its new versions.
    pub provider: String,
    /// Whether it may leave in the clear.
    pub exportable: bool,
    /// The version that encrypts, signs and computes codes.
    pub primary_version: u32,
    /// Its rotation by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// When it will be destroyed, if that is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub deletion: Option<String>,
    /// Its aliases, without `alias/`.
    pub aliases: Vec<String>,
    /// Its versions.
    pub versions: Vec<KeyVersion>,
}

/// A version of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyVersion {
    /// Its number, from 1.
    pub number: u32,
    /// Its state.
    pub state: VersionState,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
    /// What the provider that holds it is known as for good.
    pub provider: String,
    /// The name that this provider is configured under, or was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    /// What the device calls it; absent if it is in none, or in one that is not there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// SHA-1 of the bits of its public key (RFC 5280 §4.2.1.2, method 1), in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_key_id: Option<String>,
    /// When it was last used, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub last_used: Option<String>,
    /// What protects it there.
    pub protection_level: ProtectionLevel,
    /// What is written on it in a device, in hexadecimal digits: the `CKA_ID` of PKCS#11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Why it was made, if by rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<RotationKind>,
    /// When imported material expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub valid_to: Option<String>,
    /// The one algorithm that it is for, where its maker fixed more than specification and usage do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// When it will be destroyed, if that is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub destroy_at: Option<String>,
}

/// Keys, by id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeySummary>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Rotation by time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Rotation {
    /// Days between rotations.
    pub period_days: u16,
    /// When the next one is due.
    #[schema(format = DateTime)]
    pub next: String,
}

/// How a key is rotated.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RotationStatus {
    /// Its rotation by time; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// Rotates a key by time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRotation {
    /// Days between rotations, 90 to 2560; if absent, the period stays as it is, or is 365.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_days: Option<u16>,
}

/// The rotations that a key has had, by time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RotationList {
    /// The rotations.
    pub rotations: Vec<PastRotation>,
}

/// One rotation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PastRotation {
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// Why.
    pub kind: RotationKind,
}

/// Schedules the destruction of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDeletion {
    /// The waiting period in days, 7 to 30.
    pub window_days: u16,
}

/// A destruction that is scheduled.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScheduledDeletion {
    /// When the key will be destroyed.
    #[schema(format = DateTime)]
    pub deletion: String,
}

/// Changes the description of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDescription {
    /// Free text, at most 8192 characters.
    pub description: String,
}

/// Labels of a key: at most 50.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// The labels.
    pub tags: BTreeMap<String, String>,
}

/// Names of labels.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagNames {
    /// The names.
    pub names: Vec<String>,
}

/// A policy.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyDocument {
    /// An IAM policy document in JSON, as it was written.
    pub policy: String,
}

/// Replaces the policy of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutKeyPolicy {
    /// An IAM policy document in JSON.
    pub policy: String,
    /// Accept a policy that locks the caller out.
    #[serde(default)]
    pub bypass_lockout_check: bool,
}

/// Gives a key a second name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAlias {
    /// The name, without `alias/`.
    pub alias: String,
    /// The key: id, ARN, or `alias/…`.
    pub key: String,
}

/// Gives an alias to another key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAlias {
    /// The key: id, ARN, or `alias/…`.
    pub key: String,
}

/// An alias.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alias {
    /// The name, without `alias/`.
    pub alias: String,
    /// The id of its key.
    pub key: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
    /// When it was last moved.
    #[schema(format = DateTime)]
    pub updated: String,
}

/// Aliases, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AliasList {
    /// The aliases.
    pub aliases: Vec<Alias>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The public half of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// SubjectPublicKeyInfo in DER (RFC 5280 §4.1).
    pub public_key: Base64,
    /// The id of the key.
    pub key: String,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
}

/// When a key was last used.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyLastUsage {
    /// Its last use, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastUse>,
    /// Since when uses have been observed; what was before is in the audit log.
    #[schema(format = DateTime)]
    pub tracked_since: String,
}

/// A use of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LastUse {
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// Which operation.
    pub operation: String,
    /// Which call.
    pub request_id: String,
}
