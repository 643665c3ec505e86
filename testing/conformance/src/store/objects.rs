use claviger_ports::{Change, ObjectFilter, SealedPlace, Store};
use claviger_types::{
    CipherMode, KeyAlgorithm, KeyVersion, ManagedObject, ObjectDates, ObjectId, ObjectKind, ObjectRevocation,
    ObjectState, Revision, RootKeyGeneration, VersionNumber,
};

use super::samples::*;

fn object_id(number: u8) -> ObjectId {
    ObjectId::from_bytes([number; 16])
}

/// Only kept, without a value yet.
fn object(number: u8) -> ManagedObject {
    ManagedObject {
        id: object_id(number),
        project: account(1),
        kind: ObjectKind::SecretData,
        key: None,
        state: ObjectState::PreActive,
        usage_mask: 0,
        names: Box::default(),
        groups: Box::default(),
        sensitive: false,
        extractable: false,
        dates: ObjectDates::default(),
        revocation: None,
        replaces: None,
        replaced_by: None,
        attributes: b"".as_slice().into(),
        value: None,
        policy: POLICY.into(),
        created: time(1),
        changed: time(2),
        revision: Revision::NEW,
    }
}

fn full_object(number: u8) -> ManagedObject {
    ManagedObject {
        state: ObjectState::Compromised,
        usage_mask: u32::MAX,
        names: Box::new([FOREIGN.into(), "b".into(), "a".into()]),
        groups: Box::new(["a".into()]),
        sensitive: true,
        extractable: true,
        dates: ObjectDates {
            activation: Some(time(10)),
            deactivation: Some(time(20)),
            compromise_occurrence: Some(time(30)),
            compromise: Some(time(40)),
            destroy: Some(time(50)),
        },
        revocation: Some(ObjectRevocation { code: u32::MAX, message: Some(FOREIGN.into()) }),
        replaces: Some(object_id(98)),
        replaced_by: Some(object_id(99)),
        attributes: [0, 0xff].as_slice().into(),
        value: Some(sealed(1, &format!("value {number}"))),
        ..object(number)
    }
}

async fn with_objects(store: &dyn Store, objects: Vec<ManagedObject>) {
    with_keys(store, &[1]).await;
    commit(store, objects.into_iter().map(Change::PutObject).collect()).await;
}

pub(super) async fn an_object_comes_back_whole(store: &dyn Store) {
    conflict(store, vec![Change::PutObject(object(1))]).await;
    let view = ManagedObject { key: Some(key_id(1)), kind: ObjectKind::SymmetricKey, ..object(3) };
    with_objects(store, vec![object(1), full_object(2), view.clone()]).await;
    for put in [object(1), full_object(2), view] {
        assert_eq!(store.object(put.id).await.unwrap(), Some(put.stored()));
    }
    assert_eq!(store.object(object_id(9)).await.unwrap(), None);
    let of_nothing = ManagedObject { key: Some(key_id(9)), ..object(4) };
    conflict(store, vec![Change::PutObject(of_nothing)]).await;
}

pub(super) async fn every_kind_and_state_comes_back(store: &dyn Store) {
    let kinds = [
        ObjectKind::Certificate,
        ObjectKind::OpaqueObject,
        ObjectKind::PrivateKey,
        ObjectKind::PublicKey,
        ObjectKind::SecretData,
        ObjectKind::SymmetricKey,
    ];
    let states = [
        ObjectState::Active,
        ObjectState::Compromised,
        ObjectState::Deactivated,
        ObjectState::Destroyed,
        ObjectState::DestroyedCompromised,
        ObjectState::PreActive,
    ];
    let pairs = (1..).zip(kinds.into_iter().zip(states));
    let objects: Vec<_> =
        pairs.map(|(number, (kind, state))| ManagedObject { kind, state, ..object(number) }).collect();
    with_objects(store, objects.clone()).await;
    for object in objects {
        assert_eq!(store.object(object.id).await.unwrap(), Some(object.stored()));
    }
}

pub(super) async fn revisions_are_compared(store: &dyn Store) {
    with_objects(store, vec![full_object(1)]).await;
    conflict(store, vec![Change::PutObject(full_object(1))]).await;
    let stale = ManagedObject { revision: Revision(9), ..object(1) };
    conflict(store, vec![Change::PutObject(stale)]).await;
    let unknown = ManagedObject { revision: Revision(1), ..object(2) };
    conflict(store, vec![Change::PutObject(unknown)]).await;
    let next = ManagedObject { state: ObjectState::Active, ..object(1).stored() };
    commit(store, vec![Change::PutObject(next.clone())]).await;
    conflict(store, vec![Change::PutObject(next.clone())]).await;
    assert_eq!(store.object(next.id).await.unwrap(), Some(next.stored()), "the whole record is replaced");
}

