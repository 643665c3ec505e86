use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::Arc,
};

use claviger_access::{Policy, PolicyKind};
use claviger_ports::{KeyRecord, LiveKey, Store};
use claviger_types::{AccountId, AliasName, KeyId, KeyState, VersionNumber};
use quick_cache::{Weighter, sync::Cache};

use crate::{Error, KeyEntry, Reason, Result};

/// Keys that were used lately, under a bound: entries, names, and keys ready to be used.
///
/// Invalidation is by removal after the change is committed. A load that began before the commit holds a placeholder,
/// which the removal takes away, so that what it read is used once and not kept.
pub(crate) struct KeyTable {
    store: Arc<dyn Store>,
    entries: Cache<KeyId, Arc<KeyEntry>, EntryWeight>,
    aliases: Cache<(AccountId, AliasName), KeyId>,
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
    /// Number of aliases.
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
            live: Cache::with_weighter(items(bounds.live, 2048), bounds.live, LiveWeight),
            policies: Cache::new(10_000),
        }
    }

    /// A key; `None` if there is none, or it is destroyed.
    pub(crate) async fn entry(&self, id: KeyId) -> Result<Option<Arc<KeyEntry>>> {
        match self.entries.get_or_insert_async(&id, self.load(id)).await {
            Ok(entry) => Ok(Some(entry)),
            Err(Absent::Gone) => Ok(None),
            Err(Absent::Failed(error)) => Err(error),
        }
    }

    /// The key that an alias names.
    pub(crate) async fn alias(&self, project: AccountId, name: &AliasName) -> Result<Option<KeyId>> {
        let lookup = async {
            match self.store.key_named(project, &name.to_key_name()).await {
                Ok(Some(id)) => Ok(id),
                Ok(None) => Err(Absent::Gone),
                Err(error) => Err(Absent::Failed(error.into())),
            }
        };
        match self.aliases.get_or_insert_async(&(project, name.clone()), lookup).await {
            Ok(id) => Ok(Some(id)),
            Err(Absent::Gone) => Ok(None),
            Err(Absent::Failed(error)) => Err(error),
        }
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
        let policy = self.policy(&record).map_err(Absent::Failed)?;
        Ok(Arc::new(KeyEntry { record, policy, grants: grants.into_iter().map(Arc::new).collect() }))
    }

    /// Compiled policies are shared: most keys of a project have the same one.
    fn policy(&self, record: &KeyRecord) -> Result<Arc<Policy>> {
        let text = &record.key.policy;
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

#[derive(Clone)]
struct EntryWeight;

impl Weighter<KeyId, Arc<KeyEntry>> for EntryWeight {
    fn weight(&self, _: &KeyId, entry: &Arc<KeyEntry>) -> u64 {
        let key = entry.key();
        let texts =
            key.description.len() + key.tags.iter().map(|(k, v)| k.len() + v.len() + 64).sum::<usize>();
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
