use std::sync::Arc;

use async_trait::async_trait;
use claviger_types::{
    AccountId, AliasName, AuthorityId, Certificate, CertificateAuthority, CertificateSerial, Credential,
    CredentialId, Grant, GrantId, IdentityPolicy, ImportJob, ImportJobId, ImportJobName, Key, KeyAlgorithm,
    KeyId, KeyIntent, KeyName, KeyRing, KeyRingName, KeyTag, KeyVersion, ManagedObject, ObjectId, PolicyName,
    Principal, PrincipalId, PrincipalName, Project, ProviderId, ProviderIdentity, RequestId, Revocation,
    RevocationList, RingKeyName, RootKeyGeneration, Sealed, Timestamp, TokenHash, VersionNumber,
};

use crate::{ObjectReads, PkiReads};

/// What remembers. Reads see every change that was acknowledged before they began.
///
/// Secrets reach a store only as [`Sealed`], which it cannot open.
#[async_trait]
pub trait Store:
    KeyReads
    + RingReads
    + ProviderReads
    + GrantReads
    + PrincipalReads
    + ObjectReads
    + OutcomeReads
    + PkiReads
    + SealedReads
    + Send
    + Sync
{
    /// Makes every change of `batch`, or none. Returns after they are durable.
    ///
    /// # Errors
    /// `Conflict` if a record is not as a change expects it; nothing has been changed.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// Writes a consistent copy of everything to `path`, which must not exist, while serving.
    ///
    /// # Errors
    /// `Unavailable` with the reason.
    async fn backup(&self, path: &std::path::Path) -> Result<(), StoreError>;

    /// Whether it can be used now, for readiness; the text says why not.
    async fn health(&self) -> Result<(), String>;
}

/// Changes that happen together.
#[derive(Debug)]
pub struct Batch {
    /// The call that makes them; remembered with them until [`Change::ForgetOutcomes`], so that after a crash the
    /// audit log can be told what happened.
    pub outcome: RequestId,
    /// The changes, made in this order.
    pub changes: Vec<Change>,
}

