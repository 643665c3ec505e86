//! What the store knows of managed objects.

use async_trait::async_trait;
use claviger_ports::{ObjectFilter, ObjectReads, Page, StoreError};
use claviger_types::{AccountId, ManagedObject, ObjectId, Timestamp};

use super::SqliteStore;
use crate::object;

#[async_trait]
impl ObjectReads for SqliteStore {
    async fn object(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreError> {
        self.reads.snapshot(move |connection| object::find(connection, id)).await
    }

    async fn objects(
        &self,
        project: AccountId,
        filter: &ObjectFilter,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Page<ManagedObject>, StoreError> {
        let filter = filter.clone();
        self.reads.snapshot(move |connection| object::list(connection, project, &filter, after, limit)).await
    }

    async fn kept_objects(&self, project: AccountId, most: u32) -> Result<u32, StoreError> {
        self.reads.read(move |connection| object::count_kept(connection, project, most)).await
    }

    async fn due_objects(&self, now: Timestamp, limit: usize) -> Result<Vec<ObjectId>, StoreError> {
        self.reads.read(move |connection| object::due(connection, now, limit)).await
    }
}
