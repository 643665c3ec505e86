use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use async_trait::async_trait;
use claviger_ports::{
    AliasRecord, Batch, DeviceKey, GrantPage, GrantReads, KeyReads, KeyRecord, OutcomeReads, Page,
    PrincipalReads, ProviderReads, RingCursor, RingReads, SealedPlace, SealedReads, Store, StoreError,
};
use claviger_types::{
    AccountId, AliasName, Credential, CredentialId, Grant, IdentityPolicy, ImportJob, ImportJobId,
    ImportJobName, Key, KeyId, KeyIntent, KeyName, KeyRing, KeyRingName, KeyVersion, Principal, PrincipalId,
    PrincipalName, Project, ProviderId, ProviderIdentity, RequestId, RingKeyName, RootKeyGeneration, Sealed,
    Timestamp, TokenHash, VersionNumber,
};
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::{
    OpenError, SqliteOptions, backup,
    open::{self, Access, Opened},
    queue::Queue,
    readers::Readers,
    writer::{self, Message, Writer},
};
use crate::{
    credential, due, error::Fault, grant, import_job, key, name, outcome, principal, project, provider, ring,
    sealed, version,
};

/// A store in a file.
pub struct SqliteStore {
    options: SqliteOptions,
    path: PathBuf,
    commits: Queue<Message>,
    pub(super) reads: Readers,
    /// Backups and checks, one at a time: each reads everything.
    long_read: Arc<Semaphore>,
    writer: Option<JoinHandle<()>>,
    /// Closed when the writer has ended.
    ended: tokio::sync::watch::Receiver<()>,
}