pub(super) async fn labels_are_replaced(store: &dyn Store) {
    let named = |names: &[&str], groups: &[&str]| ManagedObject {
        names: names.iter().map(|name| (*name).into()).collect(),
        groups: groups.iter().map(|group| (*group).into()).collect(),
        ..object(1)
    };
    with_objects(store, vec![named(&["a", "b"], &["g"])]).await;
    let next = ManagedObject { revision: Revision(1), ..named(&["c", "a"], &[]) };
    commit(store, vec![Change::PutObject(next.clone())]).await;
    assert_eq!(store.object(object_id(1)).await.unwrap(), Some(next.stored()));
    assert_eq!(listed(store, named_filter("b"), None, 9).await, (vec![], false));
    assert_eq!(listed(store, named_filter("c"), None, 9).await, (vec![1], false));
    let group = ObjectFilter { group: Some("g".into()), ..ObjectFilter::default() };
    assert_eq!(listed(store, group, None, 9).await, (vec![], false));
}

fn named_filter(name: &str) -> ObjectFilter {
    ObjectFilter { name: Some(name.into()), ..ObjectFilter::default() }
}

async fn listed(store: &dyn Store, filter: ObjectFilter, after: Option<u8>, limit: usize) -> (Vec<u8>, bool) {
    let page = store.objects(account(1), &filter, after.map(object_id), limit).await.unwrap();
    assert!(page.items.iter().all(|object| object.value.is_none()), "a listing shows no values");
    (page.items.iter().map(|object| object.id.as_bytes()[0]).collect(), page.more)
}

pub(super) async fn listing_filters_and_pages_by_id(store: &dyn Store) {
    let labelled = |number, name: &str, group: &str| ManagedObject {
        names: Box::new([name.into(), "all".into()]),
        groups: Box::new([group.into()]),
        value: Some(sealed(1, "value")),
        ..object(number)
    };
    let gone = ManagedObject { state: ObjectState::Destroyed, ..labelled(5, "x", "g") };
    let burnt = ManagedObject { state: ObjectState::DestroyedCompromised, ..labelled(6, "y", "h") };
    // The same name twice is no reason to list it twice.
    let twice = ManagedObject { names: Box::new(["x".into(), "x".into()]), ..labelled(4, "x", "h") };
    let objects =
        vec![labelled(3, "x", "g"), labelled(1, "x", "h"), twice, labelled(2, "y", "g"), gone, burnt];
    with_objects(store, objects).await;
    commit(
        store,
        vec![
            Change::InsertProject(project(2)),
            Change::PutObject(ManagedObject { project: account(2), ..labelled(7, "x", "g") }),
        ],
    )
    .await;
    let every = ObjectFilter::default();
    let in_group = |group: &str| ObjectFilter { group: Some(group.into()), ..ObjectFilter::default() };
    let with_destroyed = |filter| ObjectFilter { destroyed: true, ..filter };
    for (filter, expected) in [
        (every.clone(), vec![1, 2, 3, 4]),
        (with_destroyed(every.clone()), vec![1, 2, 3, 4, 5, 6]),
        (named_filter("x"), vec![1, 3, 4]),
        (with_destroyed(named_filter("x")), vec![1, 3, 4, 5]),
        (named_filter("X"), vec![]),
        (named_filter("g"), vec![]),
        (in_group("g"), vec![2, 3]),
        (in_group("x"), vec![]),
        (with_destroyed(in_group("h")), vec![1, 4, 6]),
        (ObjectFilter { group: Some("h".into()), ..named_filter("x") }, vec![1, 4]),
        (ObjectFilter { group: Some("h".into()), ..named_filter("y") }, vec![]),
    ] {
        assert_eq!(listed(store, filter.clone(), None, 9).await, (expected.clone(), false), "{filter:?}");
        for limit in 1..=expected.len() {
            let page = listed(store, filter.clone(), None, limit).await;
            assert_eq!(page, (expected[..limit].to_vec(), limit < expected.len()), "{filter:?}");
            let rest = listed(store, filter.clone(), Some(expected[limit - 1]), 9).await;
            assert_eq!(rest, (expected[limit..].to_vec(), false), "{filter:?}");
        }
    }
    let foreign = store.objects(account(2), &named_filter("x"), None, 9).await.unwrap();
    assert_eq!(foreign.items.iter().map(|object| object.id).collect::<Vec<_>>(), [object_id(7)]);
    assert!(store.objects(account(3), &every, None, 9).await.unwrap().items.is_empty());
}

pub(super) async fn kept_values_are_counted(store: &dyn Store) {
    let count = async |project, most| store.kept_objects(account(project), most).await.unwrap();
    let view = ManagedObject { key: Some(key_id(1)), kind: ObjectKind::SymmetricKey, ..object(4) };
    with_objects(store, vec![object(1), full_object(2), full_object(3), view]).await;
    assert_eq!((count(1, 10).await, count(1, 2).await, count(1, 1).await, count(9, 10).await), (2, 2, 1, 0));
    let gone = store.object(object_id(2)).await.unwrap().unwrap().destroyed(time(60));
    commit(store, vec![Change::PutObject(gone)]).await;
    assert_eq!(count(1, 10).await, 1);
}

