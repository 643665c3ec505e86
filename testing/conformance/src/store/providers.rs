use claviger_ports::{Change, DeviceKey, MESSAGES_OF_A_VERSION, Store};
use claviger_types::{
    Key, KeyIntent, KeySpec, KeyState, KeyTag, KeyVersion, ProtectionLevel, ProviderId, ProviderIdentity,
    VersionNumber, VersionState,
};

use super::samples::*;

fn id(text: &str) -> ProviderId {
    text.parse().unwrap()
}

fn tag(number: u8) -> KeyTag {
    KeyTag::new([number; 20])
}

fn identity(name: &str) -> ProviderIdentity {
    ProviderIdentity {
        id: id("hsm-1"),
        name: name.parse().unwrap(),
        kind: "pkcs11".into(),
        spec: KeySpec::EcP256,
        public: [0x30, 0].as_slice().into(),
        tag: tag(99),
        created: time(5),
    }
}

fn in_device(key: u8, number: u32) -> KeyVersion {
    KeyVersion {
        provider: id("hsm-1"),
        protection: ProtectionLevel::Hsm,
        tag: Some(tag(key)),
        ..version(key, number)
    }
}

pub(super) async fn an_identity_comes_back(store: &dyn Store) {
    assert_eq!(store.providers().await.unwrap(), []);
    commit(store, vec![Change::PutProvider(identity("west"))]).await;
    assert_eq!(store.providers().await.unwrap(), [identity("west")]);
    commit(store, vec![Change::PutProvider(identity("east"))]).await;
    assert_eq!(store.providers().await.unwrap(), [identity("east")]);
}

pub(super) async fn what_is_being_made_is_known(store: &dyn Store) {
    let intent = |number| KeyIntent { tag: tag(number), provider: id("hsm-1"), created: time(number.into()) };
    commit(store, vec![Change::IntendKey(intent(2))]).await;
    commit(store, vec![Change::IntendKey(intent(1))]).await;
    let other = KeyIntent { provider: id("hsm-2"), ..intent(3) };
    commit(store, vec![Change::IntendKey(other.clone())]).await;
    conflict(store, vec![Change::IntendKey(intent(2))]).await;
    assert_eq!(store.key_intents().await.unwrap(), [intent(1), intent(2), other.clone()]);
    commit(store, vec![Change::SettleKey(tag(1)), Change::SettleKey(tag(77))]).await;
    assert_eq!(store.key_intents().await.unwrap(), [intent(2), other]);
    assert_eq!(store.outcomes().await.unwrap(), [], "bookkeeping has no outcome");
}

/// Whoever took the announcement back may have removed the key from its device.
pub(super) async fn a_version_is_stored_only_while_its_key_is_announced(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let intent = |secs| KeyIntent { tag: tag(1), provider: id("hsm-1"), created: time(secs) };
    let arrive = |intent| vec![Change::PutVersion(in_device(1, 1)), Change::ArriveKey(intent)];
    conflict(store, arrive(intent(1))).await;
    commit(store, vec![Change::IntendKey(intent(2))]).await;
    conflict(store, arrive(intent(1))).await;
    conflict(store, arrive(KeyIntent { provider: id("hsm-2"), ..intent(2) })).await;
    assert_eq!(store.key_intents().await.unwrap(), [intent(2)]);
    assert_eq!(store.device_keys().await.unwrap(), []);
    commit(store, arrive(intent(2))).await;
    assert_eq!(store.key_intents().await.unwrap(), []);
    assert_eq!(store.device_keys().await.unwrap(), [DeviceKey { tag: tag(1), in_use: true }]);
    conflict(store, arrive(intent(2))).await;
}

pub(super) async fn keys_in_a_device_are_known(store: &dyn Store) {
    with_keys(store, &[1, 2, 3, 4]).await;
    let gone = KeyVersion { state: VersionState::Destroyed, handle: None, ..in_device(2, 1) };
    let changes = vec![
        Change::PutProvider(identity("west")),
        Change::PutVersion(in_device(1, 1)),
        Change::PutVersion(gone),
        Change::PutVersion(version(3, 1)),
    ];
    commit(store, changes).await;
    let elsewhere = KeyVersion { provider: id("hsm-2"), ..in_device(4, 1) };
    commit(store, vec![Change::PutVersion(elsewhere)]).await;
    let mut known = store.device_keys().await.unwrap();
    known.sort_by_key(|key| key.tag);
    let expected = [(1, true), (2, false), (4, true), (99, true)];
    assert_eq!(known, expected.map(|(number, in_use)| DeviceKey { tag: tag(number), in_use }));
    assert_eq!(store.key(key_id(1)).await.unwrap().unwrap().versions[0], in_device(1, 1));

    // Key 4 has no version in the first one yet.
    let moved = Key { provider: id("hsm-1"), ..stored(key(4)) };
    commit(store, vec![Change::PutKey(moved)]).await;
    let list = async |after, limit| {
        let page = store.keys_in_provider(&id("hsm-1"), after, limit).await.unwrap();
        (page.items, page.more)
    };
    assert_eq!(list(None, 10).await, (vec![key_id(1), key_id(4)], false));
    assert_eq!(list(None, 1).await, (vec![key_id(1)], true));
    assert_eq!(list(Some(key_id(1)), 10).await, (vec![key_id(4)], false));
}

pub(super) async fn what_was_taken_over_is_known(store: &dyn Store) {
    with_keys(store, &[1, 2, 3, 4]).await;
    let adopted = |key| KeyVersion { tag: None, ..in_device(key, 1) };
    let elsewhere = KeyVersion { provider: id("hsm-2"), ..adopted(2) };
    let gone = KeyVersion { state: VersionState::Destroyed, handle: None, ..adopted(3) };
    let changes = [adopted(1), elsewhere.clone(), gone, in_device(4, 1), version(4, 2)];
    commit(store, changes.into_iter().map(Change::PutVersion).collect()).await;
    assert_eq!(store.adopted_versions().await.unwrap(), [adopted(1), elsewhere]);
}

pub(super) async fn messages_are_counted_once(store: &dyn Store) {
    with_keys(store, &[1]).await;
    commit(store, vec![Change::PutVersion(in_device(1, 1))]).await;
    let number = VersionNumber::FIRST;
    let reserve = |from, to| vec![Change::ReserveMessages { key: key_id(1), version: number, from, to }];
    let messages = async || store.messages(key_id(1), number).await.unwrap();
    assert_eq!(messages().await, Some(0));
    commit(store, reserve(0, 100)).await;
    conflict(store, reserve(0, 100)).await;
    assert_eq!(messages().await, Some(100));
    // Whoever writes the version does not know the number.
    commit(store, vec![Change::PutVersion(in_device(1, 1))]).await;
    assert_eq!(messages().await, Some(100));
    assert_eq!(store.key(key_id(1)).await.unwrap().unwrap().versions[0].messages, 100);
    assert_eq!(store.messages(key_id(2), number).await.unwrap(), None);

    assert_eq!(store.due_keys(time(0), 10).await.unwrap(), []);
    commit(store, reserve(100, MESSAGES_OF_A_VERSION)).await;
    assert_eq!(store.due_keys(time(0), 10).await.unwrap(), [key_id(1)]);
    let disabled = Key { state: KeyState::Disabled, ..stored(key(1)) };
    commit(store, vec![Change::PutKey(disabled)]).await;
    assert_eq!(store.due_keys(time(0), 10).await.unwrap(), []);
}