impl SqliteStore {
    /// Opens a database, or makes it, and brings its schema up to date. Blocks for as long as that takes.
    ///
    /// # Errors
    /// In use, missing, foreign, too new, damaged, or refused by the file system.
    pub fn open(options: SqliteOptions) -> Result<Self, OpenError> {
        let Opened { writer: connection, readers, lock } = open::open(&options)?;
        let failed = |source| OpenError::Io { path: options.path.clone(), source };
        let path = std::path::absolute(&options.path).map_err(failed)?;
        let (reads, reader_threads) = Readers::start(readers).map_err(failed)?;
        let (commits, messages) = Queue::new(writer::WAITING);
        let (alive, ended) = tokio::sync::watch::channel(());
        let writer = Writer::new(connection, messages, reader_threads, lock);
        let writer = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                writer.run();
                drop(alive);
            })
            .map_err(failed)?;
        let long_read = Arc::new(Semaphore::new(1));
        Ok(Self { options, path, commits, reads, long_read, writer: Some(writer), ended })
    }

    /// Finishes what was asked before, writes the log back and frees the file. Whatever is asked afterwards is
    /// answered `Unavailable`. Dropping the store does the same, but blocks.
    pub async fn close(&self) {
        self.stop();
        // An error means that the writer has ended, which is what we wait for.
        while self.ended.clone().changed().await.is_ok() {}
    }

    /// Reads the whole file and checks that it is consistent in itself; the time grows with its size.
    ///
    /// # Errors
    /// `Inconsistent` with the first finding.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.read_long(|connection| {
            let finding: String = connection
                .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
                .map_err(Fault::from)?;
            if finding != "ok" {
                return Err(crate::error::inconsistent("the whole file", finding));
            }
            let orphans = connection.prepare("PRAGMA foreign_key_check").and_then(|mut s| s.exists([]));
            if orphans.map_err(Fault::from)? {
                return Err(crate::error::inconsistent("the whole file", "a record without its parent"));
            }
            Ok(())
        })
        .await
    }

    fn stop(&self) {
        self.reads.stop();
        // If it has ended already, there is nothing to stop.
        let _ = self.commits.send_now(Message::Stop);
    }

    /// Runs a long read on a connection and thread of its own, so that it is in nobody's way.
    async fn read_long(
        &self,
        read: impl FnOnce(&Connection) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let turn = Arc::clone(&self.long_read).acquire_owned().await;
        let (answer, answered) = oneshot::channel();
        let (options, path) = (self.options.clone(), self.path.clone());
        thread::Builder::new()
            .name("sqlite-long-read".into())
            .spawn(move || {
                let result = open::connect(&options, &path, Access::Read)
                    .map_err(|error| Fault::from(error).into())
                    .and_then(|connection| read(&connection));
                drop(turn);
                let _ = answer.send(result);
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread: {error}")))?;
        answered.await.map_err(|_| StoreError::Internal("a thread of the store has panicked".into()))?
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.stop();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writing thread of the store has panicked");
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.commits.send(Message::Commit(batch, answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_owned();
        self.read_long(move |connection| backup::write(connection, &path)).await
    }

    async fn health(&self) -> Result<(), String> {
        let (answer, answered) = oneshot::channel();
        let closed = || closed().to_string();
        self.commits.send(Message::Probe(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())??;
        let read = |connection: &Connection| {
            Ok(connection.prepare_cached("SELECT 1 FROM project LIMIT 1")?.exists([])?)
        };
        self.reads.read(read).await.map(|_: bool| ()).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl KeyReads for SqliteStore {
    async fn project(&self, account: AccountId) -> Result<Option<Project>, StoreError> {
        self.reads.read(move |connection| project::find(connection, account)).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError> {
        self.reads.snapshot(move |connection| key::find(connection, id)).await
    }

    async fn key_named(&self, project: AccountId, name: &KeyName) -> Result<Option<KeyId>, StoreError> {
        let name = name.clone();
        self.reads.read(move |connection| name::key_named(connection, project, &name)).await
    }

    async fn keys(
        &self,
        project: AccountId,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<Page<Key>, StoreError> {
        self.reads.read(move |connection| key::list(connection, project, after, limit)).await
    }

    async fn aliases(
        &self,
        project: AccountId,
        key: Option<KeyId>,
        after: Option<&AliasName>,
        limit: usize,
    ) -> Result<Page<AliasRecord>, StoreError> {
        let after = after.cloned();
        self.reads
            .read(move |connection| name::aliases(connection, project, key, after.as_ref(), limit))
            .await
    }

    async fn due_keys(&self, now: Timestamp, limit: usize) -> Result<Vec<KeyId>, StoreError> {
        self.reads.read(move |connection| due::list(connection, now, limit)).await
    }

    async fn key_count(&self) -> Result<u64, StoreError> {
        self.reads.read(key::count).await
    }

    async fn destroyed_keys(&self) -> Result<Vec<KeyId>, StoreError> {
        self.reads.read(key::destroyed).await
    }
}

#[async_trait]
impl RingReads for SqliteStore {
    async fn key_ring(&self, project: AccountId, name: &KeyRingName) -> Result<Option<KeyRing>, StoreError> {
        let name = name.clone();
        self.reads.read(move |connection| ring::find(connection, project, &name)).await
    }

    async fn key_rings(
        &self,
        project: AccountId,
        after: Option<&KeyRingName>,
        limit: usize,
    ) -> Result<Page<KeyRing>, StoreError> {
        let after = after.cloned();
        self.reads.read(move |connection| ring::list(connection, project, after.as_ref(), limit)).await
    }

    async fn key_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        name: &RingKeyName,
    ) -> Result<Option<KeyId>, StoreError> {
        let (ring, name) = (ring.clone(), name.clone());
        self.reads.read(move |connection| ring::key_named(connection, project, &ring, &name)).await
    }

    async fn keys_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        after: Option<&RingCursor>,
        limit: usize,
    ) -> Result<Page<KeyRecord>, StoreError> {
        let (ring, after) = (ring.clone(), after.cloned());
        self.reads
            .snapshot(move |connection| ring::keys(connection, project, &ring, after.as_ref(), limit))
            .await
    }

    async fn import_job_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        name: &ImportJobName,
    ) -> Result<Option<ImportJob>, StoreError> {
        let (ring, name) = (ring.clone(), name.clone());
        self.reads.read(move |connection| import_job::find_in_ring(connection, project, &ring, &name)).await
    }

    async fn import_jobs_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        after: Option<&ImportJobName>,
        limit: usize,
    ) -> Result<Page<ImportJob>, StoreError> {
        let (ring, after) = (ring.clone(), after.cloned());
        self.reads
            .read(move |connection| import_job::in_ring(connection, project, &ring, after.as_ref(), limit))
            .await
    }

    async fn expired_import_jobs(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ImportJobId>, StoreError> {
        self.reads.read(move |connection| import_job::expired(connection, now, limit)).await
    }

    async fn import_job(&self, id: ImportJobId) -> Result<Option<ImportJob>, StoreError> {
        self.reads.read(move |connection| import_job::find(connection, id)).await
    }
}

#[async_trait]
impl ProviderReads for SqliteStore {
    async fn providers(&self) -> Result<Vec<ProviderIdentity>, StoreError> {
        self.reads.read(provider::list).await
    }

    async fn key_intents(&self) -> Result<Vec<KeyIntent>, StoreError> {
        self.reads.read(provider::intents).await
    }

    async fn device_keys(&self) -> Result<Vec<DeviceKey>, StoreError> {
        self.reads.read(provider::keys).await
    }

    async fn adopted_versions(&self) -> Result<Vec<KeyVersion>, StoreError> {
        self.reads.read(version::adopted).await
    }

    async fn messages(&self, key: KeyId, number: VersionNumber) -> Result<Option<u64>, StoreError> {
        self.reads.read(move |connection| version::messages(connection, key, number)).await
    }

    async fn keys_in_provider(
        &self,
        id: &ProviderId,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<Page<KeyId>, StoreError> {
        let id = id.clone();
        self.reads.read(move |connection| key::in_provider(connection, &id, after, limit)).await
    }
}

#[async_trait]
impl GrantReads for SqliteStore {
    async fn grants_of_key(&self, key: KeyId) -> Result<Vec<Grant>, StoreError> {
        self.reads.read(move |connection| grant::of_key(connection, key)).await
    }

    async fn grants_retirable_by(
        &self,
        project: AccountId,
        retiring: &str,
        page: GrantPage<'_>,
    ) -> Result<Page<Grant>, StoreError> {
        let (retiring, after, limit) = (retiring.to_owned(), page.after.cloned(), page.limit);
        self.reads
            .read(move |connection| {
                grant::retirable_by(connection, project, &retiring, after.as_ref(), limit)
            })
            .await
    }
}

#[async_trait]
impl PrincipalReads for SqliteStore {
    async fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, StoreError> {
        self.reads.read(move |connection| principal::find(connection, id)).await
    }

    async fn principal_named(
        &self,
        project: AccountId,
        name: &PrincipalName,
    ) -> Result<Option<Principal>, StoreError> {
        let name = name.clone();
        self.reads.read(move |connection| principal::find_named(connection, project, &name)).await
    }

    async fn principals(&self, project: AccountId) -> Result<Vec<Principal>, StoreError> {
        self.reads.read(move |connection| principal::list(connection, project)).await
    }

    async fn identity_policies(&self, principal: PrincipalId) -> Result<Vec<IdentityPolicy>, StoreError> {
        self.reads.read(move |connection| principal::policies(connection, principal)).await
    }

    async fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, StoreError> {
        let id = id.clone();
        self.reads.read(move |connection| credential::find(connection, &id)).await
    }

    async fn credential_by_token(&self, hash: TokenHash) -> Result<Option<Credential>, StoreError> {
        self.reads.read(move |connection| credential::find_by_token(connection, hash)).await
    }

    async fn credential_by_spki(&self, spki_sha256: [u8; 32]) -> Result<Option<Credential>, StoreError> {
        self.reads.read(move |connection| credential::find_by_spki(connection, spki_sha256)).await
    }

    async fn credentials(&self, principal: PrincipalId) -> Result<Vec<Credential>, StoreError> {
        self.reads.read(move |connection| credential::of_principal(connection, principal)).await
    }
}

#[async_trait]
impl OutcomeReads for SqliteStore {
    async fn outcomes(&self) -> Result<Vec<RequestId>, StoreError> {
        self.reads.read(outcome::list).await
    }
}

#[async_trait]
impl SealedReads for SqliteStore {
    async fn secret(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        let name = name.to_owned();
        self.reads.read(move |connection| sealed::secret(connection, &name)).await
    }

    async fn sealed_before(
        &self,
        current: RootKeyGeneration,
        limit: usize,
    ) -> Result<Vec<(SealedPlace, Sealed)>, StoreError> {
        self.reads.snapshot(move |connection| sealed::before(connection, current, limit)).await
    }
}
