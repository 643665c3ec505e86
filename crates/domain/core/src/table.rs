use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::Arc,
};

use claviger_access::{Policy, PolicyKind};
use claviger_ports::{LiveKey, Store, StoreError};
use claviger_types::{
    AccountId, AliasName, KeyId, KeyRing, KeyRingName, KeyState, Revision, RingKeyName, VersionNumber,
};
use quick_cache::{Weighter, sync::Cache};

use crate::{Error, KeyEntry, KeyRefName, Reason, Result, RingEntry};

/// Keys that were used lately, under a bound: entries, names, and keys ready to be used.
///
/// Invalidation is by removal after the change is committed. A load that began before the commit holds a placeholder,
/// which the removal takes away, so that what it read is used once and not kept.
pub(crate) struct KeyTable {
    store: Arc<dyn Store>,
    entries: Cache<KeyId, Arc<KeyEntry>, EntryWeight>,
    aliases: Cache<(AccountId, AliasName), KeyId>,
    /// Names in rings, which are never given to another key.
    places: Cache<(AccountId, KeyRingName, RingKeyName), KeyId>,
    rings: Cache<(AccountId, KeyRingName), Arc<RingEntry>>,
    live: Cache<(KeyId, VersionNumber), Arc<dyn LiveKey>, LiveWeight>,
    policies: Cache<u64, (Arc<str>, Arc<Policy>)>,
}

/// How much memory the table may take.
#[derive(Clone, Copy, Debug)]
pub struct CacheBounds {
    /// Bytes of keys with their policies, tags and grants.
    pub entries: u64,
    /// Bytes of keys ready to be used.
    pub live: u64,
    /// Number of aliases, and of names in rings.
    pub aliases: usize,
}

impl Default for CacheBounds {
    fn default() -> Self {
        Self { entries: 128 << 20, live: 32 << 20, aliases: 20_000 }
    }
}

impl KeyTable {
    pub(crate) fn new(store: Arc<dyn Store>, bounds: CacheBounds) -> Self {
        let items = |bytes: u64, each: u64| usize::try_from(bytes / each).unwrap_or(usize::MAX);
        Self {
            store,
            entries: Cache::with_weighter(items(bounds.entries, 1024), bounds.entries, EntryWeight),
            aliases: Cache::new(bounds.aliases),
            places: Cache::new(bounds.aliases),
            rings: Cache::new(1_000),
            live: Cache::with_weighter(items(bounds.live, 2048), bounds.live, LiveWeight),
            policies: Cache::new(10_000),
        }
    }

    /// A key; `None` if there is none, or it is destroyed.
    pub(crate) async fn entry(&self, id: KeyId) -> Result<Option<Arc<KeyEntry>>> {
        optional(self.entries.get_or_insert_async(&id, self.load(id)).await)
    }

    /// The key that has a name in a project, of whichever kind.
    pub(crate) async fn named(&self, project: AccountId, name: &KeyRefName) -> Result<Option<Arc<KeyEntry>>> {
        let Some(id) = self.id(project, name).await? else { return Ok(None) };
        let entry = self.entry(id).await?;
        Ok(match name {
            KeyRefName::Alias(_) | KeyRefName::Id(_) => entry,
            KeyRefName::Ring(ring, name) => entry.filter(|entry| entry.is_at(ring, name)),
        })
    }

    /// The id behind a name; an id need not exist.
    pub(crate) async fn id(&self, project: AccountId, name: &KeyRefName) -> Result<Option<KeyId>> {
        match name {
            KeyRefName::Alias(alias) => self.alias(project, alias).await,
            KeyRefName::Id(id) => Ok(Some(*id)),
            // A name that looks like an id is never given to a key.
            KeyRefName::Ring(ring, name) => match name.as_str().parse() {
                Ok(id) => Ok(ring.is_default().then_some(id)),
                Err(_) => self.place(project, ring, name).await,
            },
        }
    }

    async fn place(
        &self,
        project: AccountId,
        ring: &KeyRingName,
        name: &RingKeyName,
    ) -> Result<Option<KeyId>> {
        let lookup = async { found(self.store.key_in_ring(project, ring, name).await) };
        let key = (project, ring.clone(), name.clone());
        optional(self.places.get_or_insert_async(&key, lookup).await)
    }

    /// A ring; the default one exists even without a record.
    pub(crate) async fn ring(
        &self,
        project: AccountId,
        name: &KeyRingName,
    ) -> Result<Option<Arc<RingEntry>>> {
        let load = async {
            let stored = self.store.key_ring(project, name).await;
            let ring = match stored.map_err(|error| Absent::Failed(error.into()))? {
                Some(ring) => ring,
                None if name.is_default() => self.default_ring(project).await?,
                None => return Err(Absent::Gone),
            };
            let policy = ring.policy.as_ref().map(|policy| self.policy(&policy.document)).transpose();
            Ok(Arc::new(RingEntry { policy: policy.map_err(Absent::Failed)?, ring }))
        };
        optional(self.rings.get_or_insert_async(&(project, name.clone()), load).await)
    }

