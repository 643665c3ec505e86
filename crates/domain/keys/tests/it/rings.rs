use claviger_core::{KeyRef, KeyRefName, PermissionTarget, Reason};
use claviger_keys::{
    CreateKey, CreateKeyRing, DescribeKey, GetAttachedPolicy, GetKeyPolicy, GetKeyRing, ListKeyRings,
    ListRingKeys, PolicyOwner, PutKeyPolicy, SetAttachedPolicy, TestPermissions, default_policy,
};
use claviger_ports::RingCursor;
use claviger_testkit::TestService;
use claviger_types::{AttachedPolicy, KeyRingName, KeySpec, KeyUsage, RingKeyName};

use crate::make::{aes, encrypt};

fn ring(name: &str) -> KeyRingName {
    name.parse().unwrap()
}

fn named(name: &str) -> RingKeyName {
    name.parse().unwrap()
}

fn at(in_ring: &str, name: &str) -> KeyRef {
    KeyRef { account: None, name: KeyRefName::Ring(ring(in_ring), named(name)) }
}

fn create(in_ring: &str, name: &str) -> CreateKey {
    CreateKey {
        place: Some((ring(in_ring), named(name))),
        ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt)
    }
}

async fn with_ring(name: &str) -> TestService {
    let t = TestService::new().await;
    t.ok(&t.admin, CreateKeyRing { name: ring(name) }).await;
    t
}

/// A policy of a ring that allows `action` to a principal.
fn allowing(action: &str, arn: &str, source: &str) -> AttachedPolicy {
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},
            "Action":"{action}","Resource":"*"}}]}}"#
    );
    AttachedPolicy { document: document.into(), source: source.into() }
}

