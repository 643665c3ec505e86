use claviger_conformance::store::{self, Harness};
use claviger_sql::{SqliteOptions, SqliteStore};

struct Sqlite(tempfile::TempDir);

#[async_trait::async_trait]
impl Harness for Sqlite {
    type Store = SqliteStore;

    async fn open(&self, name: &str) -> SqliteStore {
        SqliteStore::open(SqliteOptions::new(self.0.path().join(name))).unwrap()
    }

    async fn close(&self, store: SqliteStore) {
        store.check().await.unwrap();
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    store::run(&Sqlite(tempfile::tempdir().unwrap())).await;
}
