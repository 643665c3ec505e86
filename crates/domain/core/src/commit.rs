use claviger_ports::{Batch, Change};
use claviger_types::{
    AccountId, AliasName, AuditSeq, KeyId, KeyRingName, ObjectId, RequestId, VersionNumber,
};

use crate::{Error, Result, header_keys::HeaderKeys, service::Core};

impl Core {
    /// Waits until the announcement of a change is durable.
    pub(crate) async fn announced(&self, intent: Option<AuditSeq>) -> Result<()> {
        let intent =
            intent.ok_or_else(|| Error::internal("a change without an announcement in the audit log"))?;
        Ok(self.log.durable(intent).await?)
    }

    /// Commits and forgets what was cached of it.
    pub(crate) async fn commit(
        &self,
        intent: Option<AuditSeq>,
        outcome: RequestId,
        changes: Vec<Change>,
    ) -> Result<()> {
        self.announced(intent).await?;
        let core = self.this.upgrade().ok_or_else(|| Error::internal("the service has ended"))?;
        // The caller may stop waiting, and the store goes on: what it changes must be forgotten all the same, or a
        // credential that is revoked would be good until the end of the process.
        tokio::spawn(async move { core.commit_announced(outcome, changes).await })
            .await
            .map_err(Error::internal)?
    }

    async fn commit_announced(&self, outcome: RequestId, changes: Vec<Change>) -> Result<()> {
        let mut touched = Touched::of(&changes);
        // The key that loses an alias must be forgotten too: its policy may decide by its aliases. One at a time, so
        // that what is looked up here is still so when the change is committed.
        let _one_at_a_time = match touched.aliases.is_empty() {
            true => None,
            false => Some(self.alias_changes.lock().await),
        };
        for (project, alias) in &touched.aliases {
            touched.keys.extend(self.keys.alias(*project, alias).await?);
        }
        let result = self.store.commit(Batch { outcome, changes }).await;
        // Also after an error: whether a change was made that could not be acknowledged is then unknown.
        touched.forget(self);
        Ok(result?)
    }
}

/// What a batch changes, as far as something of it may be cached.
#[derive(Default)]
struct Touched {
    keys: Vec<KeyId>,
    versions: Vec<(KeyId, VersionNumber)>,
    aliases: Vec<(AccountId, AliasName)>,
    objects: Vec<ObjectId>,
    rings: Vec<(AccountId, KeyRingName)>,
    directory: bool,
    header_keys: bool,
}

impl Touched {
    fn of(changes: &[Change]) -> Self {
        let mut touched = Self::default();
        for change in changes {
            match change {
                Change::PutKeyRing(ring) => touched.rings.push((ring.project, ring.name.clone())),
                Change::PutKey(key) => touched.keys.push(key.id),
                Change::PutObject(object) => touched.objects.push(object.id),
                Change::RestrictVersion(key, ..) => touched.keys.push(*key),
                Change::PutVersion(version) => {
                    touched.keys.push(version.key);
                    touched.versions.push((version.key, version.number));
                }
                Change::InsertName { project, name, key, .. }
                | Change::MoveName { project, name, key, .. } => {
                    touched.keys.push(*key);
                    touched.aliases.extend(name.value.parse().ok().map(|alias| (*project, alias)));
                }
                Change::DeleteName { project, name } => {
                    touched.aliases.extend(name.value.parse().ok().map(|alias| (*project, alias)));
                }
                Change::InsertGrant(grant) => touched.keys.push(grant.key),
                Change::DeleteGrant(key, _) => touched.keys.push(*key),
                Change::PutPrincipal(_)
                | Change::PutIdentityPolicy(_)
                | Change::DeleteIdentityPolicy(..)
                | Change::InsertCredential(_)
                | Change::RevokeCredential(..) => touched.directory = true,
                Change::PutSecret(name, _) | Change::InsertSecret(name, _) => {
                    touched.header_keys |= HeaderKeys::is_one(name);
                }
                Change::InsertProject(_)
                | Change::PutCertificateAuthority(_)
                | Change::InsertCertificate(_)
                | Change::RevokeCertificate(..)
                | Change::PutRevocationList(_)
                | Change::InsertImportJob(_)
                | Change::ExpireImportJob(_)
                | Change::DeleteImportJobs(_)
                | Change::Reseal { .. }
                | Change::PutProvider(_)
                | Change::IntendKey(_)
                | Change::ArriveKey(_)
                | Change::SettleKey(_)
                | Change::ReserveMessages { .. }
                | Change::ChangedElsewhere
                | Change::ForgetOutcomes(_) => {}
            }
        }
        touched
    }

    fn forget(&self, core: &Core) {
        for key in &self.keys {
            core.keys.forget(*key);
        }
        for (key, version) in &self.versions {
            core.keys.forget_version(*key, *version);
        }
        for (project, alias) in &self.aliases {
            core.keys.forget_alias(*project, alias);
        }
        for object in &self.objects {
            core.objects.forget(*object);
        }
        for (project, ring) in &self.rings {
            core.keys.forget_ring(*project, ring);
        }
        if self.header_keys {
            core.header_keys.forget();
        }
        if self.directory {
            core.directory.forget();
        }
    }
}