#[tokio::test]
async fn rings_are_unique_and_listed_with_the_default_one() {
    let t = with_ring("west").await;
    t.refused(&t.admin, CreateKeyRing { name: ring("west") }, Reason::AlreadyExists).await;
    t.refused(&t.admin, CreateKeyRing { name: ring("default") }, Reason::AlreadyExists).await;
    t.ok(&t.admin, CreateKeyRing { name: ring("a") }).await;
    let page = async |after: Option<&str>, limit| {
        let page = t.ok(&t.admin, ListKeyRings { after: after.map(ring), limit }).await;
        (page.items.iter().map(|ring| ring.name.to_string()).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(page(None, 9).await, (vec!["a".into(), "default".into(), "west".into()], false));
    assert_eq!(page(None, 1).await, (vec!["a".into()], true));
    assert_eq!(page(Some("a"), 1).await, (vec!["default".into()], true));
    assert_eq!(page(Some("default"), 1).await, (vec!["west".into()], false));
    assert!(t.ok(&t.admin, GetKeyRing { name: ring("default") }).await.policy.is_none());
}

#[tokio::test]
async fn a_name_in_a_ring_is_given_once() {
    let t = with_ring("west").await;
    let made = t.ok(&t.admin, create("west", "k")).await.key;
    t.refused(&t.admin, create("west", "k"), Reason::AlreadyExists).await;
    t.refused(&t.admin, create("nowhere", "k"), Reason::NotFound).await;
    let like_an_id = create("west", &made.id.to_string());
    t.refused(&t.admin, like_an_id, Reason::InvalidRequest).await;
    let found = t.ok(&t.admin, DescribeKey { key: at("west", "k") }).await;
    assert_eq!(found.entry.id(), made.id);
    t.refused(&t.admin, DescribeKey { key: at("default", "k") }, Reason::NotFound).await;
    // By its id it is a key like any other; but its path is its own.
    t.ok(&t.admin, DescribeKey { key: KeyRef::id(made.id) }).await;
    let by_id = at("default", &made.id.to_string());
    t.refused(&t.admin, DescribeKey { key: by_id }, Reason::NotFound).await;
}

#[tokio::test]
async fn keys_without_a_name_are_in_the_default_ring_by_their_ids() {
    let t = with_ring("west").await;
    let mut ids = [aes(&t).await, aes(&t).await];
    ids.sort();
    t.ok(&t.admin, create("default", "named")).await;
    t.ok(&t.admin, create("west", "elsewhere")).await;
    let found = t.ok(&t.admin, DescribeKey { key: at("default", &ids[0].to_string()) }).await;
    assert_eq!(found.entry.id(), ids[0]);
    t.refused(&t.admin, DescribeKey { key: at("west", &ids[0].to_string()) }, Reason::NotFound).await;
    let list = |after, limit| ListRingKeys { ring: ring("default"), after, limit };
    let all = t.ok(&t.admin, list(None, 9)).await;
    assert_eq!(all.items.len(), 3);
    assert_eq!(all.items[0].key.place.name, Some(named("named")));
    assert_eq!([all.items[1].key.id, all.items[2].key.id], ids);
    let first = t.ok(&t.admin, list(None, 1)).await;
    assert!(first.more && first.items.len() == 1);
    let second = t.ok(&t.admin, list(Some(RingCursor::Name(named("named"))), 1)).await;
    assert!(second.more && second.items[0].key.id == ids[0]);
    let third = t.ok(&t.admin, list(Some(RingCursor::Id(ids[0])), 1)).await;
    assert!(!third.more && third.items[0].key.id == ids[1]);
}

#[tokio::test]
async fn a_rings_policy_allows_as_identity_policies_do() {
    let t = with_ring("west").await;
    let inside = t.ok(&t.admin, create("west", "k")).await.key.id;
    let outside = aes(&t).await;
    let app = t.principal("app", &[]).await;
    t.refused(&app, encrypt(inside, b"x"), Reason::Denied).await;
    let target = || PermissionTarget::Ring(ring("west"));
    let set = |policy, expected| SetAttachedPolicy { target: target(), policy, expected };
    let policy = allowing("kms:Encrypt", &app.identity.arn, "one");
    t.ok(&t.admin, set(policy.clone(), Some(None))).await;
    t.ok(&app, encrypt(inside, b"x")).await;
    t.refused(&app, encrypt(outside, b"x"), Reason::Denied).await;
    let test = |actions| TestPermissions { target: target(), actions };
    assert_eq!(t.ok(&app, test(vec!["kms:Encrypt", "kms:Decrypt"])).await, ["kms:Encrypt"]);
    let read = t.ok(&t.admin, GetAttachedPolicy { target: target() }).await;
    assert_eq!(read, PolicyOwner::Source(policy));
    // A key whose own policy is locked down stays so.
    let locked = PutKeyPolicy {
        key: KeyRef::id(inside),
        name: None,
        policy: default_policy(t.account).replace(":root", ":user/admin").into(),
        bypass_lockout_check: true,
    };
    t.ok(&t.admin, locked).await;
    t.refused(&app, encrypt(inside, b"x"), Reason::Denied).await;
    // Whoever has read an older one does not overwrite a newer one, and what is taken back counts at once.
    let nothing = allowing("kms:Verify", &app.identity.arn, "two");
    t.refused(&t.admin, set(nothing.clone(), Some(None)), Reason::ConcurrentChange).await;
    t.ok(&t.admin, set(nothing, Some(Some("one".into())))).await;
    assert_eq!(t.ok(&app, test(vec!["kms:Encrypt"])).await, Vec::<&str>::new());
}

#[tokio::test]
async fn a_keys_policy_belongs_to_the_language_that_it_was_written_in() {
    let t = with_ring("west").await;
    let key = t.ok(&t.admin, create("west", "k")).await.key.id;
    let target = || PermissionTarget::Key(KeyRef::id(key));
    let get = || GetAttachedPolicy { target: target() };
    assert_eq!(t.ok(&t.admin, get()).await, PolicyOwner::Nobody);
    let policy = AttachedPolicy { document: default_policy(t.account).into(), source: "mine".into() };
    let set = |policy| SetAttachedPolicy { target: target(), policy, expected: None };
    let locking = allowing("kms:Encrypt", &t.admin.identity.arn, "mine");
    t.refused(&t.admin, set(locking), Reason::MalformedPolicy).await;
    let typo = allowing("kms:Encypt", &t.admin.identity.arn, "mine");
    t.refused(&t.admin, set(typo), Reason::MalformedPolicy).await;
    t.ok(&t.admin, set(policy.clone())).await;
    assert_eq!(t.ok(&t.admin, get()).await, PolicyOwner::Source(policy.clone()));
    // The other language shows it, and may not change it.
    let shown = t.ok(&t.admin, GetKeyPolicy { key: KeyRef::id(key), name: None }).await;
    assert_eq!(*shown, *policy.document);
    let put = |key, policy: &str| PutKeyPolicy {
        key: KeyRef::id(key),
        name: None,
        policy: policy.into(),
        bypass_lockout_check: false,
    };
    t.refused(&t.admin, put(key, &policy.document), Reason::Unsupported).await;
    // And the other way round.
    let theirs = aes(&t).await;
    let document = default_policy(t.account).replace("kms:*", "kms:PutKeyPolicy");
    t.ok(&t.admin, put(theirs, &document)).await;
    let target = PermissionTarget::Key(KeyRef::id(theirs));
    t.refused(&t.admin, SetAttachedPolicy { target, policy, expected: None }, Reason::KeyState).await;
}

#[tokio::test]
async fn permissions_on_what_is_not_there_are_none() {
    let t = TestService::new().await;
    for target in [PermissionTarget::Key(at("west", "k")), PermissionTarget::Ring(ring("west"))] {
        let test = TestPermissions { target, actions: vec!["kms:Encrypt"] };
        assert!(t.ok(&t.admin, test).await.is_empty());
    }
}
