use std::{sync::Arc, time::Duration};

use claviger_faults::{Disk, Fault, Vfs};
use claviger_ports::{Change, KeyReads, Store, StoreError};
use claviger_sql::{SqliteOptions, SqliteStore};

use crate::records::*;

fn open(vfs: &Vfs) -> SqliteStore {
    let vfs = Some(vfs.name().to_owned());
    SqliteStore::open(SqliteOptions { vfs, ..SqliteOptions::new("/faults/s.db") }).unwrap()
}

/// A key with a policy of its own, so that files have to grow.
async fn put_large(store: &dyn Store, number: u64) -> Result<(), StoreError> {
    let mut key = key(number);
    key.policy = format!("{number}{}", "x".repeat(100_000)).into();
    store.commit(batch(number, vec![Change::PutKey(key)])).await
}

/// While the disk has `fault`, changes are refused with a clear text, and reads go on; afterwards all is well again.
async fn check(name: &str, fault: Fault, expected: &str) {
    let disk = Disk::new();
    let vfs = Vfs::register(name, Arc::clone(&disk));
    let store = open(&vfs);
    store.commit(batch(0, vec![project()])).await.unwrap();
    put_large(&store, 1).await.unwrap();
    for round in 0..3 {
        disk.set_fault(Some(fault));
        for number in 10..15 {
            let error = put_large(&store, number).await.unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let unhealthy = store.health().await;
        // A full disk may have room for a page where a large record has none.
        assert!(unhealthy.is_err() || fault == Fault::Full, "{fault:?}");
        assert!(store.key(key_id(1)).await.unwrap().is_some());
        assert!(store.key(key_id(10)).await.unwrap().is_none());
        disk.set_fault(None);
        store.health().await.unwrap();
        put_large(&store, 100 + round).await.unwrap();
        assert!(store.key(key_id(100 + round)).await.unwrap().is_some());
    }
    store.check().await.unwrap();
    store.close().await;
    let store = open(&vfs);
    store.check().await.unwrap();
    assert_eq!(store.key_count().await.unwrap(), 4);
    assert_eq!(store.outcomes_count().await, 5);
}

trait Outcomes {
    async fn outcomes_count(&self) -> usize;
}

impl Outcomes for SqliteStore {
    async fn outcomes_count(&self) -> usize {
        claviger_ports::OutcomeReads::outcomes(self).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_full_disk_is_survived() {
    check("sqlite-full", Fault::Full, "the store is unavailable: the disk is full").await;
}

#[tokio::test]
async fn an_unwritable_disk_is_survived() {
    check("sqlite-unwritable", Fault::Unwritable, "the store is unavailable: the disk failed").await;
}

#[tokio::test]
async fn a_disk_that_does_not_sync_is_survived() {
    check("sqlite-unsyncable", Fault::Unsyncable, "the store is unavailable: the disk failed").await;
}

/// Whoever waits while a sync is under way shares the next one.
#[tokio::test(flavor = "multi_thread")]
async fn callers_share_syncs() {
    let disk = Disk::new();
    let vfs = Vfs::register("sqlite-group-commit", Arc::clone(&disk));
    let store = Arc::new(open(&vfs));
    store.commit(batch(0, vec![project()])).await.unwrap();
    disk.set_sync_time(Duration::from_millis(5));
    let before = disk.syncs();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..32 {
        let store = Arc::clone(&store);
        callers.spawn(async move {
            for number in 0..10 {
                put_key(&*store, 1 + caller * 10 + number).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    let syncs = disk.syncs() - before;
    assert!((10..100).contains(&syncs), "{syncs} syncs for 320 commits");
    assert_eq!(store.key_count().await.unwrap(), 320);
}
