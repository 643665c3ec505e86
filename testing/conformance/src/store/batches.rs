use std::time::Duration;

use claviger_ports::{Batch, Change, Store, StoreError};
use claviger_types::{Key, KeyId, KeyState, Revision};
use futures_util::future::{join, join_all};

use super::samples::*;

pub(super) async fn a_conflict_undoes_everything(store: &dyn Store) {
    with_keys(store, &[1]).await;
    commit(store, vec![insert_alias("a", 1, 1), Change::PutSecret("s".into(), sealed(1, "before"))]).await;
    let outcomes = store.outcomes().await.unwrap();
    let last = [
        insert_alias("a", 1, 1),
        Change::PutKey(key(1)),
        Change::DeleteGrant(key_id(1), grant_id(1)),
        Change::InsertProject(project(1)),
    ];
    for last in last {
        let changes = vec![
            Change::InsertProject(project(2)),
            Change::PutKey(Key { revision: Revision(1), state: KeyState::Disabled, ..key(1) }),
            Change::PutKey(Key { policy: "another".into(), ..key(2) }),
            Change::PutVersion(version(1, 1)),
            insert_alias("b", 1, 2),
            Change::DeleteName { project: account(1), name: alias("a").to_key_name() },
            insert_alias("a", 1, 1),
            Change::InsertGrant(grant(7, 1)),
            Change::PutSecret("s".into(), sealed(1, "after")),
            Change::ForgetOutcomes(outcomes.clone()),
            last,
        ];
        conflict(store, changes).await;
        assert_eq!(store.project(account(2)).await.unwrap(), None);
        let record = store.key(key_id(1)).await.unwrap().unwrap();
        assert_eq!(*record.key, stored(key(1)));
        assert!(record.versions.is_empty() && !record.has_grants);
        assert!(store.key(key_id(2)).await.unwrap().is_none());
        assert_eq!(store.aliases(account(1), None, None, 9).await.unwrap().items.len(), 1);
        assert_eq!(store.secret("s").await.unwrap(), Some(sealed(1, "before")));
        assert_eq!(store.outcomes().await.unwrap(), outcomes);
    }
}

pub(super) async fn changes_are_made_in_order(store: &dyn Store) {
    let rename = || Change::DeleteName { project: account(1), name: alias("a").to_key_name() };
    let changes = vec![
        Change::InsertProject(project(1)),
        Change::PutKey(key(1)),
        Change::PutKey(Key { revision: Revision(1), description: "second".into(), ..key(1) }),
        insert_alias("a", 1, 1),
        rename(),
        insert_alias("a", 1, 1),
    ];
    commit(store, changes).await;
    let record = store.key(key_id(1)).await.unwrap().unwrap();
    assert_eq!((&*record.key.description, record.key.revision), ("second", Revision(2)));
    assert_eq!(*record.aliases, [alias("a")]);
    conflict(store, vec![Change::PutVersion(version(2, 1)), Change::PutKey(key(2))]).await;
}

/// Batches that are made together succeed and fail each for itself.
pub(super) async fn conflicting_neighbours_do_not_matter(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let commits = (0..100).map(|number| {
        let wins = number % 3 != 0;
        let name = if wins { format!("own-{number}") } else { "shared".to_owned() };
        let changes = vec![Change::PutKey(key(100 + number)), insert_alias(&name, 1, 100 + number)];
        async move { (number, wins, store.commit(batch(changes)).await) }
    });
    let mut shared = 0;
    for (number, wins, result) in join_all(commits).await {
        let there = store.key(key_id(100 + number)).await.unwrap().is_some();
        assert_eq!(result.is_ok(), there, "batch {number} is there whole or not at all: {result:?}");
        assert!(!wins || there);
        shared += usize::from(!wins && there);
    }
    assert_eq!(shared, 1);
}

pub(super) async fn exactly_one_of_many_wins(store: &dyn Store) {
    with_keys(store, &[1]).await;
    for round in 1..=20 {
        let commits = (0..16).map(|caller: u8| {
            let key = Key { revision: Revision(round), description: format!("{caller}").into(), ..key(1) };
            store.commit(batch(vec![Change::PutKey(key)]))
        });
        let results = join_all(commits).await;
        let winners: Vec<usize> = (0..16).filter(|caller| results[*caller].is_ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}: {results:?}");
        results.into_iter().filter(Result::is_err).for_each(assert_conflict);
        let record = store.key(key_id(1)).await.unwrap().unwrap();
        assert_eq!(record.key.revision, Revision(round + 1));
        assert_eq!(&*record.key.description, winners[0].to_string());
    }
}

pub(super) async fn large_batches(store: &dyn Store) {
    with_keys(store, &[]).await;
    let id = |number: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        KeyId::from_bytes(bytes)
    };
    let keys = (0..3000).map(|number| Change::PutKey(Key { id: id(number), ..key(0) }));
    commit(store, keys.collect()).await;
    assert_eq!(store.key_count().await.unwrap(), 3000);
    let mut after = None;
    let mut seen = 0;
    loop {
        let page = store.keys(account(1), after, 1000).await.unwrap();
        seen += page.items.len();
        after = page.items.last().map(|key| key.id);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, 3000);
    let outcomes: Vec<_> = (0..3000).map(|_| request()).collect();
    commit(store, vec![Change::ForgetOutcomes(outcomes)]).await;
}

pub(super) async fn reads_see_acknowledged_writes(store: &dyn Store) {
    with_keys(store, &[1]).await;
    for round in 1..200 {
        let description = round.to_string();
        let key = Key { revision: Revision(round), description: description.as_str().into(), ..key(1) };
        commit(store, vec![Change::PutKey(key)]).await;
        let reads = join_all((0..4).map(|_| store.key(key_id(1)))).await;
        for read in reads {
            assert_eq!(*read.unwrap().unwrap().key.description, description);
        }
    }
}

/// The adapter's own tests open the copy; here it has to appear, once, and be in nobody's way.
pub(super) async fn a_copy_is_complete_while_others_write(store: &dyn Store) {
    with_keys(store, &[1]).await;
    let directory = std::env::temp_dir();
    let path = directory.join(format!("claviger-copy-{}-{}", std::process::id(), request()));
    let writes = async {
        for number in 2..100 {
            commit(store, vec![Change::PutKey(key(number))]).await;
        }
    };
    let copy = tokio::time::timeout(Duration::from_secs(60), store.backup(&path));
    let (copied, ()) = join(copy, writes).await;
    copied.expect("a copy does not wait for writers to pause").unwrap();
    let again = store.backup(&path).await;
    assert!(matches!(again, Err(StoreError::Unavailable(_))), "nothing is overwritten: {again:?}");
    assert!(std::fs::metadata(&path).unwrap().len() > 0);
    std::fs::remove_file(&path).unwrap();
    let batch = Batch { outcome: request(), changes: vec![Change::PutKey(key(200))] };
    store.commit(batch).await.unwrap();
}
