use std::{collections::HashSet, fs, path::Path};

use claviger_faults::Dice;
use claviger_ports::{Change, KeyReads, SealedPlace, Store};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{
    KeyVersion, ManagedObject, ObjectDates, ObjectId, ObjectKind, ObjectState, Revision, RootKeyGeneration,
    Sealed, Timestamp, VersionNumber, VersionState,
};

use crate::records::*;

/// How many of the handles are found in the files of the database, by their first 16 bytes.
fn found(path: &Path, handles: &[Sealed]) -> usize {
    let mut all = fs::read(path).unwrap();
    for suffix in ["-wal", "-shm", "-journal"] {
        all.extend(fs::read(format!("{}{suffix}", path.display())).unwrap_or_default());
    }
    // Almost every place is ruled out by its first two bytes, without hashing.
    let start = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mut starts = vec![false; 1 << 16];
    handles.iter().for_each(|handle| starts[start(&handle.bytes)] = true);
    let seen: HashSet<&[u8]> = all.windows(16).filter(|window| starts[start(window)]).collect();
    handles.iter().filter(|handle| seen.contains(&handle.bytes[..16])).count()
}

fn destroyed(number: u64) -> Change {
    Change::PutVersion(KeyVersion { handle: None, state: VersionState::Destroyed, ..version(number, 1) })
}

async fn filled(path: &Path, count: u64) -> (SqliteStore, Vec<Sealed>) {
    let store = SqliteStore::open(SqliteOptions::new(path)).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    // In small batches and random order, so that pages split and rows move.
    for start in (1..=count).step_by(50) {
        let numbers = start..(start + 50).min(count + 1);
        let changes = numbers.flat_map(|n| [Change::PutKey(key(n)), Change::PutVersion(version(n, 1))]);
        store.commit(batch(start, changes.collect())).await.unwrap();
    }
    (store, (1..=count).map(|number| handle(number, 1)).collect())
}

#[tokio::test]
async fn destroyed_material_is_gone_from_the_files() {
    const COUNT: u64 = 1000;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let (store, handles) = filled(&path, COUNT).await;
    assert_eq!(found(&path, &handles), handles.len());

    store.commit(batch(1, vec![destroyed(7)])).await.unwrap();
    assert_eq!(found(&path, &handles[6..7]), 0, "when its destruction is acknowledged");
    assert_eq!(found(&path, &handles), handles.len() - 1);

    let mut order: Vec<u64> = (1..=COUNT).collect();
    let mut dice = Dice::new(1);
    order.sort_by_cached_key(|_| dice.roll());
    for numbers in order.chunks(100) {
        store.commit(batch(2, numbers.iter().copied().map(destroyed).collect())).await.unwrap();
    }
    assert_eq!(found(&path, &handles), 0);
    store.check().await.unwrap();
}

#[tokio::test]
async fn resealed_secrets_leave_no_old_ciphertext() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let (store, handles) = filled(&path, 300).await;
    store.commit(batch(1, vec![Change::PutSecret("audit-key".into(), handle(0, 9))])).await.unwrap();
    let new = |from: &Sealed| Sealed {
        generation: RootKeyGeneration(2),
        bytes: from.bytes.iter().map(|byte| !byte).collect(),
    };
    let mut changes: Vec<Change> = (1..)
        .zip(&handles)
        .map(|(number, from)| Change::Reseal {
            place: SealedPlace::VersionHandle(key_id(number), VersionNumber::FIRST),
            from: from.clone(),
            to: new(from),
        })
        .collect();
    changes.push(Change::PutSecret("audit-key".into(), new(&handle(0, 9))));
    store.commit(batch(2, changes)).await.unwrap();
    assert_eq!(found(&path, &handles), 0);
    assert_eq!(found(&path, &[handle(0, 9)]), 0);
    let resealed: Vec<Sealed> = handles.iter().map(new).collect();
    assert_eq!(found(&path, &resealed), resealed.len());
}

/// A long reader needs the log; nobody waits for it, and the log is truncated when it is done.
#[tokio::test]
async fn a_long_reader_only_delays_erasure() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let (store, handles) = filled(&path, 10).await;
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM key").unwrap();
    store.commit(batch(1, vec![destroyed(7)])).await.unwrap();
    put_key(&store, 100).await.unwrap();
    assert!(store.key(key_id(7)).await.unwrap().unwrap().versions[0].handle.is_none());
    assert_eq!(found(&path, &handles[6..7]), 1, "the reader still sees it");
    reader.execute_batch("COMMIT").unwrap();
    for _ in 0..100 {
        if found(&path, &handles[6..7]) == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the log was not truncated");
}

#[tokio::test]
async fn values_of_destroyed_objects_are_gone_from_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let store = SqliteStore::open(SqliteOptions::new(&path)).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    let objects: Vec<_> = (1..=300).map(object).collect();
    let values: Vec<Sealed> = (1..=300).map(|number| handle(number, 1)).collect();
    store.commit(batch(1, objects.iter().cloned().map(Change::PutObject).collect())).await.unwrap();
    assert_eq!(found(&path, &values), values.len());
    let gone = |object: &ManagedObject| {
        Change::PutObject(object.clone().stored().destroyed(Timestamp::from_secs(9)))
    };
    store.commit(batch(2, vec![gone(&objects[6])])).await.unwrap();
    assert_eq!(found(&path, &values[6..7]), 0, "when its destruction is acknowledged");
    assert_eq!(found(&path, &values), values.len() - 1);
    let rest = objects.iter().filter(|object| object.id != objects[6].id).map(gone);
    store.commit(batch(3, rest.collect())).await.unwrap();
    assert_eq!(found(&path, &values), 0);
}

fn object(number: u64) -> ManagedObject {
    ManagedObject {
        id: ObjectId::of_key(key_id(number)),
        project: account(),
        kind: ObjectKind::SecretData,
        key: None,
        state: ObjectState::PreActive,
        usage_mask: 0,
        names: Box::default(),
        groups: Box::default(),
        sensitive: false,
        extractable: true,
        dates: ObjectDates::default(),
        revocation: None,
        replaces: None,
        replaced_by: None,
        attributes: Default::default(),
        value: Some(handle(number, 1)),
        policy: "{}".into(),
        created: Timestamp::from_secs(1),
        changed: Timestamp::from_secs(1),
        revision: Revision::NEW,
    }
}
