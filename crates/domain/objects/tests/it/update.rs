use claviger_core::Reason;
use claviger_objects::{DestroyObject, NewObject, UpdateObject};
use claviger_testkit::TestService;
use claviger_types::{ObjectId, Revision};

use crate::make::*;

async fn update(t: &TestService, id: ObjectId, object: NewObject) -> UpdateObject {
    UpdateObject { id, revision: view(t, &t.admin, id).await.object.revision, object }
}

#[tokio::test]
async fn what_clients_say_is_replaced() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, symmetric("a")).await.object;
    let said = NewObject {
        names: Box::new(["b".into(), "c".into()]),
        groups: Box::new(["g".into()]),
        usage_mask: DECRYPT,
        sensitive: true,
        activation: Some(t.service.clock().now().plus_secs(10)),
        deactivation: Some(t.service.clock().now().plus_secs(20)),
        attributes: b"attributes".as_slice().into(),
    };
    let first = UpdateObject { id: made.id, revision: made.revision, object: said.clone() };
    let updated = t.ok(&t.admin, first).await;
    let seen = view(&t, &t.admin, made.id).await;
    assert_eq!(updated.object, seen.object, "what is answered is what is stored");
    assert_eq!((&seen.object.names, &seen.object.groups), (&said.names, &said.groups));
    assert_eq!((&*seen.object.attributes, seen.object.usage_mask), (&b"attributes"[..], DECRYPT));
    // The answer is enough to go on from.
    let again = UpdateObject { id: made.id, revision: updated.object.revision, object: said.clone() };
    t.ok(&t.admin, again).await;
    let insensitive = NewObject { sensitive: false, ..said };
    let operation = update(&t, made.id, insensitive).await;
    t.refused(&t.admin, operation, Reason::InvalidRequest).await;
}

/// A value that can't be wrapped could never be read again.
#[tokio::test]
async fn what_is_only_kept_does_not_become_sensitive() {
    let t = TestService::new().await;
    let id = t.ok(&t.admin, secret("s", &[1; 32])).await.id;
    let operation = update(&t, id, NewObject { sensitive: true, ..new_object("s", 0) }).await;
    t.refused(&t.admin, operation, Reason::InvalidRequest).await;
    let operation = update(&t, id, new_object("again", 0)).await;
    t.ok(&t.admin, operation).await;
}

#[tokio::test]
async fn a_stale_revision_is_refused() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, symmetric("a")).await.object;
    let from = |revision| UpdateObject { id: made.id, revision, object: new_object("b", 0) };
    t.ok(&t.admin, from(made.revision)).await;
    for stale in [made.revision, Revision::NEW, Revision(9)] {
        t.refused(&t.admin, from(stale), Reason::ConcurrentChange).await;
    }
}

#[tokio::test]
async fn only_dates_to_come_can_be_changed() {
    let t = TestService::new().await;
    let at = |secs| Some(t.service.clock().now().plus_secs(secs));
    let id = t.ok(&t.admin, symmetric("a")).await.object.id;
    let dated = |activation, deactivation| NewObject { activation, deactivation, ..new_object("a", 0) };
    for object in [dated(at(0), None), dated(at(-1), None), dated(at(9), at(8)), dated(None, at(0))] {
        let operation = update(&t, id, object).await;
        t.refused(&t.admin, operation, Reason::InvalidRequest).await;
    }
    let operation = update(&t, id, dated(at(10), at(20))).await;
    t.ok(&t.admin, operation).await;
    let active = active_symmetric(&t, &t.admin, "b").await;
    let activation = view(&t, &t.admin, active).await.object.dates.activation;
    let operation = update(&t, active, dated(at(10), None)).await;
    t.refused(&t.admin, operation, Reason::InvalidRequest).await;
    let operation = update(&t, active, dated(activation, at(20))).await;
    t.ok(&t.admin, operation).await;
    t.ok(&t.admin, revoke(active, false)).await;
    let operation = update(&t, active, dated(activation, None)).await;
    t.refused(&t.admin, operation, Reason::InvalidRequest).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    let operation = update(&t, id, dated(at(30), None)).await;
    t.refused(&t.admin, operation, Reason::InvalidRequest).await;
}
