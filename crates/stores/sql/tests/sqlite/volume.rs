//! Many keys. The fast way to load them: batches of a thousand, in the order of their ids and with times in that order, so
//! that each page is written once. In random order every batch touches as many pages as it has keys.

use std::time::Instant;

use claviger_ports::{Change, KeyReads, Store};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{Key, KeyVersion, Timestamp};

use crate::records::*;

/// `CLAVIGER_TEST_KEYS` sets how many, `CLAVIGER_TEST_RANDOM_ORDER` that they come as they are made; time, file size
/// and memory are printed.
#[tokio::test]
async fn many_keys_load_in_large_batches() {
    let count: u64 = std::env::var("CLAVIGER_TEST_KEYS").map_or(10_000, |count| count.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let store = SqliteStore::open(SqliteOptions::new(&path)).unwrap();
    let empty = resident_kib();
    store.commit(batch(0, vec![project()])).await.unwrap();
    let mut numbers: Vec<u64> = (0..count).collect();
    if std::env::var_os("CLAVIGER_TEST_RANDOM_ORDER").is_none() {
        numbers.sort_by_cached_key(|number| key_id(*number));
    }
    let started = Instant::now();
    let mut time = Timestamp::from_secs(1_700_000_000);
    for some in numbers.chunks(1000) {
        let changes = some.iter().flat_map(|number| {
            time = time.plus_secs(1);
            let key = Key { created: time, ..key(*number) };
            let version = KeyVersion { created: time, ..version(*number, 1) };
            [Change::PutKey(key), Change::PutVersion(version)]
        });
        store.commit(batch(some[0], changes.collect())).await.unwrap();
    }
    let loaded = started.elapsed();
    assert_eq!(store.key_count().await.unwrap(), count);
    let started = Instant::now();
    for number in 0..1000 {
        let record = store.key(key_id(number * 7919 % count)).await.unwrap().unwrap();
        assert_eq!(record.versions.len(), 1);
    }
    let read = started.elapsed() / 1000;
    let full = resident_kib();
    store.close().await;
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "{count} keys: loaded in {loaded:?}, {} bytes a key, a cold read takes {read:?}, \
         resident {empty} KiB empty and {full} KiB full",
        bytes / count
    );
    assert!(bytes / count < 550, "{} bytes a key", bytes / count);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
