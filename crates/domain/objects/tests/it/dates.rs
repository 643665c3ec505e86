use claviger_core::{KeyRef, Reason};
use claviger_keys::SetVersionEnabled;
use claviger_objects::{ActivateObject, CreateObject, DestroyObject, MaintainObject, NewObject};
use claviger_testkit::TestService;
use claviger_types::{ObjectId, ObjectState, Timestamp, VersionNumber};

use crate::make::*;

/// Does what the worker does; how many objects were due.
async fn work(t: &TestService) -> usize {
    let due = t.service.due_objects(10).await.unwrap();
    let count = due.len();
    for (cx, id) in due {
        t.call_as(cx, MaintainObject { id }).await.unwrap();
    }
    assert!(t.service.due_objects(10).await.unwrap().is_empty(), "nothing is due twice");
    count
}

fn dated(mut create: CreateObject, activation: Timestamp, deactivation: Timestamp) -> CreateObject {
    for object in [Some(&mut create.object), create.public.as_mut()].into_iter().flatten() {
        (object.activation, object.deactivation) = (Some(activation), Some(deactivation));
    }
    create
}

async fn state(t: &TestService, id: ObjectId) -> ObjectState {
    view(t, &t.admin, id).await.state
}

#[tokio::test]
async fn dates_come_true_by_themselves() {
    let t = TestService::new().await;
    let start = t.service.clock().now();
    let (on, off) = (start.plus_secs(10), start.plus_secs(20));
    let key = t.ok(&t.admin, dated(symmetric("a"), on, off)).await.object.id;
    let pair = t.ok(&t.admin, dated(pair("b"), on, off)).await;
    let register = secret("s", b"x");
    let object = NewObject { activation: Some(on), deactivation: Some(off), ..register.object };
    let data = t.ok(&t.admin, claviger_objects::RegisterObject { object, ..secret("s", b"x") }).await.id;
    let all = [key, pair.object.id, pair.public.unwrap().id, data];
    t.clock.set(on.plus_secs(-1));
    assert_eq!(work(&t).await, 0);
    t.refused(&t.admin, encrypt(key), Reason::KeyState).await;
    t.clock.set(on);
    assert_eq!(work(&t).await, 4);
    for id in all {
        assert_eq!(state(&t, id).await, ObjectState::Active);
    }
    let sealed = t.ok(&t.admin, encrypt(key)).await;
    t.ok(&t.admin, sign(pair.object.id)).await;
    t.clock.set(off);
    assert_eq!(work(&t).await, 4);
    for id in all {
        assert_eq!(state(&t, id).await, ObjectState::Deactivated);
        assert_eq!(view(&t, &t.admin, id).await.object.dates.deactivation, Some(off));
    }
    t.refused(&t.admin, encrypt(key), Reason::KeyState).await;
    t.ok(&t.admin, decrypt(key, &sealed)).await;
}

#[tokio::test]
async fn what_was_slept_through_is_made_up_for() {
    let t = TestService::new().await;
    let start = t.service.clock().now();
    let (on, off) = (start.plus_secs(10), start.plus_secs(20));
    let slept = t.ok(&t.admin, dated(symmetric("a"), on, off)).await.object.id;
    t.clock.set(off.plus_secs(5));
    assert_eq!(work(&t).await, 1);
    assert_eq!(state(&t, slept).await, ObjectState::Deactivated);
    // What is made with dates of the past begins where they lead.
    let late = t.ok(&t.admin, dated(symmetric("b"), on, off)).await.object;
    assert_eq!((late.state, state(&t, late.id).await), (ObjectState::Deactivated, ObjectState::Deactivated));
    t.refused(&t.admin, encrypt(late.id), Reason::KeyState).await;
    let mut only_ends = symmetric("c");
    only_ends.object.deactivation = Some(off);
    let id = t.ok(&t.admin, only_ends).await.object.id;
    t.refused(&t.admin, ActivateObject { id }, Reason::InvalidRequest).await;
    assert_eq!(work(&t).await, 0);
}

/// A disabled version is stricter than a deactivated one, and must not become usable by a date.
#[tokio::test]
async fn a_key_that_is_disabled_stays_so() {
    let t = TestService::new().await;
    let start = t.service.clock().now();
    let create = dated(symmetric("a"), start, start.plus_secs(10));
    let id = t.ok(&t.admin, create).await.object.id;
    let sealed = t.ok(&t.admin, encrypt(id)).await;
    let enable =
        |enabled| SetVersionEnabled { key: KeyRef::id(id.key()), version: VersionNumber::FIRST, enabled };
    t.ok(&t.admin, enable(false)).await;
    t.clock.advance(10);
    assert_eq!(work(&t).await, 1);
    t.refused(&t.admin, decrypt(id, &sealed), Reason::KeyDisabled).await;
    t.ok(&t.admin, enable(true)).await;
    assert_eq!(state(&t, id).await, ObjectState::Deactivated);
    t.refused(&t.admin, encrypt(id), Reason::KeyState).await;
    t.ok(&t.admin, decrypt(id, &sealed)).await;
}

#[tokio::test]
async fn only_the_service_itself_maintains_objects() {
    let t = TestService::new().await;
    let on = t.service.clock().now().plus_secs(10);
    let id = t.ok(&t.admin, dated(symmetric("a"), on, on)).await.object.id;
    t.refused(&t.admin, MaintainObject { id }, Reason::Denied).await;
    t.clock.set(on);
    t.refused(&t.admin, MaintainObject { id }, Reason::Denied).await;
    // What somebody did meanwhile wins.
    let due = t.service.due_objects(10).await.unwrap();
    t.ok(&t.admin, DestroyObject { id }).await;
    for (cx, id) in due {
        assert_eq!(t.call_as(cx, MaintainObject { id }).await.unwrap(), ObjectState::Destroyed);
    }
}
