use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use claviger_ports::{KeyReads, RingReads, Store, StoreError};
use claviger_sql::{OpenError, SqliteOptions, SqliteStore};
use claviger_types::{CipherMode, Days, KeyAlgorithm, KeyId, KeyPlace, Timestamp, VersionTemplate};
use futures_util::future::{maybe_done, poll_immediate};
use rusqlite::Connection;

use crate::records::*;

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(SqliteOptions::new(path))
}

fn refusal(path: &Path) -> String {
    match open(path) {
        Ok(_) => "opened".into(),
        Err(error) => error.to_string().replace(path.to_str().unwrap(), "FILE"),
    }
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

/// A database with a project and a key in it.
async fn filled(path: &Path) {
    let store = open(path).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    put_key(&store, 1).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_closes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let store = open(&path).unwrap();
    assert!(matches!(open(&path), Err(OpenError::InUse(_))));
    assert_eq!(refusal(&path), "another process uses FILE");
    store.close().await;
    let again = open(&path).unwrap();
    drop(again);
    assert_eq!(refusal(&path), "opened");
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let store = open(&path).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(beside(&path, suffix)), 0o600, "{suffix}");
    }
    store.close().await;
    assert!(!beside(&path, "-wal").exists(), "closing leaves no log");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_closed_store_refuses_everything() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("s.db")).unwrap();
    store.close().await;
    store.close().await;
    assert!(matches!(store.commit(batch(0, vec![project()])).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.project(account()).await, Err(StoreError::Unavailable(_))));
    assert_eq!(store.health().await, Err("the store is unavailable: the store is closed".into()));
}

#[tokio::test]
async fn what_was_asked_before_closing_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let store = open(&path).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    // No more than tokio polls in one go.
    let mut commits: Vec<_> = (0..40).map(|number| Box::pin(maybe_done(put_key(&store, number)))).collect();
    for commit in &mut commits {
        let _ = poll_immediate(commit.as_mut()).await;
    }
    store.close().await;
    for mut commit in commits {
        commit.as_mut().await;
        commit.as_mut().take_output().unwrap().unwrap();
    }
    let store = open(&path).unwrap();
    assert_eq!(store.key_count().await.unwrap(), 40);
}

#[test]
fn a_missing_file_is_made_only_if_it_may_be() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let strict = || SqliteStore::open(SqliteOptions { must_exist: true, ..SqliteOptions::new(&path) });
    assert!(matches!(strict(), Err(OpenError::Missing(_))));
    assert!(!path.exists());
    fs::write(&path, b"").unwrap();
    assert!(matches!(strict(), Err(OpenError::Missing(_))), "an empty file is no database");
    drop(open(&path).unwrap());
    assert!(strict().is_ok());
    assert!(refusal(&directory.path().join("none/s.db")).contains("No such file"));
}

#[tokio::test]
async fn files_of_others_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (n); PRAGMA user_version = 1")
        .unwrap();
    assert_eq!(refusal(&path), "FILE is not a database of Claviger");
    let tables: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);

    let path = directory.path().join("newer.db");
    filled(&path).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(refusal(&path), "FILE has schema 99, written by a newer release; this one knows up to 6");
}

#[tokio::test]
async fn a_file_of_the_first_schema_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../migrations/sqlite/0001_first.sql")).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x434c5647;
         PRAGMA user_version = 1;
         INSERT INTO project VALUES (123456789012, 'p', 1);
         INSERT INTO policy VALUES (1, '{}');
         INSERT INTO key VALUES (zeroblob(16), 123456789012, 'aes-256', 'encrypt', 'generated', 'software', 0, 'enabled',
             '', 1, NULL, 1, 1, 90, 7, NULL, NULL, 1);
         INSERT INTO key VALUES (x'01010101010101010101010101010101', 123456789012, 'aes-256', 'raw-encrypt', 'generated',
             'software', 0, 'enabled', '', 1, NULL, 1, 1, NULL, NULL, NULL, NULL, 1);
         INSERT INTO version VALUES (zeroblob(16), 1, 'active', 'software', 1, x'00', NULL, 1, NULL, NULL, NULL);
         INSERT INTO version VALUES (x'01010101010101010101010101010101', 1, 'active', 'software', 1, x'00', NULL, 1, NULL,
             NULL, NULL);
         INSERT INTO import_job VALUES (zeroblob(16), zeroblob(16), 'RSAES_OAEP_SHA_256', 'rsa-2048', 1, x'00', 1);",
    )
    .unwrap();
    drop(old);
    let store = SqliteStore::open(SqliteOptions::new(&path)).unwrap();
    let raw = store.key(KeyId::from_bytes([1; 16])).await.unwrap().unwrap();
    // It was used so, because it was for no certain mode.
    assert_eq!(raw.versions[0].algorithm, Some(KeyAlgorithm::Raw(CipherMode::Gcm)));
    let record = store.key(KeyId::from_bytes([0; 16])).await.unwrap().unwrap();
    assert_eq!(record.key.rotation.unwrap().period, Days(90).duration());
    assert_eq!(
        (&record.key.place, &record.key.template),
        (&KeyPlace::default(), &VersionTemplate::default())
    );
    assert_eq!((record.versions.len(), record.versions[0].algorithm), (1, None));
    assert!(store.expired_import_jobs(Timestamp::from_secs(99), 9).await.unwrap().is_empty());
    store.check().await.unwrap();
}

