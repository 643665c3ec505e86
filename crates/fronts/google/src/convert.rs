//! Between the messages and the types of the domain, both ways. Pure: what is refused is refused before anything is done.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use claviger_core::{Error, Reason, Result};
use claviger_keys::RotationChange;
use claviger_types::{
    Key, KeySpec, KeyState, KeyUsage, KeyVersion, Rotation, SecretBytes, Tags, Timestamp, VersionState,
};
use zeroize::Zeroizing;

use crate::{
    algorithms::{self, Meaning},
    names::{KeyPath, RingPath},
    wire::kms::{
        self, CryptoKey, CryptoKeyVersion, CryptoKeyVersionTemplate, ProtectionLevel,
        crypto_key::{CryptoKeyPurpose, RotationSchedule},
        crypto_key_version::{CryptoKeyVersionAlgorithm, CryptoKeyVersionState},
    },
};

/// Longest plaintext, additional data or message of an operation of cryptography, in bytes.
const MAX_MESSAGE: usize = 65_536;

/// Where keys are here.
pub(crate) const SOFTWARE: i32 = ProtectionLevel::Software as i32;

/// Refuses what is longer than the API allows.
pub(crate) fn bounded(field: &str, bytes: &[u8]) -> Result<()> {
    match bytes.len() <= MAX_MESSAGE {
        true => Ok(()),
        false => Err(Error::invalid(format!("The {field} must not be longer than {MAX_MESSAGE} bytes."))),
    }
}

/// The bytes of a request, which are wiped from now on.
pub(crate) fn secret(bytes: Vec<u8>) -> SecretBytes {
    SecretBytes::new(bytes)
}

/// The bytes of a secret for an answer, in its own buffer, which is wiped when the answer has its wire form.
pub(crate) fn exposed(secret: SecretBytes) -> Bytes {
    Bytes::from_owner(Zeroizing::<Vec<u8>>::from(secret))
}

pub(crate) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.micros().rem_euclid(1_000_000);
    // Invariant: less than a second is less than 10⁹ nanoseconds.
    prost_types::Timestamp { seconds: time.secs(), nanos: i32::try_from(micros * 1000).unwrap_or(0) }
}

pub(crate) fn from_timestamp(time: prost_types::Timestamp, field: &str) -> Result<Timestamp> {
    let micros = i64::from(time.nanos) / 1000;
    let time = time.seconds.checked_mul(1_000_000).and_then(|whole| whole.checked_add(micros));
    time.map(Timestamp::from_micros).ok_or_else(|| Error::invalid(format!("The {field} is not a time.")))
}

