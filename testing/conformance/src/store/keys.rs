use claviger_ports::{Change, Store};
use claviger_types::{Days, Key, KeyOrigin, KeySpec, KeyState, KeyUsage, Project, Revision, Rotation};

use super::samples::*;

pub(super) async fn projects_are_unique(store: &dyn Store) {
    assert_eq!(store.project(account(1)).await.unwrap(), None);
    let project = Project { name: FOREIGN.into(), ..project(1) };
    commit(store, vec![Change::InsertProject(project.clone())]).await;
    assert_eq!(store.project(account(1)).await.unwrap(), Some(project.clone()));
    conflict(store, vec![Change::InsertProject(Project { name: "other".into(), ..project.clone() })]).await;
    assert_eq!(store.project(account(1)).await.unwrap(), Some(project));
    assert_eq!(store.project(account(2)).await.unwrap(), None);
    let last = Project { account: "999999999999".parse().unwrap(), ..super::samples::project(1) };
    commit(store, vec![Change::InsertProject(last.clone())]).await;
    assert_eq!(store.project(last.account).await.unwrap(), Some(last));
}

async fn read(store: &dyn Store, number: u8) -> Key {
    let record = store.key(key_id(number)).await.unwrap().expect("the key is there");
    Key::clone(&record.key)
}

pub(super) async fn a_key_comes_back_whole(store: &dyn Store) {
    with_keys(store, &[]).await;
    assert!(store.key(key_id(1)).await.unwrap().is_none());
    let changes = vec![
        Change::PutKey(key(1)),
        Change::PutKey(full_key(2)),
        Change::PutVersion(version(2, 1)),
        insert_alias("b", 1, 2),
        insert_alias("a", 1, 2),
        Change::InsertGrant(grant(1, 2)),
    ];
    commit(store, changes).await;
    let plain = store.key(key_id(1)).await.unwrap().unwrap();
    assert_eq!(*plain.key, stored(key(1)));
    assert!(plain.versions.is_empty() && plain.aliases.is_empty() && !plain.has_grants);
    let full = store.key(key_id(2)).await.unwrap().unwrap();
    assert_eq!(*full.key, stored(full_key(2)));
    assert_eq!(*full.versions, [version(2, 1)]);
    assert_eq!(*full.aliases, [alias("a"), alias("b")]);
    assert!(full.has_grants);
}

pub(super) async fn every_enumeration_comes_back(store: &dyn Store) {
    const STATES: [KeyState; 5] = [
        KeyState::Disabled,
        KeyState::Enabled,
        KeyState::PendingDeletion,
        KeyState::PendingImport,
        KeyState::Destroyed,
    ];
    const ORIGINS: [KeyOrigin; 2] = [KeyOrigin::Generated, KeyOrigin::Imported];
    with_keys(store, &[]).await;
    let mut number = 0;
    for (index, spec) in KeySpec::ALL.into_iter().enumerate() {
        number += 1;
        let key = Key {
            spec,
            usage: KeyUsage::ALL[index % KeyUsage::ALL.len()],
            origin: ORIGINS[index % ORIGINS.len()],
            state: STATES[index % STATES.len()],
            ..full_key(number)
        };
        commit(store, vec![Change::PutKey(key.clone())]).await;
        assert_eq!(read(store, number).await, stored(key));
    }
}

pub(super) async fn revisions_are_compared(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let first = read(store, 1).await;
    assert_eq!(first.revision, Revision::NEW.next());
    conflict(store, vec![Change::PutKey(key(1))]).await;
    let changed = Key { description: "changed".into(), ..first.clone() };
    commit(store, vec![Change::PutKey(changed.clone())]).await;
    assert_eq!(read(store, 1).await, stored(changed.clone()));
    conflict(store, vec![Change::PutKey(Key { description: "late".into(), ..first })]).await;
    conflict(store, vec![Change::PutKey(Key { revision: Revision(3), ..changed.clone() })]).await;
    conflict(store, vec![Change::PutKey(Key { revision: Revision(1), ..key(9) })]).await;
    assert_eq!(read(store, 1).await, stored(changed));
    assert!(store.key(key_id(9)).await.unwrap().is_none());
}

pub(super) async fn changes_replace_the_whole_record(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let full = Key { revision: Revision(1), policy: FOREIGN.into(), ..full_key(1) };
    commit(store, vec![Change::PutKey(full.clone())]).await;
    assert_eq!(read(store, 1).await, stored(full));
    let plain = Key { revision: Revision(2), ..key(1) };
    commit(store, vec![Change::PutKey(plain.clone())]).await;
    assert_eq!(read(store, 1).await, stored(plain));
}

