use claviger_core::{KeyRef, Reason};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{Days, KeyId, KeyOrigin, KeySpec, KeyUsage};

use crate::{
    CreateAlias, DeleteAlias, DescribeKey, ListAliases, ScheduleKeyDeletion, UpdateAlias,
    fixtures::{aes_key, alias, aliased, by_alias, key},
};

async fn names(t: &TestService, key: Option<KeyId>) -> Vec<String> {
    let page = t.ok(&t.admin, ListAliases { key, after: None, limit: 100 }).await;
    assert!(!page.more);
    page.items.iter().map(|item| item.name.to_string()).collect()
}

async fn named(t: &TestService, name: &str) -> KeyId {
    t.ok(&t.admin, DescribeKey { key: by_alias(name) }).await.entry.id()
}

async fn schedule_deletion(t: &TestService, key: KeyId) {
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(key), window: Days(7) }).await;
}

fn create(name: &str, key: KeyId) -> CreateAlias {
    CreateAlias { alias: alias(name), key: KeyRef::id(key) }
}

fn update(name: &str, key: KeyId) -> UpdateAlias {
    UpdateAlias { alias: alias(name), key: KeyRef::id(key) }
}

#[tokio::test]
async fn an_alias_names_its_key_until_it_is_moved_or_deleted() {
    let t = TestService::new().await;
    let (first, second) = (aes_key(&t).await, aes_key(&t).await);
    t.ok(&t.admin, create("app/data", first)).await;
    assert_eq!(named(&t, "app/data").await, first);
    t.ok(&t.admin, update("app/data", second)).await;
    assert_eq!(named(&t, "app/data").await, second);
    assert_eq!(names(&t, Some(first)).await, [""; 0]);
    assert_eq!(names(&t, Some(second)).await, ["app/data"]);
    t.ok(&t.admin, update("app/data", second)).await;
    t.ok(&t.admin, DeleteAlias { alias: alias("app/data") }).await;
    assert_eq!(names(&t, None).await, [""; 0]);
    t.refused(&t.admin, DescribeKey { key: by_alias("app/data") }, Reason::NotFound).await;
}

#[tokio::test]
async fn aliases_that_cannot_be_made_are_refused() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    aliased(&t, "taken", key).await;
    let target = |name: &str| CreateAlias { alias: alias("new"), key: by_alias(name) };
    t.refused(&t.admin, create("taken", key), Reason::AlreadyExists).await;
    t.refused(&t.admin, create("aws/s3", key), Reason::InvalidAliasName).await;
    t.refused(&t.admin, target("taken"), Reason::InvalidRequest).await;
    t.refused(&t.admin, create("new", KeyId::from_random([7; 16])), Reason::NotFound).await;
    schedule_deletion(&t, key).await;
    t.refused(&t.admin, create("new", key), Reason::KeyState).await;
    assert_eq!(names(&t, None).await, ["taken"]);
}

#[tokio::test]
async fn the_message_for_a_taken_alias_names_it() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    aliased(&t, "taken", key).await;
    let error = t.refusal(&t.admin, create("taken", key)).await;
    let expected = "An alias with the name arn:aws:kms:eu-test-1:111122223333:alias/taken already exists";
    assert_eq!(error.public(), expected);
}

#[tokio::test]
async fn a_key_has_at_most_fifty_aliases() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    for number in 0..50 {
        aliased(&t, &format!("name-{number}"), key).await;
    }
    t.refused(&t.admin, create("one-more", key), Reason::Quota).await;
    assert_eq!(names(&t, Some(key)).await.len(), 50);
}

#[tokio::test]
async fn of_two_who_want_the_same_alias_at_once_one_gets_it() {
    let t = TestService::new().await;
    let (first, second) = (aes_key(&t).await, aes_key(&t).await);
    let (one, other) =
        tokio::join!(t.call(&t.admin, create("wanted", first)), t.call(&t.admin, create("wanted", second)));
    let refused = [one, other].into_iter().filter_map(Result::err).map(|error| error.reason());
    assert_eq!(refused.collect::<Vec<_>>(), [Reason::AlreadyExists]);
}

#[tokio::test]
async fn an_alias_moves_only_between_keys_of_one_kind() {
    let t = TestService::new().await;
    let aes = aes_key(&t).await;
    let signing = key(&t, KeySpec::EcP256, KeyUsage::Sign, KeyOrigin::Generated).await;
    let mac = key(&t, KeySpec::Hmac256, KeyUsage::Mac, KeyOrigin::Generated).await;
    aliased(&t, "data", aes).await;
    t.refused(&t.admin, update("data", signing), Reason::InvalidRequest).await;
    t.refused(&t.admin, update("data", mac), Reason::InvalidRequest).await;
    t.refused(&t.admin, update("absent", aes), Reason::NotFound).await;
    t.refused(&t.admin, UpdateAlias { alias: alias("data"), key: by_alias("data") }, Reason::InvalidRequest)
        .await;
    assert_eq!(named(&t, "data").await, aes);
}

#[tokio::test]
async fn an_alias_moves_away_from_a_key_pending_deletion_but_not_to_one() {
    let t = TestService::new().await;
    let (old, new, doomed) = (aes_key(&t).await, aes_key(&t).await, aes_key(&t).await);
    aliased(&t, "data", old).await;
    schedule_deletion(&t, old).await;
    schedule_deletion(&t, doomed).await;
    let error = t.refusal(&t.admin, update("data", doomed)).await;
    assert_eq!(error.reason(), Reason::KeyState);
    assert!(error.public().contains("is pending deletion"), "{}", error.public());
    t.ok(&t.admin, update("data", new)).await;
    assert_eq!(named(&t, "data").await, new);
}

#[tokio::test]
async fn deleting_an_alias_that_is_not_there_is_refused() {
    let t = TestService::new().await;
    t.refused(&t.admin, DeleteAlias { alias: alias("absent") }, Reason::NotFound).await;
}

#[tokio::test]
async fn a_key_of_another_project_gets_no_alias() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    aliased(&t, "data", key).await;
    let stranger = t.stranger("999988887777", "admin", &[ALLOW_ALL]).await;
    let theirs = KeyRef { account: Some(t.account), ..KeyRef::id(key) };
    t.refused(&stranger, CreateAlias { alias: alias("mine"), key: theirs }, Reason::Denied).await;
    t.refused(&stranger, create("mine", key), Reason::NotFound).await;
    t.refused(&stranger, DeleteAlias { alias: alias("data") }, Reason::NotFound).await;
    t.refused(&stranger, ListAliases { key: Some(key), after: None, limit: 1 }, Reason::NotFound).await;
    assert_eq!(t.ok(&stranger, ListAliases { key: None, after: None, limit: 9 }).await.items, []);
}

#[tokio::test]
async fn a_listing_has_pages() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    for name in ["a", "b", "c"] {
        aliased(&t, name, key).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = t.ok(&t.admin, ListAliases { key: None, after, limit: 2 }).await;
        seen.push(page.items.len());
        after = page.items.last().map(|item| item.name.clone());
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, [2, 1]);
    let absent = ListAliases { key: Some(KeyId::from_random([7; 16])), after: None, limit: 2 };
    t.refused(&t.admin, absent, Reason::NotFound).await;
}
