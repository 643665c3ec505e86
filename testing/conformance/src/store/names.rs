use claviger_ports::{AliasRecord, Change, Store};
use claviger_types::KeyName;

use super::samples::*;

async fn named(store: &dyn Store, project: u8, name: &str) -> Option<u8> {
    let key = store.key_named(account(project), &alias(name).to_key_name()).await.unwrap();
    key.map(|key| key.as_bytes()[0])
}

fn move_alias(name: &str, project: u8, key: u8) -> Change {
    Change::MoveName {
        project: account(project),
        name: alias(name).to_key_name(),
        key: key_id(key),
        updated: time(50),
    }
}

fn delete_alias(name: &str, project: u8) -> Change {
    Change::DeleteName { project: account(project), name: alias(name).to_key_name() }
}

async fn aliases(store: &dyn Store, key: Option<u8>, after: Option<&str>, limit: usize) -> (String, bool) {
    let after = after.map(alias);
    let page = store.aliases(account(1), key.map(key_id), after.as_ref(), limit).await.unwrap();
    let names: Vec<&str> = page.items.iter().map(|record| record.name.as_str()).collect();
    (names.join(" "), page.more)
}

pub(super) async fn names_are_unique_in_a_project(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    commit(store, vec![Change::InsertProject(project(2)), insert_alias("a", 1, 1)]).await;
    conflict(store, vec![insert_alias("a", 1, 2)]).await;
    conflict(store, vec![insert_alias("a", 1, 1)]).await;
    commit(store, vec![insert_alias("a", 2, 2), insert_alias("A", 1, 2)]).await;
    assert_eq!(named(store, 1, "a").await, Some(1));
    assert_eq!(named(store, 1, "A").await, Some(2));
    assert_eq!(named(store, 2, "a").await, Some(2));
    assert_eq!(named(store, 2, "A").await, None);
}

pub(super) async fn names_move(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    conflict(store, vec![move_alias("a", 1, 2)]).await;
    commit(store, vec![insert_alias("a", 1, 1)]).await;
    commit(store, vec![move_alias("a", 1, 2)]).await;
    assert_eq!(named(store, 1, "a").await, Some(2));
    let page = store.aliases(account(1), None, None, 9).await.unwrap();
    let expected = AliasRecord { name: alias("a"), key: key_id(2), created: time(4), updated: time(50) };
    assert_eq!(page.items, [expected]);
    assert!(store.key(key_id(1)).await.unwrap().unwrap().aliases.is_empty());
    assert_eq!(*store.key(key_id(2)).await.unwrap().unwrap().aliases, [alias("a")]);
    conflict(store, vec![move_alias("a", 1, 9)]).await;
    assert_eq!(named(store, 1, "a").await, Some(2));
}

pub(super) async fn names_are_deleted(store: &dyn Store) {
    with_keys(store, &[1]).await;
    conflict(store, vec![delete_alias("a", 1)]).await;
    commit(store, vec![insert_alias("a", 1, 1)]).await;
    conflict(store, vec![delete_alias("a", 2)]).await;
    commit(store, vec![delete_alias("a", 1)]).await;
    assert_eq!(named(store, 1, "a").await, None);
    commit(store, vec![insert_alias("a", 1, 1)]).await;
    assert_eq!(named(store, 1, "a").await, Some(1));
}

pub(super) async fn namespaces_are_apart(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let path = KeyName { namespace: "resource-path", value: FOREIGN.into() };
    let twin = KeyName { namespace: "resource-path", value: "a".into() };
    let changes =
        vec![insert_alias("a", 1, 1), insert_name(path.clone(), 1, 2), insert_name(twin.clone(), 1, 2)];
    commit(store, changes).await;
    assert_eq!(store.key_named(account(1), &path).await.unwrap(), Some(key_id(2)));
    assert_eq!(store.key_named(account(1), &twin).await.unwrap(), Some(key_id(2)));
    assert_eq!(named(store, 1, "a").await, Some(1));
    assert_eq!(aliases(store, None, None, 9).await, ("a".into(), false));
    assert!(store.key(key_id(2)).await.unwrap().unwrap().aliases.is_empty());
}

pub(super) async fn aliases_page_by_name(store: &dyn Store) {
    with_keys(store, &[1, 2]).await;
    let names = ["b", "a/b", "Z", "a", "a-b", "_"];
    commit(store, names.map(|name| insert_alias(name, 1, 1)).into()).await;
    commit(store, vec![Change::InsertProject(project(2)), insert_alias("c", 2, 1), insert_alias("d", 1, 2)])
        .await;
    let all = "Z _ a a-b a/b b d";
    assert_eq!(aliases(store, None, None, 7).await, (all.into(), false));
    assert_eq!(aliases(store, None, None, usize::MAX).await, (all.into(), false));
    assert_eq!(aliases(store, None, None, 3).await, ("Z _ a".into(), true));
    assert_eq!(aliases(store, None, Some("a"), 2).await, ("a-b a/b".into(), true));
    assert_eq!(aliases(store, None, Some("aa"), 9).await, ("b d".into(), false), "the place need not exist");
    assert_eq!(aliases(store, None, Some("d"), 9).await, (String::new(), false));
    assert_eq!(aliases(store, Some(2), None, 9).await, ("d".into(), false));
    assert_eq!(aliases(store, Some(1), Some("_"), 2).await, ("a a-b".into(), true));
    assert_eq!(
        aliases(store, Some(1), None, 9).await,
        ("Z _ a a-b a/b b".into(), false),
        "only of the project"
    );
    assert_eq!(aliases(store, Some(9), None, 9).await, (String::new(), false));
}