/// One change.
///
/// `Put…` writes a whole record. Where the record has a revision, the stored one must be at that revision (or absent,
/// for `Revision::NEW`), and is stored with the next.
#[derive(Debug)]
pub enum Change {
    /// A project; `Conflict` if it exists.
    InsertProject(Project),
    /// A key ring; `Conflict` if it is new and its name is taken.
    PutKeyRing(KeyRing),
    /// A key; `Conflict` if it is new and its name in its ring is taken.
    PutKey(Key),
    /// A version of a key, new or changed.
    PutVersion(KeyVersion),
    /// A name that is free; `Conflict` if it is taken.
    InsertName {
        /// The project.
        project: AccountId,
        /// The name.
        name: KeyName,
        /// The key that it names.
        key: KeyId,
        /// When it was made.
        created: Timestamp,
    },
    /// An existing name is given to another key; `Conflict` if there is no such name.
    MoveName {
        /// The project.
        project: AccountId,
        /// The name.
        name: KeyName,
        /// The key that it names from now on.
        key: KeyId,
        /// When it was moved.
        updated: Timestamp,
    },
    /// A name; `Conflict` if there is no such name.
    DeleteName {
        /// The project.
        project: AccountId,
        /// The name.
        name: KeyName,
    },
    /// A grant; `Conflict` if its id is taken.
    InsertGrant(Grant),
    /// A grant; `Conflict` if there is none.
    DeleteGrant(KeyId, GrantId),
    /// An import job; `Conflict` if its name is taken.
    InsertImportJob(ImportJob),
    /// The private key of an import job is forgotten, and the job with it unless it is a ring's; nothing if it is gone.
    ExpireImportJob(ImportJobId),
    /// Every import job of a key.
    DeleteImportJobs(KeyId),
    /// A principal; `Conflict` if its name is taken.
    PutPrincipal(Principal),
    /// A policy of a principal, new or changed.
    PutIdentityPolicy(IdentityPolicy),
    /// A policy of a principal; `Conflict` if there is none.
    DeleteIdentityPolicy(PrincipalId, PolicyName),
    /// A credential; `Conflict` if its id is taken.
    InsertCredential(Credential),
    /// Revokes a credential; `Conflict` if there is none or it is revoked.
    RevokeCredential(CredentialId, Timestamp),
    /// A secret of the installation itself (the audit key, the master key of an imported key store), new or changed.
    PutSecret(Box<str>, Sealed),
    /// A secret of the installation that is new; `Conflict` if its name is taken.
    InsertSecret(Box<str>, Sealed),
    /// A secret encrypted anew in its place, if it is still what it was.
    Reseal {
        /// Where it is stored.
        place: SealedPlace,
        /// What it was.
        from: Sealed,
        /// What it is from now on.
        to: Sealed,
    },
    /// A certificate authority with its issuers; `Conflict` if its name is taken, or one of its issuers is another
    /// authority's.
    PutCertificateAuthority(CertificateAuthority),
    /// A certificate; `Conflict` if its serial number is taken.
    InsertCertificate(Certificate),
    /// Revokes a certificate, so that new lists of its authority are due; `Conflict` if there is none or it is revoked.
    RevokeCertificate(AuthorityId, CertificateSerial, Revocation),
    /// The next list of an issuer; `Conflict` if its number is not greater than that of the last one.
    PutRevocationList(RevocationList),
    /// The identity of a device, new or under another name.
    PutProvider(ProviderIdentity),
    /// A key is going to be made in a device; `Conflict` if its tag is taken.
    IntendKey(KeyIntent),
    /// It has been made, and what it was made for is stored with this; `Conflict` unless it is still announced just so: it was
    /// given up meanwhile, and may have been removed from the device.
    ArriveKey(KeyIntent),
    /// It has not been made, or is gone; nothing if it is not announced.
    SettleKey(KeyTag),
    /// More messages may be encrypted by a version; `Conflict` if another number of them may be than `from`.
    ReserveMessages {
        /// The key.
        key: KeyId,
        /// The version.
        version: VersionNumber,
        /// How many have been reserved.
        from: u64,
        /// How many are from now on.
        to: u64,
    },
    /// A managed object, new or changed; `Conflict` if somebody else changed it meanwhile.
    PutObject(ManagedObject),
    /// A version that is for every algorithm is for this one from now on; `Conflict` if it is for one already.
    RestrictVersion(KeyId, VersionNumber, KeyAlgorithm),
    /// Nothing here: what the call has changed is in a device, or a file. Only its outcome is remembered.
    ChangedElsewhere,
    /// Outcomes whose audit records are durable.
    ForgetOutcomes(Vec<RequestId>),
}

impl Change {
    /// Whether it is bookkeeping and no call of its own, whose outcome nobody will ask for.
    pub const fn is_bookkeeping(&self) -> bool {
        matches!(
            self,
            Self::ForgetOutcomes(_)
                | Self::IntendKey(_)
                | Self::ArriveKey(_)
                | Self::SettleKey(_)
                | Self::ReserveMessages { .. }
                | Self::RestrictVersion(..)
        )
    }
}

/// Where a sealed secret is stored: also the associated data of its encryption.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SealedPlace {
    /// The handle of a key version.
    VersionHandle(KeyId, VersionNumber),
    /// The wrapping key of an import job.
    ImportJobKey(ImportJobId),
    /// The secret of a credential.
    CredentialSecret(CredentialId),
    /// The value of a managed object.
    ObjectValue(ObjectId),
    /// A secret of the installation.
    Installation(Box<str>),
}

/// Part of a listing.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, in the order of the listing.
    pub items: Vec<T>,
    /// Whether there are more.
    pub more: bool,
}

/// A key with what is needed to use it.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The key.
    pub key: Arc<Key>,
    /// Its versions, by number.
    pub versions: Arc<[KeyVersion]>,
    /// Its aliases, by name.
    pub aliases: Arc<[AliasName]>,
    /// Whether it has any grants.
    pub has_grants: bool,
}

/// A place in the listing of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RingCursor {
    /// Behind a key with this name.
    Name(RingKeyName),
    /// Behind a key without name.
    Id(KeyId),
}

