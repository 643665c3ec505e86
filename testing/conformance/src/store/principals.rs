use claviger_ports::{Change, Store};
use claviger_types::{IdentityPolicy, Principal, Revision};

use super::samples::*;

fn after_put(mut principal: Principal) -> Principal {
    principal.revision = principal.revision.next();
    principal
}

pub(super) async fn a_principal_comes_back(store: &dyn Store) {
    conflict(store, vec![Change::PutPrincipal(principal(1, "alice"))]).await;
    with_principal(store).await;
    let bob = Principal { disabled: true, ..principal(2, "Bob_+=,.@-") };
    commit(store, vec![Change::PutPrincipal(bob.clone())]).await;
    let (alice, bob) = (after_put(principal(1, "alice")), after_put(bob));
    assert_eq!(store.principal(alice.id).await.unwrap(), Some(alice.clone()));
    assert_eq!(store.principal(principal_id(9)).await.unwrap(), None);
    assert_eq!(store.principal_named(account(1), &bob.name).await.unwrap(), Some(bob.clone()));
    assert_eq!(store.principal_named(account(2), &bob.name).await.unwrap(), None);
    assert_eq!(store.principal_named(account(1), &"bob".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.principals(account(1)).await.unwrap(), [bob, alice]);
    assert_eq!(store.principals(account(2)).await.unwrap(), []);
}

pub(super) async fn names_are_unique_in_a_project(store: &dyn Store) {
    with_principal(store).await;
    conflict(store, vec![Change::PutPrincipal(principal(2, "alice"))]).await;
    conflict(store, vec![Change::PutPrincipal(principal(1, "bob"))]).await;
    let elsewhere = Principal { project: account(2), ..principal(2, "alice") };
    commit(store, vec![Change::InsertProject(project(2)), Change::PutPrincipal(elsewhere)]).await;
    commit(store, vec![Change::PutPrincipal(principal(3, "carol"))]).await;
    conflict(store, vec![Change::PutPrincipal(Principal { revision: Revision(1), ..principal(3, "alice") })])
        .await;
    assert_eq!(store.principals(account(1)).await.unwrap().len(), 2);
}

pub(super) async fn revisions_are_compared(store: &dyn Store) {
    with_principal(store).await;
    let disabled = Principal { disabled: true, revision: Revision(1), ..principal(1, "alice") };
    commit(store, vec![Change::PutPrincipal(disabled.clone())]).await;
    conflict(store, vec![Change::PutPrincipal(Principal { disabled: false, ..disabled.clone() })]).await;
    conflict(
        store,
        vec![Change::PutPrincipal(Principal { revision: Revision(1), ..principal(9, "nobody") })],
    )
    .await;
    assert_eq!(store.principal(principal_id(1)).await.unwrap(), Some(after_put(disabled)));
}

pub(super) async fn policies(store: &dyn Store) {
    let policy = |name: &str, document: &str, written| IdentityPolicy {
        principal: principal_id(1),
        name: name.parse().unwrap(),
        document: document.into(),
        updated: time(written),
    };
    let put = |policy: &IdentityPolicy| Change::PutIdentityPolicy(policy.clone());
    let (b, a) = (policy("b", "{}", 1), policy("a", FOREIGN, 2));
    conflict(store, vec![put(&a)]).await;
    with_principal(store).await;
    assert_eq!(store.identity_policies(principal_id(1)).await.unwrap(), []);
    commit(store, vec![put(&b), put(&a)]).await;
    assert_eq!(store.identity_policies(principal_id(1)).await.unwrap(), [a.clone(), b.clone()]);
    let changed = policy("b", "{\"Statement\":[]}", 3);
    commit(store, vec![put(&changed)]).await;
    assert_eq!(store.identity_policies(principal_id(1)).await.unwrap(), [a.clone(), changed]);
    commit(store, vec![Change::DeleteIdentityPolicy(principal_id(1), b.name.clone())]).await;
    conflict(store, vec![Change::DeleteIdentityPolicy(principal_id(1), b.name)]).await;
    assert_eq!(store.identity_policies(principal_id(1)).await.unwrap(), [a]);
    assert_eq!(store.identity_policies(principal_id(2)).await.unwrap(), []);
}
