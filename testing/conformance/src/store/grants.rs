use claviger_ports::{Change, GrantPage, Store};
use claviger_types::{Grant, GrantConstraint, GrantOperation, GrantOperations, Key};

use super::samples::*;

pub(super) async fn a_grant_comes_back_whole(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let mut grants = vec![grant(1, 1), full_grant(2, 1)];
    let exact = Some(GrantConstraint::ContextEquals(pairs(&[("a", "b")])));
    grants.push(Grant { constraint: exact, ..grant(3, 1) });
    grants.push(Grant { constraint: Some(GrantConstraint::ContextSubset(pairs(&[]))), ..grant(4, 1) });
    grants.push(Grant { operations: GrantOperations::default(), ..grant(5, 1) });
    for (number, operation) in (6..).zip(GrantOperation::ALL) {
        grants.push(Grant { operations: [*operation].into_iter().collect(), ..grant(number, 1) });
    }
    commit(store, grants.iter().cloned().map(Change::InsertGrant).collect()).await;
    assert_eq!(store.grants_of_key(key_id(1)).await.unwrap(), grants);
}

pub(super) async fn conflicts(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    commit(store, vec![Change::InsertGrant(grant(1, 1))]).await;
    conflict(store, vec![Change::InsertGrant(full_grant(1, 1))]).await;
    conflict(store, vec![Change::InsertGrant(grant(1, 2))]).await;
    conflict(store, vec![Change::DeleteGrant(key_id(2), grant_id(1))]).await;
    conflict(store, vec![Change::DeleteGrant(key_id(1), grant_id(2))]).await;
    assert_eq!(store.grants_of_key(key_id(1)).await.unwrap(), [grant(1, 1)]);
    commit(store, vec![Change::DeleteGrant(key_id(1), grant_id(1))]).await;
    conflict(store, vec![Change::DeleteGrant(key_id(1), grant_id(1))]).await;
    assert_eq!(store.grants_of_key(key_id(1)).await.unwrap(), []);
    assert!(!store.key(key_id(1)).await.unwrap().unwrap().has_grants);
}

pub(super) async fn of_a_key_by_id(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let order = [200, 3, 17, 4];
    commit(store, order.map(|number| Change::InsertGrant(grant(number, 1))).into()).await;
    commit(store, vec![Change::InsertGrant(grant(5, 2))]).await;
    assert_eq!(store.grants_of_key(key_id(1)).await.unwrap(), [3, 4, 17, 200].map(|number| grant(number, 1)));
    assert_eq!(store.grants_of_key(key_id(2)).await.unwrap(), [grant(5, 2)]);
    assert_eq!(store.grants_of_key(key_id(9)).await.unwrap(), []);
}

pub(super) async fn retirable_pages_by_id(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let elsewhere = Key { project: account(2), ..key(3) };
    commit(store, vec![Change::InsertProject(project(2)), Change::PutKey(elsewhere)]).await;
    let other = Grant { retiring: Some("arn:aws:iam::000000000001:user/bo".into()), ..grant(9, 1) };
    let grants =
        vec![full_grant(7, 2), full_grant(2, 1), full_grant(5, 1), grant(1, 1), other, full_grant(4, 3)];
    commit(store, grants.into_iter().map(Change::InsertGrant).collect()).await;
    let listed = async |project, after: Option<u8>, limit| {
        let after = after.map(grant_id);
        let page = GrantPage { after: after.as_ref(), limit };
        let page = store
            .grants_retirable_by(account(project), "arn:aws:iam::000000000001:user/bob", page)
            .await
            .unwrap();
        (page.items, page.more)
    };
    let all = vec![full_grant(2, 1), full_grant(5, 1), full_grant(7, 2)];
    assert_eq!(listed(1, None, 3).await, (all, false));
    assert_eq!(listed(1, None, 2).await, (vec![full_grant(2, 1), full_grant(5, 1)], true));
    assert_eq!(listed(1, Some(2), 2).await, (vec![full_grant(5, 1), full_grant(7, 2)], false));
    assert_eq!(listed(1, Some(6), 2).await, (vec![full_grant(7, 2)], false));
    assert_eq!(listed(2, None, 9).await, (vec![full_grant(4, 3)], false));
}
