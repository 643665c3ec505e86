use claviger_types::{KeyId, KeyVersion, RequestId, Timestamp, VersionNumber};
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

/// Remembers the last use of the versions used lately, in memory: a use must not cost a write. What is older is in the
/// audit log.
pub(crate) struct Usage {
    last: Cache<(KeyId, VersionNumber), LastUse>,
    since: Timestamp,
}

impl Usage {
    pub(crate) fn new(since: Timestamp) -> Self {
        Self { last: Cache::new(100_000), since }
    }

    pub(crate) fn touch(&self, key: KeyId, version: VersionNumber, last: LastUse) {
        self.last.insert((key, version), last);
    }

    pub(crate) fn last(&self, version: &KeyVersion) -> Option<LastUse> {
        self.last.get(&(version.key, version.number))
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }
}
