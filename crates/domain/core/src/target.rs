use claviger_access::{FactValue, Policy};
use claviger_types::AccountId;

use crate::{KeyEntry, RingEntry};

/// What a decision is about.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The project that owns it.
    pub(crate) account: AccountId,
    /// Its path in ARNs: `key/<id>`, `alias/<name>`, `keyring/<name>`, `*`.
    pub(crate) path: &'a str,
    /// The key, if it is one that exists.
    pub(crate) key: Option<&'a KeyEntry>,
    /// The policy of a managed object that is no key.
    pub(crate) object: Option<&'a Policy>,
    /// The ring, if it is one that exists.
    pub(crate) ring: Option<&'a RingEntry>,
}

impl<'a> Target<'a> {
    /// Something that has no policy of its own.
    pub(crate) fn path(account: AccountId, path: &'a str) -> Self {
        Self { account, path, key: None, object: None, ring: None }
    }

    /// A key, by its path.
    pub(crate) fn key(entry: &'a KeyEntry, path: &'a str) -> Self {
        Self { key: Some(entry), ..Self::path(entry.project(), path) }
    }

    /// A managed object that is no key, by its path.
    pub(crate) fn object(account: AccountId, policy: &'a Policy, path: &'a str) -> Self {
        Self { object: Some(policy), ..Self::path(account, path) }
    }

    /// A ring, by its path.
    pub(crate) fn ring(entry: &'a RingEntry, path: &'a str) -> Self {
        Self { ring: Some(entry), ..Self::path(entry.ring.project, path) }
    }

    /// The policy of what it is about.
    pub(crate) fn own_policy(&self) -> Option<&'a Policy> {
        self.key.map(|key| &*key.policy).or(self.object)
    }

    pub(crate) fn ring_policy(&self) -> Option<&'a Policy> {
        let of_key = self.key.and_then(|key| key.ring_policy.as_deref());
        of_key.or_else(|| self.ring.and_then(|ring| ring.policy.as_deref()))
    }

    pub(crate) fn ring_name(&self) -> Option<&'a str> {
        let of_key = self.key.map(|key| &key.key().place.ring);
        Some(of_key.or_else(|| self.ring.map(|ring| &ring.ring.name))?.as_str())
    }

    pub(crate) fn key_name(&self) -> Option<FactValue<'a>> {
        let key = self.key?;
        Some(match &key.key().place.name {
            Some(name) => FactValue::Str(name.as_str()),
            None => FactValue::Owned(key.id().to_string()),
        })
    }
}
