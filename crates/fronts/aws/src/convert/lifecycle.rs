use claviger_core::KeyEntry;
use claviger_keys::{
    CreateKey, DescribeKey, EnableKeyRotation, KeyLastUsage, ListKeyRotations, ListKeys, PastRotations,
    RotationStatus, ScheduleKeyDeletion, ScheduledKeyDeletion, UpdateKeyDescription,
};
use claviger_ports::Page;
use claviger_types::{
    AgreementAlgorithm, Days, EncryptionAlgorithm, Key, KeyAlgorithm, KeyId, KeyOrigin, KeySpec, KeyState,
    KeyUsage, KeyVersion, MacAlgorithm, RotationKind, SigningAlgorithm, VersionState,
};

use super::{
    absent, choice,
    crypto::{ENCRYPTION_ALGORITHMS, MAC_ALGORITHMS},
    grant_tokens, key, key_itself, limit, marker, next, number, required,
    tag::tags,
    text,
};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Seconds, Text,
        lifecycle::{
            Algorithms, CreateKeyRequest, DescribeKeyRequest, EnableKeyRotationRequest, GetKeyLastUsageReply,
            GetKeyRotationStatusReply, KeyLastUsageData, KeyListEntry, KeyMetadata, ListKeyRotationsReply,
            ListKeyRotationsRequest, ListKeysReply, ListKeysRequest, RotationsListEntry,
            ScheduleKeyDeletionReply, ScheduleKeyDeletionRequest, UpdateKeyDescriptionRequest,
        },
    },
};

const DESCRIPTION: usize = 8192;
const POLICY: usize = 131_072;
const KEY_SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
];
const KEY_USAGES: &[&str] =
    &["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"];
const ORIGINS: &[&str] = &["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

pub(crate) fn create_key(request: CreateKeyRequest<'_>) -> Result<CreateKey, Fault> {
    absent(&request.custom_key_store_id, "CustomKeyStoreId")?;
    absent(&request.xks_key_id, "XksKeyId")?;
    if request.multi_region == Some(true) {
        return Err(Fault::unsupported("Multi-Region keys are not supported."));
    }
    let spec = key_spec(request.key_spec, request.customer_master_key_spec)?;
    let description =
        request.description.map(|value| text(value, 0..=DESCRIPTION, "description")).transpose()?;
    let policy = request.policy.map(|value| text(value, 1..=POLICY, "policy")).transpose()?;
    let usage = key_usage(spec, request.key_usage)?;
    Ok(CreateKey {
        origin: origin(request.origin)?,
        description: description.as_deref().unwrap_or_default().into(),
        policy: policy.map(|policy| (*policy).into()),
        bypass_lockout_check: request.bypass_policy_lockout_safety_check.unwrap_or(false),
        tags: tags(request.tags.unwrap_or_default())?,
        ..CreateKey::new(spec, usage)
    })
}

pub(crate) fn describe_key(request: DescribeKeyRequest<'_>, names: Names<'_>) -> Result<DescribeKey, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(DescribeKey { key: key(request.key_id, "keyId", names)? })
}

