use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use claviger_log::scan;
use claviger_types::{
    AccountId, AuditSeq, AuthorityName, CertificateSerial, CipherMode, CredentialId, Days, Deletion, KeyId,
    ObjectId, ObjectState, Revocation, RevocationReason, Timestamp, VersionNumber,
};
use serde::Deserialize;

use crate::failure::{Failure, Result};

/// What the audit log tells of the time since a backup, as far as a restore must know it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// What became of keys.
    pub(crate) keys: BTreeMap<KeyId, KeyFate>,
    /// What became of managed objects.
    pub(crate) objects: BTreeMap<ObjectId, ObjectFate>,
    /// Credentials that were revoked, and when.
    pub(crate) revoked: BTreeMap<CredentialId, Timestamp>,
    /// Certificates that were revoked.
    pub(crate) certificates: Vec<RevokedCertificate>,
    /// Changes that the copy does not have and that are not made again, by operation.
    pub(crate) lost: BTreeMap<String, u64>,
    /// Whether a root key or keyslot of the copy was given up since.
    pub(crate) seal_changed: bool,
}

/// A certificate that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RevokedCertificate {
    pub(crate) account: AccountId,
    pub(crate) authority: AuthorityName,
    pub(crate) serial: CertificateSerial,
    pub(crate) revocation: Revocation,
}

/// What became of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyFate {
    /// Its material is gone for good.
    pub(crate) destroyed: bool,
    /// Imported material was taken away.
    pub(crate) material_deleted: bool,
    /// The last word on its destruction by schedule.
    pub(crate) deletion: Option<Fate>,
    /// Whether it was disabled last, or enabled.
    pub(crate) disabled: Option<bool>,
    /// The last word on versions that were changed on their own.
    pub(crate) versions: BTreeMap<VersionNumber, VersionFate>,
    /// The modes in which raw-encrypt versions were used, and which a first encryption has fixed.
    pub(crate) modes: BTreeMap<VersionNumber, CipherMode>,
}

/// What became of a managed object, and when. None of it is ever taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectFate {
    /// It was deactivated.
    pub(crate) deactivated: Option<Timestamp>,
    /// It was compromised.
    pub(crate) compromised: Option<Timestamp>,
    /// Its material is gone for good; with a symmetric or private key, the key itself.
    pub(crate) destroyed: Option<Timestamp>,
    /// It was perhaps destroyed: the end of that call is not known.
    pub(crate) perhaps_destroyed: Option<Timestamp>,
}

impl ObjectFate {
    /// The state in which its use has ended, and when.
    pub(crate) fn ended(&self) -> Option<(Timestamp, ObjectState)> {
        let compromised = self.compromised.map(|at| (at, ObjectState::Compromised));
        compromised.or_else(|| self.deactivated.map(|at| (at, ObjectState::Deactivated)))
    }
}

/// The last word on a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionFate {
    /// Its material is gone.
    Destroyed,
    /// It was disabled, or its destruction was, at least perhaps, taken back.
    Disabled,
    /// Its destruction was scheduled at this time, for when the waiting time of its key is over.
    Doomed(Timestamp),
    /// It was enabled, or its material was brought again.
    Usable,
}

/// The last word on a scheduled destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was taken back.
    Cancelled,
    /// It was perhaps taken back: the end of that call is not known.
    PerhapsCancelled,
    /// It was scheduled.
    Scheduled(Deletion),
}

/// Reads the log in `dir` from `from` on. It has been verified.
pub(crate) fn read(dir: &Path, from: AuditSeq) -> Result<History> {
    let failed = || Failure::at(format!("the audit log in {} can't be read", dir.display()));
    let mut reader = Reader::default();
    for entry in scan(dir, from).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        reader.note(&entry.json)?;
    }
    Ok(reader.finish())
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    phase: Cow<'a, str>,
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    operation: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    request: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    keys: Vec<LineKey<'a>>,
    #[serde(borrow, default)]
    caller: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: LineParams<'a>,
    #[serde(borrow, default)]
    did: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    outcome: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    detail: Option<LineDetail<'a>>,
}

#[derive(Deserialize)]
struct LineKey<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Default, Deserialize)]
struct LineParams<'a> {
    #[serde(borrow, default)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    authority: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    cipher_mode: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    certificate_serial: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    object: Option<Cow<'a, str>>,
    #[serde(default)]
    compromised: Option<bool>,
    #[serde(default)]
    pending_window_days: Option<u16>,
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Deserialize)]
struct LineDetail<'a> {
    #[serde(borrow, default)]
    request: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    outcome: Option<Cow<'a, str>>,
}

/// A change, as its record names it.
#[derive(Clone)]
struct Step {
    time: Timestamp,
    operation: String,
    keys: Vec<(KeyId, Option<VersionNumber>)>,
    subject: Option<String>,
    object: Option<ObjectId>,
    compromised: bool,
    version: Option<VersionNumber>,
    window: Option<Days>,
    did: Option<String>,
    certificate: Option<(AccountId, AuthorityName, CertificateSerial)>,
}