/// An alias with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRecord {
    /// The name.
    pub name: AliasName,
    /// The key.
    pub key: KeyId,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last moved.
    pub updated: Timestamp,
}

/// How many messages a version whose provider counts them encrypts before its key is rotated: a quarter of the 2³² of
/// SP 800-38D §8.3 for nonces that are drawn at random.
pub const MESSAGES_OF_A_VERSION: u64 = 1 << 30;

/// Reads of projects, keys and names.
#[async_trait]
pub trait KeyReads {
    /// The project of an account number.
    async fn project(&self, account: AccountId) -> Result<Option<Project>, StoreError>;

    /// A key with its versions and names.
    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError>;

    /// The key that has a name.
    async fn key_named(&self, project: AccountId, name: &KeyName) -> Result<Option<KeyId>, StoreError>;

    /// Keys of a project that are not destroyed, by id, after `after`; at most `limit`.
    async fn keys(
        &self,
        project: AccountId,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<Page<Key>, StoreError>;

    /// Aliases of a project, or of one key of it, by name, after `after`; at most `limit`.
    async fn aliases(
        &self,
        project: AccountId,
        key: Option<KeyId>,
        after: Option<&AliasName>,
        limit: usize,
    ) -> Result<Page<AliasRecord>, StoreError>;

    /// Keys of which something is due at `now`: a deletion, a rotation, also of a key that has encrypted
    /// [`MESSAGES_OF_A_VERSION`], the destruction of a version, the expiry of imported material; at most `limit`.
    /// Not a rotation while the primary version is pre-active, deactivated or compromised.
    async fn due_keys(&self, now: Timestamp, limit: usize) -> Result<Vec<KeyId>, StoreError>;

    /// How many keys there are that are not destroyed, in all projects.
    async fn key_count(&self) -> Result<u64, StoreError>;

    /// Keys that are destroyed, with the time: what a restore of an older copy has to repeat.
    async fn destroyed_keys(&self) -> Result<Vec<KeyId>, StoreError>;
}

/// A key in a device, as far as the store knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceKey {
    /// What is written on it.
    pub tag: KeyTag,
    /// Whether anything here still uses it: if not, it is to be removed from the device.
    pub in_use: bool,
}

/// Reads of devices and what is in them.
#[async_trait]
pub trait ProviderReads {
    /// Every device that has been used, by id.
    async fn providers(&self) -> Result<Vec<ProviderIdentity>, StoreError>;

    /// Keys that are being made in any device, or were when a crash came; the oldest first.
    async fn key_intents(&self) -> Result<Vec<KeyIntent>, StoreError>;

    /// The keys in devices that versions and identities are made of: of every provider, because two may be the same device.
    async fn device_keys(&self) -> Result<Vec<DeviceKey>, StoreError>;

    /// The versions with material that was taken over from devices, of every provider.
    async fn adopted_versions(&self) -> Result<Vec<KeyVersion>, StoreError>;

    /// How many messages a version may have encrypted; `None` if there is no such version.
    async fn messages(&self, key: KeyId, version: VersionNumber) -> Result<Option<u64>, StoreError>;

    /// Keys that are not destroyed and have a version with material in a provider, or get their new ones there; by id,
    /// after `after`, at most `limit`.
    async fn keys_in_provider(
        &self,
        provider: &ProviderId,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<Page<KeyId>, StoreError>;
}

/// Reads of key rings, what is in them, and import jobs.
#[async_trait]
pub trait RingReads {
    /// A key ring. The ring `default`, which every project has, may have no record.
    async fn key_ring(&self, project: AccountId, name: &KeyRingName) -> Result<Option<KeyRing>, StoreError>;

    /// The rings of a project that have a record, by name, after `after`; at most `limit`.
    async fn key_rings(
        &self,
        project: AccountId,
        after: Option<&KeyRingName>,
        limit: usize,
    ) -> Result<Page<KeyRing>, StoreError>;

    /// The key that has, or had before it was destroyed, this name in a ring.
    async fn key_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        name: &RingKeyName,
    ) -> Result<Option<KeyId>, StoreError>;

