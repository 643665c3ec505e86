use claviger_types::{KeyId, RequestId, Timestamp};
use quick_cache::sync::Cache;

/// The last cryptographic operation with a key that this node saw since it started.
#[derive(Clone, Copy, Debug)]
pub struct LastUse {
    /// When.
    pub time: Timestamp,
    /// Which operation.
    pub operation: &'static str,
    /// Which call.
    pub request: RequestId,
}

/// Remembers the last use of the keys used lately, in memory: a use must not cost a write. What is older is in the
/// audit log.
pub(crate) struct Usage {
    last: Cache<KeyId, LastUse>,
    since: Timestamp,
}

impl Usage {
    pub(crate) fn new(since: Timestamp) -> Self {
        Self { last: Cache::new(100_000), since }
    }

    pub(crate) fn touch(&self, key: KeyId, last: LastUse) {
        self.last.insert(key, last);
    }

    pub(crate) fn last(&self, key: KeyId) -> Option<LastUse> {
        self.last.get(&key)
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }
}
