use async_trait::async_trait;
use claviger_types::{AccountId, ManagedObject, ObjectId, Timestamp};

use crate::{Page, StoreError};

/// Which managed objects a listing shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectFilter {
    /// Only those with this name.
    pub name: Option<Box<str>>,
    /// Only those in this group.
    pub group: Option<Box<str>>,
    /// Those that are destroyed, too.
    pub destroyed: bool,
}

/// Reads of managed objects.
#[async_trait]
pub trait ObjectReads {
    /// An object that has a record, destroyed or not. A key that no KMIP client has made or changed has none.
    async fn object(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreError>;

    /// The objects of a project that have a record, without their values, by id, after `after`; at most `limit`.
    async fn objects(
        &self,
        project: AccountId,
        filter: &ObjectFilter,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Page<ManagedObject>, StoreError>;

    /// How many objects of a project have a value of their own; counted no further than `most`.
    async fn kept_objects(&self, project: AccountId, most: u32) -> Result<u32, StoreError>;

    /// Pre-active objects whose activation date has come, and active ones whose deactivation date has come, by their records; those that
    /// wait longest first, at most `limit`.
    async fn due_objects(&self, now: Timestamp, limit: usize) -> Result<Vec<ObjectId>, StoreError>;
}
