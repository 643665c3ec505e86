use serde::{Deserialize, Serialize};

use super::{Present, Seconds, Text, tag::Tag};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateKeyRequest<'a> {
    #[serde(borrow)]
    pub(crate) policy: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) description: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_usage: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) customer_master_key_spec: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_spec: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) origin: Option<Text<'a>>,
    pub(crate) custom_key_store_id: Option<Present>,
    pub(crate) bypass_policy_lockout_safety_check: Option<bool>,
    #[serde(borrow)]
    pub(crate) tags: Option<Vec<Tag<'a>>>,
    pub(crate) multi_region: Option<bool>,
    pub(crate) xks_key_id: Option<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyReply<'a> {
    pub(crate) key_metadata: KeyMetadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyMetadata<'a> {
    #[serde(rename = "AWSAccountId")]
    pub(crate) account: &'a str,
    pub(crate) key_id: String,
    pub(crate) arn: &'a str,
    pub(crate) creation_date: Seconds,
    pub(crate) enabled: bool,
    pub(crate) description: &'a str,
    pub(crate) key_usage: &'static str,
    pub(crate) key_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deletion_date: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_to: Option<Seconds>,
    pub(crate) origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_model: Option<&'static str>,
    pub(crate) key_manager: &'static str,
    pub(crate) customer_master_key_spec: &'static str,
    pub(crate) key_spec: &'static str,
    #[serde(flatten)]
    pub(crate) algorithms: Algorithms,
    pub(crate) multi_region: bool,
}

/// What can be done with a key: one list, by its usage.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Algorithms {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) encryption_algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) signing_algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) key_agreement_algorithms: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mac_algorithms: Vec<&'static str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeKeyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
}

/// The request of every operation that names a key and says nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
}

/// The reply of operations that only name the key.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyIdReply<'a> {
    pub(crate) key_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeysRequest<'a> {
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) resource_owners: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeysReply {
    pub(crate) keys: Vec<KeyListEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_marker: Option<String>,
    pub(crate) truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyListEntry {
    pub(crate) key_id: String,
    pub(crate) key_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateKeyDescriptionRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) description: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ScheduleKeyDeletionRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) pending_window_in_days: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ScheduleKeyDeletionReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) deletion_date: Seconds,
    pub(crate) key_state: &'static str,
    pub(crate) pending_window_in_days: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EnableKeyRotationRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) rotation_period_in_days: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetKeyRotationStatusReply<'a> {
    pub(crate) key_rotation_enabled: bool,
    pub(crate) key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rotation_period_in_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_rotation_date: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeyRotationsRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) include_key_material: Option<Text<'a>>,
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeyRotationsReply<'a> {
    pub(crate) rotations: Vec<RotationsListEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_marker: Option<String>,
    pub(crate) truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RotationsListEntry<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) rotation_date: Seconds,
    pub(crate) rotation_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetKeyLastUsageReply<'a> {
    pub(crate) key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_last_usage: Option<KeyLastUsageData>,
    pub(crate) tracking_start_date: Seconds,
    pub(crate) key_creation_date: Seconds,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyLastUsageData {
    pub(crate) operation: &'static str,
    pub(crate) timestamp: Seconds,
    pub(crate) kms_request_id: String,
}