pub(super) async fn dates_are_due(store: &dyn Store) {
    let dated = |number, state, activation: Option<i64>, deactivation: Option<i64>| ManagedObject {
        state,
        dates: ObjectDates {
            activation: activation.map(time),
            deactivation: deactivation.map(time),
            ..ObjectDates::default()
        },
        ..object(number)
    };
    let objects = vec![
        dated(1, ObjectState::PreActive, Some(20), Some(30)),
        dated(2, ObjectState::Active, Some(1), Some(10)),
        dated(3, ObjectState::Active, Some(1), None),
        dated(4, ObjectState::PreActive, None, Some(5)),
        dated(5, ObjectState::Deactivated, Some(1), Some(5)),
        dated(6, ObjectState::Compromised, Some(1), Some(5)),
        dated(7, ObjectState::Destroyed, Some(1), Some(5)),
    ];
    with_objects(store, objects).await;
    for (now, limit, expected) in [
        (9, 9, vec![]),
        (10, 9, vec![2]),
        (19, 9, vec![2]),
        (20, 9, vec![2, 1]),
        (20, 1, vec![2]),
        (20, 0, vec![]),
    ] {
        let due = store.due_objects(time(now), limit).await.unwrap();
        assert_eq!(due.iter().map(|id| id.as_bytes()[0]).collect::<Vec<_>>(), expected, "at {now}");
    }
}

pub(super) async fn values_are_resealed(store: &dyn Store) {
    with_objects(store, vec![full_object(1), object(2)]).await;
    let place = SealedPlace::ObjectValue(object_id(1));
    let old = sealed(1, "value 1");
    assert_eq!(store.sealed_before(RootKeyGeneration(1), 9).await.unwrap(), []);
    assert_eq!(store.sealed_before(RootKeyGeneration(2), 9).await.unwrap(), [(place.clone(), old.clone())]);
    let reseal = |from, to| Change::Reseal { place: place.clone(), from, to };
    let new = sealed(2, "value 1 anew");
    conflict(store, vec![reseal(sealed(1, "other"), new.clone())]).await;
    conflict(store, vec![reseal(sealed(2, "value 1"), new.clone())]).await;
    commit(store, vec![reseal(old.clone(), new.clone())]).await;
    conflict(store, vec![reseal(old, new.clone())]).await;
    let found = store.object(object_id(1)).await.unwrap().unwrap();
    assert_eq!((found.value, found.revision), (Some(new), Revision(2)));
    // Whoever read the old value can't write it back.
    conflict(store, vec![Change::PutObject(full_object(1).stored())]).await;
    let nothing = SealedPlace::ObjectValue(object_id(2));
    conflict(store, vec![Change::Reseal { place: nothing, from: sealed(1, "a"), to: sealed(2, "b") }]).await;
}

pub(super) async fn policies_are_kept_as_long_as_they_are_used(store: &dyn Store) {
    with_objects(store, vec![object(1)]).await;
    let other = ManagedObject { policy: "{}".into(), ..object(1).stored() };
    commit(store, vec![Change::PutObject(other.clone())]).await;
    // Key 1 still has the first one.
    assert_eq!(&*store.key(key_id(1)).await.unwrap().unwrap().key.policy, POLICY);
    let back = ManagedObject { policy: POLICY.into(), ..other.stored() };
    commit(store, vec![Change::PutObject(back.clone())]).await;
    assert_eq!(store.object(back.id).await.unwrap(), Some(back.stored()));
}

pub(super) async fn a_version_is_restricted_once(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let free = KeyVersion { algorithm: None, ..version(1, 1) };
    commit(store, vec![Change::PutVersion(free), Change::PutVersion(full_version(1, 2))]).await;
    let restrict = |number, mode| {
        Change::RestrictVersion(key_id(1), VersionNumber::new(number).unwrap(), KeyAlgorithm::Raw(mode))
    };
    let before = store.key(key_id(1)).await.unwrap().unwrap();
    commit(store, vec![restrict(1, CipherMode::Cbc)]).await;
    let after = store.key(key_id(1)).await.unwrap().unwrap();
    assert_eq!(after.versions[0].algorithm, Some(KeyAlgorithm::Raw(CipherMode::Cbc)));
    for (number, mode) in
        [(1, CipherMode::Cbc), (1, CipherMode::Gcm), (2, CipherMode::Cbc), (3, CipherMode::Cbc)]
    {
        conflict(store, vec![restrict(number, mode)]).await;
    }
    // Whoever read the version before can't write it back.
    conflict(store, vec![Change::PutKey((*before.key).clone())]).await;
    commit(store, vec![Change::PutKey((*after.key).clone())]).await;
}