/// What clients are told of a key; `versions` are those that may have imported material.
pub(crate) fn metadata<'a>(key: &'a Key, versions: &[KeyVersion], arn: &'a str) -> KeyMetadata<'a> {
    let imported = versions.iter().find(|version| version.number == key.primary && version.handle.is_some());
    let imported = imported.filter(|_| key.origin == KeyOrigin::Imported);
    let valid_to = imported.and_then(|version| version.valid_to);
    let expiration_model = imported.map(|_| match valid_to {
        Some(_) => "KEY_MATERIAL_EXPIRES",
        None => "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    let state = state(key, versions);
    KeyMetadata {
        account: key.project.as_str(),
        key_id: key.id.to_string(),
        arn,
        creation_date: Seconds(key.created),
        enabled: state == "Enabled",
        description: &key.description,
        key_usage: key.usage.policy_name(),
        key_state: state,
        deletion_date: key.deletion.map(|deletion| Seconds(deletion.at)),
        valid_to: valid_to.map(Seconds),
        origin: key.origin.policy_name(),
        expiration_model,
        key_manager: "CUSTOMER",
        customer_master_key_spec: key.spec.policy_name(),
        key_spec: key.spec.policy_name(),
        algorithms: algorithms(key, versions),
        multi_region: false,
    }
}

/// The same of a key with its names and grants.
pub(crate) fn entry_metadata<'a>(entry: &'a KeyEntry, arn: &'a str) -> KeyMetadata<'a> {
    metadata(entry.key(), &entry.record.versions, arn)
}

/// What the primary version may be used for: less than its key where its maker fixed one algorithm.
pub(crate) fn algorithms(key: &Key, versions: &[KeyVersion]) -> Algorithms {
    let mut lists = Algorithms::default();
    let primary = versions.iter().find(|version| version.number == key.primary);
    match primary.and_then(|version| version.algorithm) {
        Some(KeyAlgorithm::Sign(only)) => {
            lists.signing_algorithms = vec![only.name()];
            return lists;
        }
        Some(KeyAlgorithm::Decrypt(only)) => {
            lists.encryption_algorithms = vec![only.name()];
            return lists;
        }
        Some(KeyAlgorithm::ExternalMu | KeyAlgorithm::Raw(_)) | None => {}
    }
    match key.usage {
        KeyUsage::Encrypt | KeyUsage::AsymmetricDecrypt | KeyUsage::RawEncrypt => {
            lists.encryption_algorithms =
                known(EncryptionAlgorithm::of(key.usage).iter().map(|a| a.name()), ENCRYPTION_ALGORITHMS);
        }
        KeyUsage::Sign => {
            lists.signing_algorithms = SigningAlgorithm::of(key.spec).iter().map(|a| a.name()).collect();
        }
        KeyUsage::KeyAgreement => lists.key_agreement_algorithms = vec![AgreementAlgorithm::Ecdh.name()],
        KeyUsage::Mac => {
            lists.mac_algorithms = known(MacAlgorithm::of(key.spec).iter().map(|a| a.name()), MAC_ALGORITHMS);
        }
    }
    lists
}

/// Other protocols have algorithms that AWS does not: they are not shown, as they are not accepted.
fn known(names: impl Iterator<Item = &'static str>, of_aws: &[&str]) -> Vec<&'static str> {
    names.filter(|name| of_aws.contains(name)).collect()
}

pub(crate) fn list_keys(request: ListKeysRequest<'_>) -> Result<ListKeys, Fault> {
    for owner in request.resource_owners.unwrap_or_default() {
        let own = |owner: &str| (owner == "SELF").then_some(());
        choice(&owner, "resourceOwners", &["SELF", "OTHER_ACCOUNTS_VIA_RAM"], own)?;
    }
    Ok(ListKeys {
        after: marker(request.marker, |text| text.parse().ok())?,
        limit: limit(request.limit, 100, 1000)?,
    })
}

pub(crate) fn keys_reply(page: &Page<Key>, arn: impl Fn(KeyId) -> String) -> ListKeysReply {
    let entry = |key: &Key| KeyListEntry { key_id: key.id.to_string(), key_arn: arn(key.id) };
    ListKeysReply {
        keys: page.items.iter().map(entry).collect(),
        next_marker: next(&page.items, page.more, |key| key.id.to_string()),
        truncated: page.more,
    }
}

pub(crate) fn update_key_description(
    request: UpdateKeyDescriptionRequest<'_>,
    names: Names<'_>,
) -> Result<UpdateKeyDescription, Fault> {
    let description = text(required(request.description, "description")?, 0..=DESCRIPTION, "description")?;
    Ok(UpdateKeyDescription {
        key: key_itself(request.key_id, "keyId", names)?,
        description: (*description).into(),
    })
}

pub(crate) fn schedule_key_deletion(
    request: ScheduleKeyDeletionRequest<'_>,
    names: Names<'_>,
) -> Result<ScheduleKeyDeletion, Fault> {
    let days = number(request.pending_window_in_days.unwrap_or(30), 7..=30, "pendingWindowInDays")?;
    Ok(ScheduleKeyDeletion { key: key_itself(request.key_id, "keyId", names)?, window: Days(days) })
}

pub(crate) fn scheduled_reply(scheduled: &ScheduledKeyDeletion) -> ScheduleKeyDeletionReply<'_> {
    ScheduleKeyDeletionReply {
        key_id: &scheduled.key_arn,
        deletion_date: Seconds(scheduled.deletion.at),
        key_state: "PendingDeletion",
        pending_window_in_days: scheduled.deletion.window.0,
    }
}

pub(crate) fn enable_key_rotation(
    request: EnableKeyRotationRequest<'_>,
    names: Names<'_>,
) -> Result<EnableKeyRotation, Fault> {
    let days = request.rotation_period_in_days.map(|days| number(days, 90..=2560, "rotationPeriodInDays"));
    Ok(EnableKeyRotation {
        key: key_itself(request.key_id, "keyId", names)?,
        period: days.transpose()?.map(Days),
    })
}

pub(crate) fn rotation_status_reply(status: &RotationStatus) -> GetKeyRotationStatusReply<'_> {
    GetKeyRotationStatusReply {
        key_rotation_enabled: status.rotation.is_some(),
        key_id: &status.key_arn,
        rotation_period_in_days: status.rotation.map(|rotation| Days::of(rotation.period).0),
        next_rotation_date: status.rotation.map(|rotation| Seconds(rotation.next)),
    }
}

/// Which part of the rotations a caller wants to see.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RotationsPage {
    after: usize,
    limit: usize,
}