    /// The keys of a ring that are not destroyed, with their versions: first those with names, by name, then the others,
    /// by id; after `after`, at most `limit`.
    async fn keys_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        after: Option<&RingCursor>,
        limit: usize,
    ) -> Result<Page<KeyRecord>, StoreError>;

    /// An import job.
    async fn import_job(&self, id: ImportJobId) -> Result<Option<ImportJob>, StoreError>;

    /// An import job of a ring.
    async fn import_job_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        name: &ImportJobName,
    ) -> Result<Option<ImportJob>, StoreError>;

    /// The import jobs of a ring, by name, after `after`; at most `limit`.
    async fn import_jobs_in_ring(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        after: Option<&ImportJobName>,
        limit: usize,
    ) -> Result<Page<ImportJob>, StoreError>;

    /// Import jobs that have expired at `now` and still have a private key; at most `limit`.
    async fn expired_import_jobs(&self, now: Timestamp, limit: usize)
    -> Result<Vec<ImportJobId>, StoreError>;
}

/// Which grants a listing shows.
#[derive(Clone, Debug)]
pub struct GrantPage<'a> {
    /// Only those after this id.
    pub after: Option<&'a GrantId>,
    /// At most so many.
    pub limit: usize,
}

/// Reads of grants.
#[async_trait]
pub trait GrantReads {
    /// Every grant of a key, by id.
    async fn grants_of_key(&self, key: KeyId) -> Result<Vec<Grant>, StoreError>;

    /// Grants of all keys of a project that `retiring` may retire, by id.
    async fn grants_retirable_by(
        &self,
        project: AccountId,
        retiring: &str,
        page: GrantPage<'_>,
    ) -> Result<Page<Grant>, StoreError>;
}

/// Reads of principals, their policies and credentials.
#[async_trait]
pub trait PrincipalReads {
    /// A principal.
    async fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, StoreError>;

    /// A principal by its name.
    async fn principal_named(
        &self,
        project: AccountId,
        name: &PrincipalName,
    ) -> Result<Option<Principal>, StoreError>;

    /// Every principal of a project, by name.
    async fn principals(&self, project: AccountId) -> Result<Vec<Principal>, StoreError>;

    /// The policies of a principal, by name.
    async fn identity_policies(&self, principal: PrincipalId) -> Result<Vec<IdentityPolicy>, StoreError>;

    /// A credential, revoked or not.
    async fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, StoreError>;

    /// The bearer token with this hash.
    async fn credential_by_token(&self, hash: TokenHash) -> Result<Option<Credential>, StoreError>;

    /// The client certificate or service-account key with this public key.
    async fn credential_by_spki(&self, spki_sha256: [u8; 32]) -> Result<Option<Credential>, StoreError>;

    /// The credentials of a principal, revoked ones too, by id.
    async fn credentials(&self, principal: PrincipalId) -> Result<Vec<Credential>, StoreError>;
}

/// Reads of outcomes that the audit log may not know yet.
#[async_trait]
pub trait OutcomeReads {
    /// The calls whose changes were made and which nobody has told it to forget.
    async fn outcomes(&self) -> Result<Vec<RequestId>, StoreError>;
}

/// Reads of sealed secrets, wherever they are stored.
#[async_trait]
pub trait SealedReads {
    /// A secret of the installation.
    async fn secret(&self, name: &str) -> Result<Option<Sealed>, StoreError>;

    /// Secrets that a root key other than `current` encrypted; at most `limit`.
    async fn sealed_before(
        &self,
        current: RootKeyGeneration,
        limit: usize,
    ) -> Result<Vec<(SealedPlace, Sealed)>, StoreError>;
}

/// Why a store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A record is not as the change expects it: taken, missing, or changed by somebody else meanwhile.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// What is stored cannot be what we stored.
    #[error("inconsistent record in {table}: {detail}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// What is wrong, without secrets.
        detail: String,
    },
    /// The store can't be used now: full disk, read-only disk, lost connection.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A defect of the store or of our use of it.
    #[error("the store failed: {0}")]
    Internal(String),
}
