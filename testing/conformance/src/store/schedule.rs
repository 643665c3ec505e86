use claviger_ports::{Change, MESSAGES_OF_A_VERSION, Store};
use claviger_types::{
    Days, Deletion, Key, KeyState, KeyVersion, Revision, Rotation, VersionNumber, VersionState,
};

use super::samples::*;

const NONE: [u8; 0] = [];

async fn due(store: &dyn Store, now: i64, limit: usize) -> Vec<u8> {
    let keys = store.due_keys(time(now), limit).await.unwrap();
    keys.iter().map(|key| key.as_bytes()[0]).collect()
}

fn pending_deletion(number: u8, at: i64) -> Key {
    let deletion = Some(Deletion { at: time(at), window: Days(7) });
    Key { state: KeyState::PendingDeletion, deletion, ..key(number) }
}

fn rotating(number: u8, next: i64) -> Key {
    Key { rotation: Some(Rotation { period: Days(90).duration(), next: time(next) }), ..key(number) }
}

pub(super) async fn deletions_are_due(store: &dyn Store) {
    with_keys(store, &[4]).await;
    commit(store, vec![Change::PutKey(pending_deletion(1, 20)), Change::PutKey(pending_deletion(2, 10))])
        .await;
    assert_eq!(due(store, 9, 9).await, NONE);
    assert_eq!(due(store, 10, 9).await, [2]);
    assert_eq!(due(store, 30, 9).await, [2, 1]);
    let destroyed = Key { state: KeyState::Destroyed, revision: Revision(1), ..pending_deletion(2, 10) };
    commit(store, vec![Change::PutKey(destroyed)]).await;
    assert_eq!(due(store, 30, 9).await, [1]);
}

pub(super) async fn rotations_are_due(store: &dyn Store) {
    with_keys(store, &[]).await;
    let disabled = Key { state: KeyState::Disabled, ..rotating(2, 10) };
    // Both are in the past, and neither counts twice.
    let both = Key { rotation: rotating(3, 5).rotation, ..pending_deletion(3, 6) };
    commit(store, vec![Change::PutKey(rotating(1, 10)), Change::PutKey(disabled), Change::PutKey(both)])
        .await;
    assert_eq!(due(store, 5, 9).await, NONE, "a key pending deletion is not rotated");
    assert_eq!(due(store, 9, 9).await, [3]);
    assert_eq!(due(store, 10, 9).await, [3, 1]);
    commit(store, vec![Change::PutKey(Key { revision: Revision(1), ..rotating(1, 100) })]).await;
    assert_eq!(due(store, 99, 9).await, [3]);
    assert_eq!(due(store, 100, 9).await, [3, 1]);
}

pub(super) async fn what_has_ended_is_not_rotated(store: &dyn Store) {
    with_keys(store, &[]).await;
    let primary = |state| Change::PutVersion(KeyVersion { state, ..version(1, 1) });
    commit(store, vec![Change::PutKey(rotating(1, 10)), primary(VersionState::Active)]).await;
    assert_eq!(due(store, 10, 9).await, [1]);
    // By use too.
    let (key, version) = (key_id(1), VersionNumber::FIRST);
    commit(store, vec![Change::ReserveMessages { key, version, from: 0, to: MESSAGES_OF_A_VERSION }]).await;
    assert_eq!(due(store, 9, 9).await, [1]);
    for state in [VersionState::Compromised, VersionState::Deactivated, VersionState::PreActive] {
        commit(store, vec![primary(state)]).await;
        assert_eq!(due(store, 10, 9).await, NONE, "{state:?}");
    }
}

pub(super) async fn expiries_are_due(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let expiring = |key, number, at| KeyVersion { valid_to: Some(time(at)), ..version(key, number) };
    let disabled = Key { state: KeyState::Disabled, ..key(3) };
    let changes = vec![
        Change::PutVersion(expiring(1, 1, 10)),
        Change::PutVersion(expiring(1, 2, 12)),
        Change::PutVersion(version(2, 1)),
        Change::PutKey(disabled),
        Change::PutVersion(expiring(3, 1, 11)),
    ];
    commit(store, changes).await;
    assert_eq!(due(store, 9, 9).await, NONE);
    assert_eq!(due(store, 10, 9).await, [1]);
    assert_eq!(due(store, 20, 9).await, [1, 3], "each key once; the state of the key does not matter");
    let gone = |number, at| Change::PutVersion(KeyVersion { handle: None, ..expiring(1, number, at) });
    commit(store, vec![gone(1, 10), gone(2, 12)]).await;
    assert_eq!(due(store, 20, 9).await, [3], "there is nothing left to expire");
}

pub(super) async fn destructions_of_versions_are_due(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let doomed =
        KeyVersion { state: VersionState::DestructionScheduled, destroy_at: Some(time(10)), ..version(1, 1) };
    commit(store, vec![Change::PutVersion(doomed.clone()), Change::PutVersion(version(2, 1))]).await;
    assert_eq!(due(store, 9, 9).await, NONE);
    assert_eq!(due(store, 10, 9).await, [1]);
    let gone = KeyVersion { state: VersionState::Destroyed, destroy_at: None, handle: None, ..doomed };
    commit(store, vec![Change::PutVersion(gone)]).await;
    assert_eq!(due(store, 10, 9).await, NONE);
}

pub(super) async fn the_limit_takes_the_oldest(store: &dyn Store) {
    with_keys(store, &[]).await;
    let keys = (1..=9).map(|number| Change::PutKey(rotating(number, i64::from(20 - number))));
    commit(store, keys.collect()).await;
    assert_eq!(due(store, 20, 3).await, [9, 8, 7]);
    assert_eq!(due(store, 20, 100).await, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}