pub(crate) fn list_key_rotations(
    request: ListKeyRotationsRequest<'_>,
    names: Names<'_>,
) -> Result<(ListKeyRotations, RotationsPage), Fault> {
    if let Some(what) = request.include_key_material {
        let rotations = |what: &str| (what == "ROTATIONS_ONLY").then_some(());
        choice(&what, "includeKeyMaterial", &["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"], rotations)?;
    }
    let after = marker(request.marker, |text| text.parse().ok())?.unwrap_or(0);
    let page = RotationsPage { after, limit: limit(request.limit, 100, 1000)? };
    Ok((ListKeyRotations { key: key_itself(request.key_id, "keyId", names)? }, page))
}

pub(crate) fn rotations_reply(past: &PastRotations, page: RotationsPage) -> ListKeyRotationsReply<'_> {
    let end = page.after.saturating_add(page.limit);
    let shown = past.rotations.iter().skip(page.after).take(page.limit);
    let truncated = past.rotations.len() > end;
    ListKeyRotationsReply {
        rotations: shown
            .map(|rotation| RotationsListEntry {
                key_id: &past.key_arn,
                rotation_date: Seconds(rotation.time),
                rotation_type: match rotation.kind {
                    RotationKind::Automatic => "AUTOMATIC",
                    RotationKind::OnDemand => "ON_DEMAND",
                },
            })
            .collect(),
        next_marker: truncated.then(|| end.to_string()),
        truncated,
    }
}

pub(crate) fn last_usage_reply(usage: &KeyLastUsage) -> GetKeyLastUsageReply<'_> {
    GetKeyLastUsageReply {
        key_id: &usage.key_arn,
        key_last_usage: usage.last.map(|last| KeyLastUsageData {
            operation: last.operation,
            timestamp: Seconds(last.time),
            kms_request_id: last.request.to_string(),
        }),
        tracking_start_date: Seconds(usage.tracked_since),
        key_creation_date: Seconds(usage.created),
    }
}

fn key_spec(spec: Option<Text<'_>>, deprecated: Option<Text<'_>>) -> Result<KeySpec, Fault> {
    let (value, member) = match (&spec, &deprecated) {
        (Some(_), Some(_)) => {
            return Err(Fault::validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is \
                 deprecated.",
            ));
        }
        (Some(spec), None) => (spec, "keySpec"),
        (None, Some(spec)) => (spec, "customerMasterKeySpec"),
        (None, None) => return Ok(KeySpec::Aes256),
    };
    choice(value, member, KEY_SPECS, KeySpec::from_policy_name)
}

/// The API has one name for both kinds of encryption; which it is follows from the specification.
fn key_usage(spec: KeySpec, usage: Option<Text<'_>>) -> Result<KeyUsage, Fault> {
    let Some(usage) = usage else {
        return match spec {
            KeySpec::Aes256 => Ok(KeyUsage::Encrypt),
            _ => Err(Fault::validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            )),
        };
    };
    let named = choice(&usage, "keyUsage", KEY_USAGES, |name| match name {
        "ENCRYPT_DECRYPT" if spec == KeySpec::Aes256 => Some(KeyUsage::Encrypt),
        "ENCRYPT_DECRYPT" => Some(KeyUsage::AsymmetricDecrypt),
        "GENERATE_VERIFY_MAC" => Some(KeyUsage::Mac),
        "KEY_AGREEMENT" => Some(KeyUsage::KeyAgreement),
        "SIGN_VERIFY" => Some(KeyUsage::Sign),
        _ => None,
    })?;
    match spec.allows(named) {
        true => Ok(named),
        false => {
            let spec = spec.policy_name();
            Err(Fault::validation(format!("KeyUsage {} is not compatible with KeySpec {spec}.", &*usage)))
        }
    }
}

fn origin(value: Option<Text<'_>>) -> Result<KeyOrigin, Fault> {
    let Some(value) = value else { return Ok(KeyOrigin::Generated) };
    choice(&value, "origin", ORIGINS, |name| match name {
        "AWS_KMS" => Some(KeyOrigin::Generated),
        "EXTERNAL" => Some(KeyOrigin::Imported),
        _ => None,
    })
}

/// The state of a key and its primary version: the stricter counts.
fn state(key: &Key, versions: &[KeyVersion]) -> &'static str {
    let primary = versions.iter().find(|version| version.number == key.primary);
    match key.state {
        KeyState::Enabled => match primary.map(|version| version.state) {
            Some(VersionState::Active) => "Enabled",
            Some(VersionState::Disabled) => "Disabled",
            // Only other fronts can bring a version into another state.
            _ => "Unavailable",
        },
        KeyState::Disabled => "Disabled",
        KeyState::PendingImport => "PendingImport",
        // What is destroyed is found no more; between the two it can still be seen.
        KeyState::PendingDeletion | KeyState::Destroyed => "PendingDeletion",
    }
}

#[cfg(test)]
mod tests;