/// Whether a change was made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Made,
    /// The log ends before the end of the call, or the call ended before it was known.
    PerhapsMade,
}

/// What an outcome says of a change; `None` if it was certainly not made.
fn certainty(outcome: &str) -> Option<Certainty> {
    match outcome {
        "Ok" => Some(Certainty::Made),
        "Abandoned" | "Internal" | "Timeout" | "Unavailable" => Some(Certainty::PerhapsMade),
        _ => None,
    }
}

#[derive(Default)]
struct Reader {
    history: History,
    announced: BTreeMap<String, Step>,
    /// Calls that were announced before the part of the log that is read are changes, too.
    told: BTreeSet<String>,
    /// Versions whose mode a record says for certain.
    decided: BTreeSet<(KeyId, VersionNumber)>,
}

impl Reader {
    fn note(&mut self, json: &str) -> Result<()> {
        let line: Line<'_> = serde_json::from_str(json)
            .map_err(Failure::at("a record of the audit log is not understood; is it of another release?"))?;
        match (&*line.phase, line.request.as_deref(), line.event.as_deref()) {
            ("intent", Some(request), _) => {
                self.announced.insert(request.to_owned(), step(&line)?);
            }
            ("outcome", Some(_), _)
                if matches!(line.operation.as_deref(), Some("RawEncrypt" | "RawDecrypt")) =>
            {
                self.used_raw(&line);
            }
            ("outcome", Some(request), _) => {
                let announced = self.announced.remove(request).is_some();
                let is_change = announced || is_replayed(line.operation.as_deref().unwrap_or_default());
                let certainty = certainty(line.outcome.as_deref().unwrap_or_default());
                if let Some(certainty) =
                    certainty.filter(|_| is_change && self.told.insert(request.to_owned()))
                {
                    self.made(&step(&line)?, certainty);
                }
            }
            ("service", _, Some("reconciled")) => {
                let detail = line.detail.as_ref();
                let request = detail.and_then(|detail| detail.request.as_deref()).unwrap_or_default();
                let committed = detail.and_then(|detail| detail.outcome.as_deref()) == Some("committed");
                if let Some(step) = self.announced.remove(request).filter(|_| committed) {
                    self.made(&step, Certainty::Made);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Uses are no changes, except that the first encryption of a raw-encrypt version decides for which mode it is. A decryption
    /// decides nothing, but behind an encryption it shows what was decided.
    fn used_raw(&mut self, line: &Line<'_>) {
        if line.outcome.as_deref() != Some("Ok") {
            return;
        }
        let encrypts = line.operation.as_deref() == Some("RawEncrypt");
        let asked = line.params.cipher_mode.as_deref().and_then(CipherMode::from_name);
        let did = line.did.as_deref().and_then(CipherMode::from_name);
        for used in &line.keys {
            let (Ok(key), Some(version)) = (used.key.parse(), used.version.and_then(VersionNumber::new))
            else {
                continue;
            };
            // A key that was only decrypted with has nothing to be told.
            let modes = match self.history.keys.get_mut(&key) {
                Some(fate) => &mut fate.modes,
                None if encrypts => &mut self.history.keys.entry(key).or_default().modes,
                None => continue,
            };
            match (encrypts, did, asked) {
                (true, Some(mode), _) => {
                    modes.insert(version, mode);
                    self.decided.insert((key, version));
                }
                _ if self.decided.contains(&(key, version)) => {}
                // Older records say only what was asked for. Whoever names none gets that of the version, which is GCM if there is none yet.
                (true, None, Some(mode)) => drop(modes.insert(version, mode)),
                (true, None, None) => drop(modes.entry(version).or_insert(CipherMode::Gcm)),
                (false, _, Some(mode)) => drop(modes.entry(version).and_modify(|known| *known = mode)),
                (false, _, None) => {}
            }
        }
    }

    fn finish(mut self) -> History {
        // What is left was cut short by the end of the log.
        for step in std::mem::take(&mut self.announced).into_values() {
            self.made(&step, Certainty::PerhapsMade);
        }
        self.history
    }

    fn made(&mut self, step: &Step, certainty: Certainty) {
        let history = &mut self.history;
        match &*step.operation {
            "RevokeCredential" => {
                if let Some(id) = step.subject.as_deref().and_then(|id| id.parse().ok()) {
                    history.revoked.insert(id, step.time);
                }
            }
            "RevokeCertificate" => {
                let reason = step.did.as_deref().and_then(RevocationReason::from_name);
                history.certificates.extend(step.certificate.clone().map(|(account, authority, serial)| {
                    let reason = reason.unwrap_or(RevocationReason::Unspecified);
                    let revocation = Revocation { at: Timestamp::from_secs(step.time.secs()), reason };
                    RevokedCertificate { account, authority, serial, revocation }
                }));
            }
            "RemoveKeyslot" | "RotateRootKey" => {
                history.seal_changed = true;
                *history.lost.entry(step.operation.clone()).or_default() += 1;
            }
            "DestroyObject" | "MaintainObject" | "RevokeObject" => {
                if let Some(object) = step.object {
                    change_object(history.objects.entry(object).or_default(), step, certainty);
                }
            }
            operation if is_replayed(operation) => {
                for (key, version) in &step.keys {
                    let fate = history.keys.entry(*key).or_default();
                    change(fate, step, certainty);
                    change_version(fate, step, version.or(step.version), certainty);
                }
            }
            operation => {
                *history.lost.entry(operation.to_owned()).or_default() += 1;
                for (key, _) in step.keys.iter().filter(|_| operation == "ImportKeyVersion") {
                    let fate = history.keys.entry(*key).or_default();
                    change_version(fate, step, step.version, certainty);
                }
            }
        }
    }
}

fn change(fate: &mut KeyFate, step: &Step, certainty: Certainty) {
    match (&*step.operation, step.did.as_deref()) {
        ("CancelKeyDeletion", _) => {
            fate.deletion = Some(match certainty {
                Certainty::Made => Fate::Cancelled,
                Certainty::PerhapsMade => Fate::PerhapsCancelled,
            });
            fate.disabled = None;
        }
        ("DeleteImportedKeyMaterial", _) | ("MaintainKey", Some("expired")) => fate.material_deleted = true,
        ("DisableKey", _) => fate.disabled = Some(true),
        // Whether it was enabled is not worth a doubt: it stays disabled then.
        ("EnableKey", _) if certainty == Certainty::Made => fate.disabled = Some(false),
        ("MaintainKey", Some("destroyed")) => fate.destroyed = true,
        ("ScheduleKeyDeletion", _) => {
            let window = step.window.unwrap_or(Days(30));
            fate.deletion = Some(Fate::Scheduled(Deletion { at: step.time.plus_days(window), window }));
        }
        _ => {}
    }
}

/// A revocation that was perhaps made counts: it takes away.
fn change_object(fate: &mut ObjectFate, step: &Step, certainty: Certainty) {
    let word = match (&*step.operation, step.did.as_deref()) {
        ("DestroyObject", _) if certainty == Certainty::Made => &mut fate.destroyed,
        ("DestroyObject", _) => &mut fate.perhaps_destroyed,
        ("RevokeObject", _) if step.compromised => &mut fate.compromised,
        ("RevokeObject", _) | ("MaintainObject", Some("deactivated")) => &mut fate.deactivated,
        _ => return,
    };
    word.get_or_insert(step.time);
}

fn change_version(fate: &mut KeyFate, step: &Step, version: Option<VersionNumber>, certainty: Certainty) {
    let Some(version) = version else { return };
    let made = certainty == Certainty::Made;
    let word = match (&*step.operation, step.did.as_deref()) {
        ("MaintainKey", Some("version-destroyed")) => VersionFate::Destroyed,
        ("DestroyVersion", _) => VersionFate::Doomed(step.time),
        ("RestoreVersion", _) | ("SetVersionEnabled", Some("disabled")) => VersionFate::Disabled,
        ("SetVersionEnabled", Some("enabled")) | ("ImportKeyVersion", _) if made => VersionFate::Usable,
        _ => return,
    };
    fate.versions.insert(version, word);
}

/// Operations that take something away which must not come back. Each is made again in the copy.
fn is_replayed(operation: &str) -> bool {
    matches!(
        operation,
        "CancelKeyDeletion"
            | "DeleteImportedKeyMaterial"
            | "DestroyObject"
            | "DestroyVersion"
            | "DisableKey"
            | "EnableKey"
            | "MaintainKey"
            | "MaintainObject"
            | "RestoreVersion"
            | "RevokeCertificate"
            | "RevokeCredential"
            | "RevokeObject"
            | "SetVersionEnabled"
            | "ScheduleKeyDeletion"
    )
}

fn step(line: &Line<'_>) -> Result<Step> {
    let wrong = || Failure::new("a record of the audit log is not understood; is it of another release?");
    let number = |number: Option<u32>| number.and_then(VersionNumber::new);
    let keys = line.keys.iter().map(|key| Ok((key.key.parse().map_err(|_| wrong())?, number(key.version))));
    Ok(Step {
        time: Timestamp::parse_rfc3339(&line.time).ok_or_else(wrong)?,
        operation: line.operation.as_deref().ok_or_else(wrong)?.to_owned(),
        keys: keys.collect::<Result<_>>()?,
        version: number(line.params.version),
        object: line.params.object.as_deref().map(|id| id.parse().map_err(|_| wrong())).transpose()?,
        compromised: line.params.compromised == Some(true),
        subject: line.params.subject.as_deref().map(str::to_owned),
        window: line.params.pending_window_days.map(Days),
        did: line.did.as_deref().map(str::to_owned),
        certificate: certificate(line),
    })
}

/// The certificate that a call names. Its authority is one of the caller's project, which its ARN tells.
fn certificate(line: &Line<'_>) -> Option<(AccountId, AuthorityName, CertificateSerial)> {
    let account = line.caller.as_deref()?.split(':').nth(4)?.parse().ok()?;
    let authority = line.params.authority.as_deref()?.parse().ok()?;
    Some((account, authority, line.params.certificate_serial.as_deref()?.parse().ok()?))
}

#[cfg(test)]
mod tests;
