mod objects;

use std::collections::BTreeMap;

use claviger_ports::{
    Batch, Change, GrantReads, KeyReads, KeyRecord, ObjectReads, PkiReads, PrincipalReads, Random, Store,
};
use claviger_sql::SqliteStore;
use claviger_types::{
    AuthorityName, CertificateSerial, CredentialId, Deletion, Key, KeyAlgorithm, KeyId, KeyOrigin, KeyState,
    KeyUsage, KeyVersion, ManagedObject, ObjectId, RequestId, Timestamp, VersionNumber, VersionState,
};

use super::history::{Fate, History, KeyFate, RevokedCertificate, VersionFate};
use crate::{ambient::SystemRandom, failure::Result};

/// What was done to the copy again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Keys that are destroyed again.
    pub(crate) destroyed: Vec<KeyId>,
    /// Keys whose destruction is scheduled again, and for when.
    pub(crate) pending: BTreeMap<KeyId, Timestamp>,
    /// Keys whose scheduled destruction is taken back again; they are disabled.
    pub(crate) cancelled: Vec<KeyId>,
    /// Keys whose imported material is gone again.
    pub(crate) material_deleted: Vec<KeyId>,
    /// Keys that are disabled again.
    pub(crate) disabled: Vec<KeyId>,
    /// Managed objects that are revoked again, or destroyed and no keys.
    pub(crate) ended: Vec<ObjectId>,
    /// Versions that are destroyed, or wait for it, or are disabled again.
    pub(crate) versions: Vec<(KeyId, VersionNumber)>,
    /// Credentials that are revoked again.
    pub(crate) revoked: Vec<CredentialId>,
    /// Certificates that are revoked again.
    pub(crate) certificates: Vec<(AuthorityName, CertificateSerial)>,
}

/// Does to the copy what was done since.
pub(super) async fn history(store: &SqliteStore, history: &History, now: Timestamp) -> Result<Applied> {
    let mut applied = Applied::default();
    for (id, fate) in &history.keys {
        // A key that was made after the backup is not in the copy.
        let Some(record) = store.key(*id).await? else { continue };
        let mut copy = KeyCopy::new(&record);
        copy.apply(fate, now, &mut applied);
        copy.apply_to_versions(fate, now, &mut applied);
        if fate.destroyed && record.key.state != KeyState::Destroyed {
            copy.destroy(store, now).await?;
            applied.destroyed.push(*id);
        }
        commit(store, copy.changes(&record)).await?;
    }
    for (id, fate) in &history.objects {
        objects::apply(store, *id, fate, &mut applied).await?;
    }
    for (id, revoked) in &history.revoked {
        if store.credential(id).await?.is_some_and(|credential| credential.revoked.is_none()) {
            commit(store, vec![Change::RevokeCredential(id.clone(), *revoked)]).await?;
            applied.revoked.push(id.clone());
        }
    }
    for revoked in &history.certificates {
        let RevokedCertificate { account, authority: name, serial, revocation } = revoked;
        // A certificate that was issued after the backup is not in the copy.
        let Some(authority) = store.authority_named(*account, name).await? else { continue };
        let found = store.certificate(authority.id, serial).await?;
        if found.is_some_and(|certificate| certificate.revocation.is_none()) {
            commit(store, vec![Change::RevokeCertificate(authority.id, serial.clone(), *revocation)]).await?;
            applied.certificates.push((name.clone(), serial.clone()));
        }
    }
    Ok(applied)
}

/// Without a log nobody knows whether a destruction that is due by now was taken back. A key that was destroyed may come
/// back then; one whose destruction was taken back must not be destroyed at once. So its waiting time begins anew.
pub(super) async fn without_history(store: &SqliteStore, now: Timestamp) -> Result<Applied> {
    let mut applied = Applied::default();
    for id in store.due_keys(now, usize::MAX >> 1).await? {
        let Some(record) = store.key(id).await? else { continue };
        let mut copy = KeyCopy::new(&record);
        if let Some(deletion) = copy.key.deletion.filter(|_| copy.key.state == KeyState::PendingDeletion) {
            copy.postpone(deletion, now, &mut applied);
        }
        copy.postpone_versions(now, &mut applied);
        commit(store, copy.changes(&record)).await?;
    }
    Ok(applied)
}

/// A key on its way to what it was.
struct KeyCopy {
    key: Key,
    versions: Vec<KeyVersion>,
    others: Vec<Change>,
}

impl KeyCopy {
    fn new(record: &KeyRecord) -> Self {
        Self { key: (*record.key).clone(), versions: record.versions.to_vec(), others: Vec::new() }
    }

    fn apply(&mut self, fate: &KeyFate, now: Timestamp, applied: &mut Applied) {
        if fate.destroyed || self.key.state == KeyState::Destroyed {
            return;
        }
        if fate.material_deleted && self.versions.iter().any(|version| version.handle.is_some()) {
            self.delete_material();
            applied.material_deleted.push(self.key.id);
        }
        match (fate.deletion, self.key.state) {
            (Some(Fate::Scheduled(deletion)), _) => {
                self.key.state = KeyState::PendingDeletion;
                self.key.deletion = Some(deletion);
                applied.pending.insert(self.key.id, deletion.at);
            }
            (Some(Fate::Cancelled), KeyState::PendingDeletion) => {
                self.key.state = self.state_without_deletion();
                self.key.deletion = None;
                applied.cancelled.push(self.key.id);
            }
            (Some(Fate::PerhapsCancelled), KeyState::PendingDeletion) => {
                if let Some(deletion) = self.key.deletion {
                    self.postpone(deletion, now, applied);
                }
            }
            (Some(Fate::Cancelled | Fate::PerhapsCancelled) | None, _) => {}
        }
        match (fate.disabled, self.key.state) {
            (Some(true), KeyState::Enabled) => {
                self.key.state = KeyState::Disabled;
                applied.disabled.push(self.key.id);
            }
            (Some(false), KeyState::Disabled) => self.key.state = KeyState::Enabled,
            _ => {}
        }
    }