    async fn default_ring(&self, project: AccountId) -> Result<KeyRing, Absent> {
        let project = found(self.store.project(project).await)?;
        Ok(KeyRing {
            project: project.account,
            name: KeyRingName::default(),
            policy: None,
            created: project.created,
            revision: Revision::NEW,
        })
    }

    /// The key that an alias names.
    pub(crate) async fn alias(&self, project: AccountId, name: &AliasName) -> Result<Option<KeyId>> {
        let lookup = async { found(self.store.key_named(project, &name.to_key_name()).await) };
        optional(self.aliases.get_or_insert_async(&(project, name.clone()), lookup).await)
    }

    /// A key ready to be used, opened by `open` if it is not at hand.
    pub(crate) async fn live(
        &self,
        key: KeyId,
        version: VersionNumber,
        open: impl Future<Output = Result<Arc<dyn LiveKey>>>,
    ) -> Result<Arc<dyn LiveKey>> {
        self.live.get_or_insert_async(&(key, version), open).await
    }

    /// Forgets a key after a change.
    pub(crate) fn forget(&self, id: KeyId) {
        self.entries.remove(&id);
    }

    /// Forgets a ring after a change, and with it every key: each may be in that ring, and none is decided on by a policy
    /// that is no longer the ring's.
    pub(crate) fn forget_ring(&self, project: AccountId, name: &KeyRingName) {
        self.rings.remove(&(project, name.clone()));
        self.entries.clear();
    }

    /// Forgets the open form of a version after a change to it.
    pub(crate) fn forget_version(&self, id: KeyId, version: VersionNumber) {
        self.live.remove(&(id, version));
    }

    /// Forgets what an alias names after a change.
    pub(crate) fn forget_alias(&self, project: AccountId, name: &AliasName) {
        self.aliases.remove(&(project, name.clone()));
    }

    async fn load(&self, id: KeyId) -> Result<Arc<KeyEntry>, Absent> {
        let record = self.store.key(id).await.map_err(|error| Absent::Failed(error.into()))?;
        let record = record.filter(|record| record.key.state != KeyState::Destroyed).ok_or(Absent::Gone)?;
        let grants = match record.has_grants {
            true => self.store.grants_of_key(id).await.map_err(|error| Absent::Failed(error.into()))?,
            false => Vec::new(),
        };
        let policy = self.policy(&record.key.policy).map_err(Absent::Failed)?;
        let ring = self.ring(record.key.project, &record.key.place.ring).await.map_err(Absent::Failed)?;
        let ring = ring.ok_or_else(|| Absent::Failed(damaged("a key in no ring")))?;
        let grants = grants.into_iter().map(Arc::new).collect();
        Ok(Arc::new(KeyEntry { record, policy, ring_policy: ring.policy.clone(), grants }))
    }

    /// Compiled policies are shared: most keys of a project have the same one.
    fn policy(&self, text: &Arc<str>) -> Result<Arc<Policy>> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        if let Some((_, policy)) = self.policies.get(&hash).filter(|(known, _)| known == text) {
            return Ok(policy);
        }
        let policy = Policy::parse(text, PolicyKind::Key).map_err(|error| {
            Error::new(Reason::StoredDataDamaged, "A stored policy is damaged.").caused_by(error.to_string())
        })?;
        let policy = Arc::new(policy);
        self.policies.insert(hash, (text.clone(), policy.clone()));
        Ok(policy)
    }
}

enum Absent {
    Gone,
    Failed(Error),
}

fn found<T>(looked_up: Result<Option<T>, StoreError>) -> Result<T, Absent> {
    looked_up.map_err(|error| Absent::Failed(error.into()))?.ok_or(Absent::Gone)
}

fn optional<T>(looked_up: Result<T, Absent>) -> Result<Option<T>> {
    match looked_up {
        Ok(found) => Ok(Some(found)),
        Err(Absent::Gone) => Ok(None),
        Err(Absent::Failed(error)) => Err(error),
    }
}

fn damaged(cause: &'static str) -> Error {
    Error::new(Reason::StoredDataDamaged, "A stored record is damaged.").caused_by(cause)
}

#[derive(Clone)]
struct EntryWeight;

impl Weighter<KeyId, Arc<KeyEntry>> for EntryWeight {
    fn weight(&self, _: &KeyId, entry: &Arc<KeyEntry>) -> u64 {
        let key = entry.key();
        let source = key.policy_source.as_ref().map_or(0, |source| source.len());
        let texts = source
            + key.description.len()
            + key.tags.iter().map(|(k, v)| k.len() + v.len() + 64).sum::<usize>();
        let versions: usize = entry
            .record
            .versions
            .iter()
            .map(|version| {
                160 + version.handle.as_ref().map_or(0, |handle| handle.bytes.len())
                    + version.public.as_ref().map_or(0, |public| public.len())
            })
            .sum();
        (512 + texts + versions + entry.grants.len() * 512) as u64
    }
}

#[derive(Clone)]
struct LiveWeight;

impl Weighter<(KeyId, VersionNumber), Arc<dyn LiveKey>> for LiveWeight {
    fn weight(&self, _: &(KeyId, VersionNumber), key: &Arc<dyn LiveKey>) -> u64 {
        key.weight() as u64 + 128
    }
}
