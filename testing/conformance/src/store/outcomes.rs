use claviger_ports::{Batch, Change, Store};
use claviger_types::RequestId;

use super::samples::*;

fn call(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

async fn commit_as(store: &dyn Store, number: u8, change: Change) {
    store.commit(Batch { outcome: call(number), changes: vec![change] }).await.unwrap();
}

async fn outcomes(store: &dyn Store) -> Vec<RequestId> {
    let mut outcomes = store.outcomes().await.unwrap();
    outcomes.sort();
    outcomes
}

pub(super) async fn life_cycle(store: &dyn Store) {
    assert_eq!(outcomes(store).await, []);
    commit_as(store, 2, Change::InsertProject(project(1))).await;
    commit_as(store, 1, Change::InsertProject(project(2))).await;
    let taken = Batch { outcome: call(3), changes: vec![Change::InsertProject(project(1))] };
    assert_conflict(store.commit(taken).await);
    assert_eq!(outcomes(store).await, [call(1), call(2)], "what was not done is not remembered");
    commit_as(store, 9, Change::ForgetOutcomes(vec![call(1), call(7)])).await;
    assert_eq!(outcomes(store).await, [call(2)]);
}

pub(super) async fn one_call_many_batches(store: &dyn Store) {
    commit_as(store, 1, Change::InsertProject(project(1))).await;
    commit_as(store, 1, Change::InsertProject(project(2))).await;
    assert_eq!(outcomes(store).await, [call(1)]);
    commit_as(store, 9, Change::ForgetOutcomes(vec![call(1)])).await;
    assert_eq!(outcomes(store).await, []);
    commit_as(store, 1, Change::InsertProject(project(3))).await;
    assert_eq!(outcomes(store).await, [call(1)]);
}

/// What a call did to something else than the store.
pub(super) async fn what_was_done_elsewhere_is_remembered(store: &dyn Store) {
    commit_as(store, 1, Change::ChangedElsewhere).await;
    assert_eq!(outcomes(store).await, [call(1)]);
}

/// Neither a batch that only forgets nor an empty one is something that the audit log has to know.
pub(super) async fn forgetting_leaves_nothing(store: &dyn Store) {
    commit_as(store, 1, Change::InsertProject(project(1))).await;
    let forget = || Change::ForgetOutcomes(vec![call(1)]);
    store.commit(Batch { outcome: call(2), changes: vec![forget(), forget()] }).await.unwrap();
    store.commit(Batch { outcome: call(3), changes: vec![] }).await.unwrap();
    assert_eq!(outcomes(store).await, []);
    let changes = vec![forget(), Change::InsertProject(project(2))];
    store.commit(Batch { outcome: call(4), changes }).await.unwrap();
    assert_eq!(outcomes(store).await, [call(4)]);
}