    fn apply_to_versions(&mut self, fate: &KeyFate, now: Timestamp, applied: &mut Applied) {
        if fate.destroyed || self.key.state == KeyState::Destroyed {
            return;
        }
        for version in &mut self.versions {
            // Otherwise it could be used in another mode now, under which the two would lay each other open.
            let mode = fate.modes.get(&version.number).filter(|_| self.key.usage == KeyUsage::RawEncrypt);
            version.algorithm = version.algorithm.or(mode.map(|mode| KeyAlgorithm::Raw(*mode)));
            let Some(word) = fate.versions.get(&version.number) else { continue };
            if version.state == VersionState::Destroyed {
                continue;
            }
            match *word {
                VersionFate::Destroyed => {
                    version.state = VersionState::Destroyed;
                    version.handle = None;
                    version.destroy_at = None;
                    version.destroyed = Some(now);
                }
                VersionFate::Doomed(since) => {
                    version.state = VersionState::DestructionScheduled;
                    version.destroy_at = Some(since.plus(self.key.template.destroy_after));
                }
                VersionFate::Disabled => {
                    version.state = VersionState::Disabled;
                    version.destroy_at = None;
                }
                VersionFate::Usable => continue,
            }
            applied.versions.push((self.key.id, version.number));
        }
    }

    fn postpone(&mut self, deletion: Deletion, now: Timestamp, applied: &mut Applied) {
        let at = now.plus_days(deletion.window);
        self.key.deletion = Some(Deletion { at, ..deletion });
        applied.pending.insert(self.key.id, at);
    }

    /// The versions whose destruction is due wait anew.
    fn postpone_versions(&mut self, now: Timestamp, applied: &mut Applied) {
        let is_due = |version: &&mut KeyVersion| {
            version.state == VersionState::DestructionScheduled
                && version.destroy_at.is_some_and(|at| at <= now)
        };
        for version in self.versions.iter_mut().filter(is_due) {
            version.destroy_at = Some(now.plus(self.key.template.destroy_after));
            applied.versions.push((self.key.id, version.number));
        }
    }

    fn state_without_deletion(&self) -> KeyState {
        let has_material = self.versions.iter().any(|version| version.handle.is_some());
        match self.key.origin {
            KeyOrigin::Imported if !has_material => KeyState::PendingImport,
            KeyOrigin::Imported | KeyOrigin::Generated | KeyOrigin::Adopted => KeyState::Disabled,
        }
    }

    fn delete_material(&mut self) {
        for version in self.versions.iter_mut().filter(|version| version.handle.is_some()) {
            if version.state == VersionState::Active {
                version.state = VersionState::PendingImport;
            }
            version.handle = None;
            version.valid_to = None;
        }
        if self.key.state != KeyState::PendingDeletion {
            self.key.state = KeyState::PendingImport;
        }
    }

    /// As the worker does it: the record stays, so that the id is never used again; material, names and grants go.
    async fn destroy(&mut self, store: &SqliteStore, at: Timestamp) -> Result<()> {
        for version in &mut self.versions {
            version.state = VersionState::Destroyed;
            version.handle = None;
            version.destroy_at = None;
        }
        self.key.state = KeyState::Destroyed;
        self.key.rotation = None;
        let record = store.key(self.key.id).await?;
        for alias in record.iter().flat_map(|record| record.aliases.iter()) {
            self.others.push(Change::DeleteName { project: self.key.project, name: alias.to_key_name() });
        }
        for grant in store.grants_of_key(self.key.id).await? {
            self.others.push(Change::DeleteGrant(grant.key, grant.id));
        }
        self.others.push(Change::DeleteImportJobs(self.key.id));
        for id in [ObjectId::of_key(self.key.id), ObjectId::of_public_half(self.key.id)] {
            let object = store.object(id).await?.filter(|object| !object.state.is_destroyed());
            self.others.extend(object.map(|object| {
                let policy = self.key.policy.clone();
                Change::PutObject(ManagedObject { policy, ..object.destroyed(at) })
            }));
        }
        Ok(())
    }

    /// What is not as it was.
    fn changes(self, before: &KeyRecord) -> Vec<Change> {
        let mut changes: Vec<Change> = self
            .versions
            .into_iter()
            .filter(|version| before.versions.iter().all(|old| old != version))
            .map(Change::PutVersion)
            .collect();
        let names_go = !self.others.is_empty();
        changes.extend(self.others);
        if names_go || !changes.is_empty() || self.key != *before.key {
            changes.push(Change::PutKey(self.key));
        }
        changes
    }
}

async fn commit(store: &SqliteStore, changes: Vec<Change>) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let random: &dyn Random = &SystemRandom;
    Ok(store.commit(Batch { outcome: RequestId::from_random(random.bytes()), changes }).await?)
}
