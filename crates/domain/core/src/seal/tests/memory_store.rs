//! Stored secrets in memory, with the conflicts and failures that a test asks for.

use std::sync::Mutex;

use async_trait::async_trait;
use claviger_ports::{
    AliasRecord, Batch, Change, Clock, DeviceKey, GrantPage, GrantReads, KeyReads, KeyRecord, ObjectFilter,
    ObjectReads, OutcomeReads, Page, PkiReads, PrincipalReads, ProviderReads, RingCursor, RingReads,
    SealedPlace, SealedReads, Store, StoreError,
};
use claviger_types::{
    AccountId, AliasName, AuthorityId, AuthorityName, Certificate, CertificateAuthority, CertificateSerial,
    Credential, CredentialId, Grant, IdentityPolicy, ImportJob, ImportJobId, ImportJobName, IssuerId, Key,
    KeyId, KeyIntent, KeyName, KeyRing, KeyRingName, KeyVersion, ManagedObject, ObjectId, Principal,
    PrincipalId, PrincipalName, Project, ProviderId, ProviderIdentity, RequestId, Revocation, RevocationList,
    RingKeyName, RootKeyGeneration, Sealed, Timestamp, TokenHash, VersionNumber,
};

pub(super) struct FixedClock(pub(super) Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Called with the number of the commit, before it is made; may change rows, or fail it.
type BeforeCommit = Box<dyn FnMut(usize, &MemoryStore) -> Result<(), StoreError> + Send>;

pub(super) struct MemoryStore {
    rows: Mutex<Vec<(SealedPlace, Sealed)>>,
    outcomes: Mutex<Vec<RequestId>>,
    commits: Mutex<usize>,
    before_commit: Mutex<Option<BeforeCommit>>,
}

impl MemoryStore {
    pub(super) fn new() -> Self {
        Self {
            rows: Mutex::default(),
            outcomes: Mutex::default(),
            commits: Mutex::default(),
            before_commit: Mutex::default(),
        }
    }

    pub(super) fn before_commit(
        self,
        hook: impl FnMut(usize, &Self) -> Result<(), StoreError> + Send + 'static,
    ) -> Self {
        *self.before_commit.lock().unwrap() = Some(Box::new(hook));
        self
    }

    pub(super) fn put(&self, place: &SealedPlace, sealed: Sealed) {
        self.remove(place);
        self.rows.lock().unwrap().push((place.clone(), sealed));
    }

    pub(super) fn remove(&self, place: &SealedPlace) {
        self.rows.lock().unwrap().retain(|(other, _)| other != place);
    }

    pub(super) fn get(&self, place: &SealedPlace) -> Sealed {
        self.rows.lock().unwrap().iter().find(|(other, _)| other == place).unwrap().1.clone()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let number = std::mem::replace(&mut *self.commits.lock().unwrap(), 0) + 1;
        *self.commits.lock().unwrap() = number;
        let hook = self.before_commit.lock().unwrap().take();
        if let Some(mut hook) = hook {
            let result = hook(number, self);
            *self.before_commit.lock().unwrap() = Some(hook);
            result?;
        }
        let mut rows = self.rows.lock().unwrap();
        let mut after = rows.clone();
        for change in batch.changes {
            let Change::Reseal { place, from, to } = change else {
                return Err(StoreError::Internal("only Reseal was expected".into()));
            };
            let row = after.iter_mut().find(|(other, sealed)| *other == place && *sealed == from);
            row.ok_or(StoreError::Conflict("the secret is another"))?.1 = to;
        }
        *rows = after;
        self.outcomes.lock().unwrap().push(batch.outcome);
        Ok(())
    }

    async fn backup(&self, _path: &std::path::Path) -> Result<(), StoreError> {
        absent()
    }

    async fn health(&self) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl SealedReads for MemoryStore {
    async fn secret(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        Ok(Some(self.get(&SealedPlace::Installation(name.into()))))
    }

    async fn sealed_before(
        &self,
        current: RootKeyGeneration,
        limit: usize,
    ) -> Result<Vec<(SealedPlace, Sealed)>, StoreError> {
        let rows = self.rows.lock().unwrap();
        Ok(rows.iter().filter(|(_, sealed)| sealed.generation != current).take(limit).cloned().collect())
    }
}

#[async_trait]
impl OutcomeReads for MemoryStore {
    async fn outcomes(&self) -> Result<Vec<RequestId>, StoreError> {
        Ok(self.outcomes.lock().unwrap().clone())
    }
}

/// Tables that this store does not have.
fn absent<T>() -> Result<T, StoreError> {
    Err(StoreError::Internal("only sealed secrets are here".into()))
}

#[async_trait]
impl KeyReads for MemoryStore {
    async fn project(&self, _: AccountId) -> Result<Option<Project>, StoreError> {
        absent()
    }

    async fn key(&self, _: KeyId) -> Result<Option<KeyRecord>, StoreError> {
        absent()
    }

    async fn key_named(&self, _: AccountId, _: &KeyName) -> Result<Option<KeyId>, StoreError> {
        absent()
    }

    async fn keys(&self, _: AccountId, _: Option<KeyId>, _: usize) -> Result<Page<Key>, StoreError> {
        absent()
    }

    async fn aliases(
        &self,
        _: AccountId,
        _: Option<KeyId>,
        _: Option<&AliasName>,
        _: usize,
    ) -> Result<Page<AliasRecord>, StoreError> {
        absent()
    }

    async fn due_keys(&self, _: Timestamp, _: usize) -> Result<Vec<KeyId>, StoreError> {
        absent()
    }

    async fn key_count(&self) -> Result<u64, StoreError> {
        absent()
    }

    async fn destroyed_keys(&self) -> Result<Vec<KeyId>, StoreError> {
        absent()
    }
}

#[async_trait]
impl RingReads for MemoryStore {
    async fn key_ring(&self, _: AccountId, _: &KeyRingName) -> Result<Option<KeyRing>, StoreError> {
        absent()
    }

    async fn key_rings(
        &self,
        _: AccountId,
        _: Option<&KeyRingName>,
        _: usize,
    ) -> Result<Page<KeyRing>, StoreError> {
        absent()
    }

    async fn key_in_ring(
        &self,
        _: AccountId,
        _: &KeyRingName,
        _: &RingKeyName,
    ) -> Result<Option<KeyId>, StoreError> {
        absent()
    }

    async fn keys_in_ring(
        &self,
        _: AccountId,
        _: &KeyRingName,
        _: Option<&RingCursor>,
        _: usize,
    ) -> Result<Page<KeyRecord>, StoreError> {
        absent()
    }

    async fn import_job(&self, _: ImportJobId) -> Result<Option<ImportJob>, StoreError> {
        absent()
    }

    async fn import_job_in_ring(
        &self,
        _: AccountId,
        _: &KeyRingName,
        _: &ImportJobName,
    ) -> Result<Option<ImportJob>, StoreError> {
        absent()
    }

    async fn import_jobs_in_ring(
        &self,
        _: AccountId,
        _: &KeyRingName,
        _: Option<&ImportJobName>,
        _: usize,
    ) -> Result<Page<ImportJob>, StoreError> {
        absent()
    }

    async fn expired_import_jobs(&self, _: Timestamp, _: usize) -> Result<Vec<ImportJobId>, StoreError> {
        absent()
    }
}

#[async_trait]
impl GrantReads for MemoryStore {
    async fn grants_of_key(&self, _: KeyId) -> Result<Vec<Grant>, StoreError> {
        absent()
    }

    async fn grants_retirable_by(
        &self,
        _: AccountId,
        _: &str,
        _: GrantPage<'_>,
    ) -> Result<Page<Grant>, StoreError> {
        absent()
    }
}

#[async_trait]
impl PrincipalReads for MemoryStore {
    async fn principal(&self, _: PrincipalId) -> Result<Option<Principal>, StoreError> {
        absent()
    }

    async fn principal_named(
        &self,
        _: AccountId,
        _: &PrincipalName,
    ) -> Result<Option<Principal>, StoreError> {
        absent()
    }

    async fn principals(&self, _: AccountId) -> Result<Vec<Principal>, StoreError> {
        absent()
    }

    async fn identity_policies(&self, _: PrincipalId) -> Result<Vec<IdentityPolicy>, StoreError> {
        absent()
    }

    async fn credential(&self, _: &CredentialId) -> Result<Option<Credential>, StoreError> {
        absent()
    }

    async fn credential_by_token(&self, _: TokenHash) -> Result<Option<Credential>, StoreError> {
        absent()
    }

    async fn credential_by_spki(&self, _: [u8; 32]) -> Result<Option<Credential>, StoreError> {
        absent()
    }

    async fn credentials(&self, _: PrincipalId) -> Result<Vec<Credential>, StoreError> {
        absent()
    }
}

#[async_trait]
impl ProviderReads for MemoryStore {
    async fn providers(&self) -> Result<Vec<ProviderIdentity>, StoreError> {
        Ok(Vec::new())
    }

    async fn key_intents(&self) -> Result<Vec<KeyIntent>, StoreError> {
        Ok(Vec::new())
    }

    async fn device_keys(&self) -> Result<Vec<DeviceKey>, StoreError> {
        Ok(Vec::new())
    }

    async fn adopted_versions(&self) -> Result<Vec<KeyVersion>, StoreError> {
        Ok(Vec::new())
    }

    async fn messages(&self, _: KeyId, _: VersionNumber) -> Result<Option<u64>, StoreError> {
        absent()
    }

    async fn keys_in_provider(
        &self,
        _: &ProviderId,
        _: Option<KeyId>,
        _: usize,
    ) -> Result<Page<KeyId>, StoreError> {
        Ok(Page { items: Vec::new(), more: false })
    }
}

#[async_trait]
impl ObjectReads for MemoryStore {
    async fn object(&self, _: ObjectId) -> Result<Option<ManagedObject>, StoreError> {
        absent()
    }

    async fn objects(
        &self,
        _: AccountId,
        _: &ObjectFilter,
        _: Option<ObjectId>,
        _: usize,
    ) -> Result<Page<ManagedObject>, StoreError> {
        Ok(Page { items: Vec::new(), more: false })
    }

    async fn kept_objects(&self, _: AccountId, _: u32) -> Result<u32, StoreError> {
        Ok(0)
    }

    async fn due_objects(&self, _: Timestamp, _: usize) -> Result<Vec<ObjectId>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl PkiReads for MemoryStore {
    async fn authority_named(
        &self,
        _: AccountId,
        _: &AuthorityName,
    ) -> Result<Option<CertificateAuthority>, StoreError> {
        absent()
    }

    async fn authority_of(&self, _: IssuerId) -> Result<Option<CertificateAuthority>, StoreError> {
        absent()
    }

    async fn authorities(
        &self,
        _: AccountId,
        _: Option<&AuthorityName>,
        _: usize,
    ) -> Result<Page<CertificateAuthority>, StoreError> {
        absent()
    }

    async fn certificate(
        &self,
        _: AuthorityId,
        _: &CertificateSerial,
    ) -> Result<Option<Certificate>, StoreError> {
        absent()
    }

    async fn certificates(
        &self,
        _: AuthorityId,
        _: Option<&CertificateSerial>,
        _: usize,
    ) -> Result<Page<Certificate>, StoreError> {
        absent()
    }

    async fn revocations(
        &self,
        _: AuthorityId,
        _: Timestamp,
    ) -> Result<Vec<(CertificateSerial, Revocation)>, StoreError> {
        absent()
    }

    async fn revocation_list(&self, _: IssuerId) -> Result<Option<RevocationList>, StoreError> {
        absent()
    }

    async fn due_revocation_lists(&self, _: Timestamp, _: usize) -> Result<Vec<IssuerId>, StoreError> {
        absent()
    }
}