pub(super) async fn parents_must_exist(store: &dyn Store) {
    conflict(store, vec![Change::PutKey(key(1))]).await;
    with_keys(store, &[1]).await;
    conflict(store, vec![Change::PutVersion(version(2, 1))]).await;
    conflict(store, vec![insert_alias("a", 1, 2)]).await;
    conflict(store, vec![insert_alias("a", 2, 1)]).await;
    conflict(store, vec![Change::InsertGrant(grant(1, 2))]).await;
    conflict(store, vec![Change::InsertImportJob(import_job(1, 2))]).await;
}

pub(super) async fn listing_pages_by_id(store: &dyn Store) {
    with_keys(store, &[5, 1, 3, 0, 255]).await;
    let other = Key { project: account(2), ..key(4) };
    commit(store, vec![Change::InsertProject(project(2)), Change::PutKey(other.clone())]).await;
    let listed = async |project, after: Option<u8>, limit| {
        let page = store.keys(account(project), after.map(key_id), limit).await.unwrap();
        let numbers: Vec<u8> = page.items.iter().map(|key| key.id.as_bytes()[0]).collect();
        (numbers, page.more)
    };
    assert_eq!(listed(1, None, 10).await, (vec![0, 1, 3, 5, 255], false));
    assert_eq!(listed(1, None, 5).await, (vec![0, 1, 3, 5, 255], false));
    assert_eq!(listed(1, None, 2).await, (vec![0, 1], true));
    assert_eq!(listed(1, Some(1), 2).await, (vec![3, 5], true));
    assert_eq!(listed(1, Some(4), 2).await, (vec![5, 255], false), "the place need not be a key");
    assert_eq!(listed(1, Some(255), 2).await, (vec![], false));
    assert_eq!(listed(1, None, usize::MAX).await.0.len(), 5);
    assert_eq!(store.keys(account(2), None, 9).await.unwrap().items, [stored(other)]);
    assert_eq!(listed(3, None, 9).await, (vec![], false));
    assert_eq!(store.key_count().await.unwrap(), 6);
}

pub(super) async fn destroyed_keys_are_listed_apart(store: &dyn Store) {
    with_keys(store, &[1, 2, 3]).await;
    assert_eq!(store.destroyed_keys().await.unwrap(), []);
    let destroyed =
        |number| Change::PutKey(Key { state: KeyState::Destroyed, revision: Revision(1), ..key(number) });
    commit(store, vec![destroyed(3), destroyed(1)]).await;
    assert_eq!(store.destroyed_keys().await.unwrap(), [key_id(1), key_id(3)]);
    assert_eq!(store.key_count().await.unwrap(), 1);
    let page = store.keys(account(1), None, 1).await.unwrap();
    assert_eq!((page.items[0].id, page.items.len(), page.more), (key_id(2), 1, false));
    assert_eq!(read(store, 1).await.state, KeyState::Destroyed);
}

pub(super) async fn policies_do_not_mix(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let own = |number, revision, policy: &str| {
        Change::PutKey(Key { policy: policy.into(), revision: Revision(revision), ..key(number) })
    };
    commit(store, vec![own(1, 1, "{\"one\":1}")]).await;
    assert_eq!(&*read(store, 1).await.policy, "{\"one\":1}");
    assert_eq!(&*read(store, 2).await.policy, POLICY);
    commit(store, vec![own(1, 2, "{\"two\":2}"), own(2, 1, "{\"two\":2}")]).await;
    commit(store, vec![own(1, 3, "")]).await;
    assert_eq!(&*read(store, 1).await.policy, "");
    assert_eq!(&*read(store, 2).await.policy, "{\"two\":2}");
    conflict(store, vec![own(2, 1, "{\"late\":1}")]).await;
    assert_eq!(&*read(store, 2).await.policy, "{\"two\":2}");
}

pub(super) async fn large_and_foreign_texts(store: &dyn Store) {
    with_keys(store, &[]).await;
    let tags = (0..50).map(|n| (format!("{n}{}", "ß".repeat(120)).into(), "值".repeat(256).into())).collect();
    let large = Key {
        description: "鍵".repeat(8192).into(),
        policy: FOREIGN.repeat(3000).into(),
        tags,
        rotation: Some(Rotation { period: Days(90).duration(), next: time(i64::from(u32::MAX)) }),
        ..key(1)
    };
    let mut version = version(1, u32::MAX);
    version.public = Some(vec![0xa5; 5000].into());
    version.handle.as_mut().unwrap().bytes = vec![0; 100_000].into();
    commit(store, vec![Change::PutKey(large.clone()), Change::PutVersion(version.clone())]).await;
    let record = store.key(key_id(1)).await.unwrap().unwrap();
    assert_eq!(*record.key, stored(large));
    assert_eq!(*record.versions, [version]);
}
