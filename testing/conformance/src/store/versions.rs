use claviger_ports::{Change, Store};
use claviger_types::{KeyVersion, RotationKind, VersionState};

use super::samples::*;

async fn read(store: &dyn Store, key: u8) -> Vec<KeyVersion> {
    store.key(key_id(key)).await.unwrap().expect("the key is there").versions.to_vec()
}

pub(super) async fn versions_come_by_number(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let numbers = [10, 2, 1, 300];
    commit(store, numbers.map(|number| Change::PutVersion(full_version(1, number))).into()).await;
    commit(store, vec![Change::PutVersion(version(2, 1))]).await;
    assert_eq!(read(store, 1).await, [1, 2, 10, 300].map(|number| full_version(1, number)));
    assert_eq!(read(store, 2).await, [version(2, 1)]);
}

pub(super) async fn a_version_is_replaced(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let gone = KeyVersion { handle: None, state: VersionState::Destroyed, ..version(1, 1) };
    let other = KeyVersion { handle: Some(sealed(2, "another")), ..full_version(1, 1) };
    for version in [full_version(1, 1), gone.clone(), other, version(1, 1), gone] {
        commit(store, vec![Change::PutVersion(version.clone())]).await;
        assert_eq!(read(store, 1).await, [version]);
    }
}

pub(super) async fn every_state_comes_back(store: &dyn Store) {
    const STATES: [VersionState; 10] = [
        VersionState::Active,
        VersionState::Compromised,
        VersionState::Deactivated,
        VersionState::Destroyed,
        VersionState::DestructionScheduled,
        VersionState::Disabled,
        VersionState::Failed,
        VersionState::PendingGeneration,
        VersionState::PendingImport,
        VersionState::PreActive,
    ];
    with_keys(store, &[1]).await;
    for state in STATES {
        for rotated in [None, Some(RotationKind::Automatic), Some(RotationKind::OnDemand)] {
            let version = KeyVersion { state, rotated, ..version(1, 1) };
            commit(store, vec![Change::PutVersion(version.clone())]).await;
            assert_eq!(read(store, 1).await, [version]);
        }
    }
}