pub(crate) fn duration(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

/// Whole seconds: nothing here is finer.
pub(crate) fn from_duration(duration: prost_types::Duration, field: &str) -> Result<Duration> {
    match (u64::try_from(duration.seconds), duration.nanos) {
        (Ok(seconds), 0) => Ok(Duration::from_secs(seconds)),
        _ => Err(Error::invalid(format!("The {field} must be a positive number of whole seconds."))),
    }
}

/// The protection level that is asked for, if any.
pub(crate) fn protection(level: i32) -> Result<Option<claviger_types::ProtectionLevel>> {
    match ProtectionLevel::try_from(level) {
        Ok(ProtectionLevel::Unspecified) => Ok(None),
        Ok(ProtectionLevel::Software) => Ok(Some(claviger_types::ProtectionLevel::Software)),
        Ok(ProtectionLevel::Hsm) => Ok(Some(claviger_types::ProtectionLevel::Hsm)),
        Ok(level) => Err(Error::new(
            Reason::InvalidRequest,
            format!("The protection level {} has no provider here.", level.as_str_name()),
        )),
        Err(_) => Err(Error::invalid("The protection level is not one.")),
    }
}

/// A protection level, as the API has it.
pub(crate) fn protection_level(level: claviger_types::ProtectionLevel) -> i32 {
    match level {
        claviger_types::ProtectionLevel::Software => ProtectionLevel::Software.into(),
        claviger_types::ProtectionLevel::Hsm => ProtectionLevel::Hsm.into(),
    }
}

/// What versions of a new key are.
pub(crate) fn template(
    purpose: CryptoKeyPurpose,
    template: Option<&CryptoKeyVersionTemplate>,
) -> Result<Meaning> {
    let usage = algorithms::usage(purpose).ok_or_else(|| match purpose {
        CryptoKeyPurpose::Unspecified => Error::invalid("The purpose of the key is required."),
        other => {
            Error::new(Reason::Unsupported, format!("The purpose {} is not supported.", other.as_str_name()))
        }
    })?;
    let named = template.map(|template| template.algorithm).filter(|number| *number != 0);
    let algorithm = match (named, usage) {
        (Some(number), _) => number,
        (None, KeyUsage::Encrypt) => CryptoKeyVersionAlgorithm::GoogleSymmetricEncryption as i32,
        (None, _) => return Err(Error::invalid("The algorithm of the version template is required.")),
    };
    let meaning = algorithm_meaning(algorithm)?;
    match meaning.usage == usage {
        true => Ok(meaning),
        false => {
            Err(Error::invalid("The algorithm of the version template is not one of the key's purpose."))
        }
    }
}

/// What an algorithm is.
pub(crate) fn algorithm_meaning(number: i32) -> Result<Meaning> {
    let algorithm = CryptoKeyVersionAlgorithm::try_from(number)
        .map_err(|_| Error::invalid("The algorithm is not one."))?;
    algorithms::of(algorithm).ok_or_else(|| {
        Error::new(
            Reason::Unsupported,
            format!("The algorithm {} is not supported.", algorithm.as_str_name()),
        )
    })
}

/// The rotation of a key; both times or none.
pub(crate) fn rotation(
    next: Option<prost_types::Timestamp>,
    schedule: Option<RotationSchedule>,
) -> Result<Option<Rotation>> {
    match (next, schedule) {
        (None, None) => Ok(None),
        (Some(next), Some(RotationSchedule::RotationPeriod(period))) => Ok(Some(Rotation {
            period: from_duration(period, "rotation_period")?,
            next: from_timestamp(next, "next_rotation_time")?,
        })),
        _ => Err(Error::invalid("The rotation_period and the next_rotation_time must be set together.")),
    }
}

/// What becomes of the rotation of a key: each of the two is absent unless it is updated, and empty if it is taken away.
pub(crate) fn rotation_change(
    next: Option<Option<prost_types::Timestamp>>,
    schedule: Option<Option<RotationSchedule>>,
) -> Result<RotationChange> {
    match (next, schedule) {
        (Some(Some(next)), None) => from_timestamp(next, "next_rotation_time").map(RotationChange::Next),
        (None, Some(Some(RotationSchedule::RotationPeriod(period)))) => {
            from_duration(period, "rotation_period").map(RotationChange::Period)
        }
        (next, schedule) => match rotation(next.flatten(), schedule.flatten())? {
            Some(rotation) => Ok(RotationChange::To(rotation)),
            None if next.is_some() && schedule.is_some() => Ok(RotationChange::Never),
            None => Err(Error::invalid(
                "The rotation_period and the next_rotation_time must be taken away together.",
            )),
        },
    }
}

pub(crate) fn tags(labels: HashMap<String, String>) -> Tags {
    labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

pub(crate) fn key_ring(path: &RingPath, created: Timestamp) -> kms::KeyRing {
    kms::KeyRing { name: path.to_string(), create_time: Some(timestamp(created)) }
}

pub(crate) fn crypto_key(key: &Key, versions: &[KeyVersion], path: &KeyPath) -> CryptoKey {
    // Only these have a version that is used where none is named.
    let primary = versions.iter().find(|version| version.number == key.primary);
    let primary = primary.filter(|_| key.usage == KeyUsage::Encrypt);
    let schedule = |rotation: Rotation| RotationSchedule::RotationPeriod(duration(rotation.period));
    CryptoKey {
        name: path.to_string(),
        primary: primary.map(|version| crypto_key_version(key, version, path)),
        purpose: algorithms::purpose(key.usage).into(),
        create_time: Some(timestamp(key.created)),
        next_rotation_time: key.rotation.map(|rotation| timestamp(rotation.next)),
        rotation_schedule: key.rotation.map(schedule),
        version_template: Some(CryptoKeyVersionTemplate {
            protection_level: protection_level(key.template.protection),
            algorithm: algorithms::name(key.spec, key.usage, key.template.algorithm).into(),
        }),
        labels: key.tags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        import_only: key.template.import_only,
        destroy_scheduled_duration: Some(duration(key.template.destroy_after)),
        ..CryptoKey::default()
    }
}

pub(crate) fn crypto_key_version(key: &Key, version: &KeyVersion, path: &KeyPath) -> CryptoKeyVersion {
    use CryptoKeyVersionState::{DestroyScheduled, Destroyed, PendingGeneration, PendingImport};
    let state = state(key, version);
    let deletion = key.deletion.map(|deletion| deletion.at);
    let destroy_at = version.destroy_at.or(deletion).filter(|_| state == DestroyScheduled);
    let imported = version.import.as_ref();
    let is_generated = imported.is_none() && !matches!(state, PendingGeneration | PendingImport);
    CryptoKeyVersion {
        name: path.version(version.number).to_string(),
        state: state.into(),
        protection_level: protection_level(version.protection),
        algorithm: algorithms::name(key.spec, key.usage, version.algorithm).into(),
        create_time: Some(timestamp(version.created)),
        generate_time: is_generated.then(|| timestamp(version.created)),
        destroy_time: destroy_at.map(timestamp),
        destroy_event_time: version.destroyed.map(timestamp),
        import_job: imported
            .map(|import| format!("{}/importJobs/{}", path.ring, import.job))
            .unwrap_or_default(),
        import_time: imported.map(|import| timestamp(import.time)),
        reimport_eligible: imported.is_some() && state == Destroyed,
        ..CryptoKeyVersion::default()
    }
}

/// The state of a version; the stricter of its own and its key's.
fn state(key: &Key, version: &KeyVersion) -> CryptoKeyVersionState {
    let own = match version.state {
        VersionState::Active => CryptoKeyVersionState::Enabled,
        VersionState::Compromised
        | VersionState::Deactivated
        | VersionState::Disabled
        | VersionState::PreActive => CryptoKeyVersionState::Disabled,
        VersionState::Destroyed => CryptoKeyVersionState::Destroyed,
        VersionState::DestructionScheduled => CryptoKeyVersionState::DestroyScheduled,
        VersionState::Failed if version.import.is_some() => CryptoKeyVersionState::ImportFailed,
        VersionState::Failed => CryptoKeyVersionState::GenerationFailed,
        VersionState::PendingGeneration => CryptoKeyVersionState::PendingGeneration,
        VersionState::PendingImport => CryptoKeyVersionState::PendingImport,
    };
    match (key.state, own) {
        (_, CryptoKeyVersionState::Destroyed) | (KeyState::Enabled | KeyState::PendingImport, _) => own,
        (KeyState::Disabled, CryptoKeyVersionState::Enabled) => CryptoKeyVersionState::Disabled,
        (KeyState::Disabled, _) => own,
        (KeyState::PendingDeletion, _) => CryptoKeyVersionState::DestroyScheduled,
        (KeyState::Destroyed, _) => CryptoKeyVersionState::Destroyed,
    }
}

/// SubjectPublicKeyInfo in PEM (RFC 7468 §13).
pub(crate) fn pem(spki: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let text = BASE64_STANDARD.encode(spki);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        // Invariant: base64 is ASCII.
        pem.push_str(std::str::from_utf8(line).unwrap_or_default());
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    pem
}

/// The public key of ML-DSA as FIPS 204 has it, which is all that is in the SubjectPublicKeyInfo besides a fixed header;
/// `None` for keys of other kinds.
pub(crate) fn raw_ml_dsa(spec: KeySpec, spki: &[u8]) -> Option<&[u8]> {
    let length = match spec {
        KeySpec::MlDsa44 => 1312,
        KeySpec::MlDsa65 => 1952,
        KeySpec::MlDsa87 => 2592,
        _ => return None,
    };
    spki.get(spki.len().checked_sub(length)?..)
}

/// Refuses what a new key can't have here.
pub(crate) fn check_unsupported(key: &CryptoKey) -> Result<()> {
    let refuse = |field: &str| Err(Error::invalid(format!("The field {field} is not supported.")));
    if !key.crypto_key_backend.is_empty() {
        return refuse("crypto_key_backend");
    }
    if key.key_access_justifications_policy.is_some() {
        return refuse("key_access_justifications_policy");
    }
    Ok(())
}

/// Refuses an empty mask and paths that can't be updated.
pub(crate) fn check_mask(mask: Option<prost_types::FieldMask>, allowed: &[&str]) -> Result<Vec<String>> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() {
        return Err(Error::invalid("The update_mask must name what is updated."));
    }
    match paths.iter().find(|path| !allowed.contains(&path.as_str())) {
        None => Ok(paths),
        Some(path) => Err(Error::invalid(format!("The field '{path}' can't be updated."))),
    }
}

#[cfg(test)]
mod tests;
