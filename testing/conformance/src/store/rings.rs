use claviger_ports::{Change, RingCursor, Store};
use claviger_types::{
    AttachedPolicy, ImportJob, ImportJobId, ImportJobName, ImportJobOwner, Key, KeyPlace, KeyRing,
    KeyRingName, KeyState, Revision, RingKeyName,
};

use super::samples::*;

fn ring_name(name: &str) -> KeyRingName {
    name.parse().unwrap()
}

fn key_name(name: &str) -> RingKeyName {
    name.parse().unwrap()
}

fn job_name(name: &str) -> ImportJobName {
    name.parse().unwrap()
}

fn ring(name: &str) -> KeyRing {
    KeyRing {
        project: account(1),
        name: ring_name(name),
        policy: None,
        created: time(7),
        revision: Revision::NEW,
    }
}

fn place(ring: &str, name: &str) -> KeyPlace {
    KeyPlace { ring: ring_name(ring), name: Some(key_name(name)) }
}

pub(super) async fn a_ring_comes_back(store: &dyn Store) {
    with_keys(store, &[]).await;
    let find = async || store.key_ring(account(1), &ring_name("west")).await.unwrap();
    assert_eq!(find().await, None);
    commit(store, vec![Change::PutKeyRing(ring("west"))]).await;
    let first = find().await.unwrap();
    assert_eq!(first, KeyRing { revision: Revision::NEW.next(), ..ring("west") });
    conflict(store, vec![Change::PutKeyRing(ring("west"))]).await;
    let policy = Some(AttachedPolicy { document: POLICY.into(), source: FOREIGN.into() });
    let changed = KeyRing { policy, ..first.clone() };
    commit(store, vec![Change::PutKeyRing(changed.clone())]).await;
    assert_eq!(find().await.unwrap().policy, changed.policy);
    conflict(store, vec![Change::PutKeyRing(first)]).await;
    let foreign = KeyRing { project: account(9), ..ring("west") };
    conflict(store, vec![Change::PutKeyRing(foreign)]).await;
}

pub(super) async fn rings_page_by_name(store: &dyn Store) {
    with_keys(store, &[]).await;
    commit(store, ["c", "a", "b"].map(|name| Change::PutKeyRing(ring(name))).into()).await;
    let listed = async |after: Option<&str>, limit| {
        let page = store.key_rings(account(1), after.map(ring_name).as_ref(), limit).await.unwrap();
        (page.items.iter().map(|ring| ring.name.to_string()).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(listed(None, 2).await, (vec!["a".into(), "b".into()], true));
    assert_eq!(listed(Some("b"), 2).await, (vec!["c".into()], false));
    assert!(store.key_rings(account(2), None, 9).await.unwrap().items.is_empty());
}

pub(super) async fn a_name_is_given_once(store: &dyn Store) {
    with_keys(store, &[]).await;
    let named = Key { place: place("west", "k"), ..key(1) };
    commit(store, vec![Change::PutKey(named.clone())]).await;
    let find = async |ring: &str, name: &str| {
        store.key_in_ring(account(1), &ring_name(ring), &key_name(name)).await.unwrap()
    };
    assert_eq!(find("west", "k").await, Some(key_id(1)));
    assert_eq!(find("east", "k").await, None);
    assert_eq!(find("west", "K").await, None);
    conflict(store, vec![Change::PutKey(Key { place: place("west", "k"), ..key(2) })]).await;
    commit(store, vec![Change::PutKey(Key { place: place("east", "k"), ..key(2) })]).await;
    let destroyed = Key { state: KeyState::Destroyed, revision: Revision(1), ..named };
    commit(store, vec![Change::PutKey(destroyed)]).await;
    assert_eq!(find("west", "k").await, Some(key_id(1)), "also after its destruction");
    conflict(store, vec![Change::PutKey(Key { place: place("west", "k"), ..key(3) })]).await;
}

pub(super) async fn keys_page_by_name_then_by_id(store: &dyn Store) {
    with_keys(store, &[5, 1, 3]).await;
    let gone = Key { state: KeyState::Destroyed, ..key(2) };
    let named = |number, name| Change::PutKey(Key { place: place("default", name), ..key(number) });
    let elsewhere = Change::PutKey(Key { place: place("west", "a"), ..key(9) });
    commit(store, vec![named(8, "b"), named(7, "a"), elsewhere, Change::PutKey(gone)]).await;
    commit(store, vec![Change::PutVersion(version(7, 1))]).await;
    let listed = async |ring: &str, after: Option<RingCursor>, limit| {
        let page = store.keys_in_ring(account(1), &ring_name(ring), after.as_ref(), limit).await.unwrap();
        (page.items.iter().map(|record| record.key.id.as_bytes()[0]).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(listed("default", None, 9).await, (vec![7, 8, 1, 3, 5], false));
    assert_eq!(listed("default", None, 2).await, (vec![7, 8], true));
    assert_eq!(listed("default", None, 1).await, (vec![7], true));
    let behind = |name| Some(RingCursor::Name(key_name(name)));
    assert_eq!(listed("default", behind("a"), 2).await, (vec![8, 1], true));
    assert_eq!(listed("default", behind("b"), 3).await, (vec![1, 3, 5], false));
    assert_eq!(listed("default", Some(RingCursor::Id(key_id(1))), 9).await, (vec![3, 5], false));
    assert_eq!(listed("west", None, 9).await, (vec![9], false));
    assert_eq!(listed("east", None, 9).await, (vec![], false));
    let page = store.keys_in_ring(account(1), &ring_name("default"), None, 1).await.unwrap();
    assert_eq!(*page.items[0].versions, [version(7, 1)]);
}

pub(super) async fn import_jobs_of_a_ring(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let job = |number: u8, name: &str| ImportJob {
        owner: ImportJobOwner::Ring { project: account(1), ring: ring_name("west"), name: job_name(name) },
        ..import_job(number, 1)
    };
    let all = [job(1, "b"), job(2, "a"), import_job(3, 1)];
    commit(store, all.iter().cloned().map(Change::InsertImportJob).collect()).await;
    conflict(store, vec![Change::InsertImportJob(job(4, "a"))]).await;
    let find = async |name: &str| {
        store.import_job_in_ring(account(1), &ring_name("west"), &job_name(name)).await.unwrap()
    };
    assert_eq!(find("a").await, Some(job(2, "a")));
    assert_eq!(find("c").await, None);
    let page = async |after: Option<&str>, limit| {
        let (west, after) = (ring_name("west"), after.map(job_name));
        let page = store.import_jobs_in_ring(account(1), &west, after.as_ref(), limit).await.unwrap();
        (page.items, page.more)
    };
    assert_eq!(page(None, 1).await, (vec![job(2, "a")], true));
    assert_eq!(page(Some("a"), 9).await, (vec![job(1, "b")], false));
    // All samples expire at the same time.
    let expires = job(1, "b").expires;
    let expired = async |now| store.expired_import_jobs(now, 9).await.unwrap().len();
    assert_eq!((expired(expires.plus_secs(-1)).await, expired(expires).await), (0, 3));
    let ids = [1, 3, 99].map(|number| ImportJobId::from_bytes([number; 16]));
    commit(store, ids.map(Change::ExpireImportJob).into()).await;
    assert_eq!(find("b").await, Some(ImportJob { private_key: None, ..job(1, "b") }));
    assert_eq!(store.import_job(ids[1]).await.unwrap(), None, "a key's job goes with its private key");
    assert_eq!(expired(expires).await, 1);
}