#[tokio::test]
async fn damage_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    fs::write(&path, "this is not a database, but it is long enough to be taken for one".repeat(100))
        .unwrap();
    assert!(refusal(&path).starts_with("FILE is damaged (file is not a database"), "{}", refusal(&path));

    fs::remove_file(&path).unwrap();
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(refusal(&path).starts_with("FILE is damaged"), "cut off: {}", refusal(&path));

    let mut edited = whole.clone();
    let page = edited.len() - 4096;
    edited[page..].fill(0x5a);
    fs::write(&path, &edited).unwrap();
    // Not every page is read at the start; the check reads all.
    let store = open(&path).unwrap();
    assert!(matches!(store.check().await, Err(StoreError::Inconsistent { .. })));
    drop(store);

    fs::write(&path, &whole).unwrap();
    open(&path).unwrap().check().await.unwrap();
}

#[tokio::test]
async fn a_value_that_nobody_stored_is_inconsistent() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.db");
    let changes = [
        ("UPDATE key SET state = 'enable'", "inconsistent record in key: an unknown state"),
        ("UPDATE key SET provider = 'Soft Ware'", "inconsistent record in key: an invalid provider"),
        ("UPDATE key SET tags = '[1]'", "inconsistent record in key: invalid tags"),
        ("UPDATE version SET state = ''", "inconsistent record in version: an unknown state"),
        (
            "UPDATE version SET generation = -1",
            "inconsistent record in version: a root key generation out of range",
        ),
        (
            "UPDATE version SET number = 5000000000",
            "inconsistent record in version: a version number out of range",
        ),
    ];
    for (change, expected) in changes {
        let _ = fs::remove_file(&path);
        filled(&path).await;
        Connection::open(&path).unwrap().execute(change, []).unwrap();
        let store = open(&path).unwrap();
        assert_eq!(store.key(key_id(1)).await.map(|_| ()).unwrap_err().to_string(), expected);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_one_state_while_others_write() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("s.db")).unwrap();
    store.commit(batch(0, vec![project()])).await.unwrap();
    let many =
        (1..2000).flat_map(|n| [claviger_ports::Change::PutKey(key(n)), insert_alias(&format!("a{n}"), n)]);
    store.commit(batch(1, many.collect())).await.unwrap();
    let copy = directory.path().join("copy.db");
    let writes = async {
        for number in 2000..2200 {
            put_key(&store, number).await.unwrap();
        }
    };
    let (copied, ()) = tokio::join!(store.backup(&copy), writes);
    copied.unwrap();
    assert_eq!(mode(&copy), 0o600);
    assert!(!beside(&copy, ".partial").exists());

    let copied = open(&copy).unwrap();
    copied.check().await.unwrap();
    let count = copied.key_count().await.unwrap();
    assert!((1999..=2199).contains(&count), "{count}");
    // Key by key in the order of writing: what is there is a beginning of all.
    for number in 1..=count {
        assert!(copied.key(key_id(number)).await.unwrap().is_some(), "{number} of {count}");
    }
    put_key(&copied, 9999).await.unwrap();

    assert!(matches!(store.backup(&copy).await, Err(StoreError::Unavailable(_))), "nothing is overwritten");
    let blocked = directory.path().join("blocked.db");
    fs::write(beside(&blocked, ".partial"), b"of somebody").unwrap();
    let refused = store.backup(&blocked).await.unwrap_err().to_string();
    assert!(refused.contains("unfinished backup"), "{refused}");
    assert_eq!(fs::read(beside(&blocked, ".partial")).unwrap(), b"of somebody");
    let nowhere = directory.path().join("none/copy.db");
    assert!(matches!(store.backup(&nowhere).await, Err(StoreError::Unavailable(_))));
    store.health().await.unwrap();
}
