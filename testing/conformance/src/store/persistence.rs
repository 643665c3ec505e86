use claviger_ports::{Change, KeyReads, Store};
use claviger_types::{CredentialKind, IdentityPolicy, KeyVersion, Revision, TokenHash};

use super::{Harness, samples::*};

/// What was acknowledged is there after the store was closed and opened again, also what counts changes.
pub(super) async fn run(harness: &impl Harness) {
    let store = harness.open("persistence").await;
    fill(&store).await;
    let before = digest(&store).await;
    harness.close(store).await;

    let store = harness.open("persistence").await;
    assert_eq!(digest(&store).await, before);
    conflict(&store, vec![Change::PutKey(full_key(1))]).await;
    let mut key = full_key(1);
    key.revision = Revision(1);
    commit(&store, vec![Change::PutKey(key)]).await;
    harness.close(store).await;

    let store = harness.open("persistence").await;
    assert_eq!(store.key(key_id(1)).await.unwrap().unwrap().key.revision, Revision(2));
    harness.close(store).await;
}

async fn fill(store: &dyn Store) {
    with_principal(store).await;
    let policy = IdentityPolicy {
        principal: principal_id(1),
        name: "p".parse().unwrap(),
        document: FOREIGN.into(),
        updated: time(1),
    };
    let token = CredentialKind::BearerToken { hash: TokenHash([1; 32]) };
    let changes = vec![
        Change::PutKey(full_key(1)),
        Change::PutVersion(full_version(1, 1)),
        Change::PutVersion(KeyVersion { handle: None, ..version(1, 2) }),
        insert_alias("a", 1, 1),
        Change::InsertGrant(full_grant(1, 1)),
        Change::InsertImportJob(import_job(1, 1)),
        Change::PutIdentityPolicy(policy),
        Change::InsertCredential(credential("token", token)),
        Change::PutSecret("audit-key".into(), sealed(1, "audit")),
    ];
    commit(store, changes).await;
}

async fn digest(store: &dyn Store) -> String {
    let key = store.key(key_id(1)).await.unwrap().unwrap();
    let job = store.import_job(import_job(1, 1).id).await.unwrap().unwrap();
    format!(
        "{:?} {key:?} {:?} {job:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        store.project(account(1)).await.unwrap(),
        store.grants_of_key(key_id(1)).await.unwrap(),
        store.principals(account(1)).await.unwrap(),
        store.identity_policies(principal_id(1)).await.unwrap(),
        store.credentials(principal_id(1)).await.unwrap(),
        store.secret("audit-key").await.unwrap(),
        store.aliases(account(1), None, None, 9).await.unwrap(),
        store.outcomes().await.unwrap(),
    )
}
