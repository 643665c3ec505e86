use claviger_core::{KeyRef, Reason};
use claviger_keys::{
    CreateKey, DestroyVersion, DisableKey, EnableKeyRotation, MaintainKey, Maintenance, RestoreVersion,
    RotateKeyOnDemand, ScheduleKeyDeletion, SetVersionEnabled,
};
use claviger_objects::{
    ActivateObject, CreateObject, DescribeObject, DestroyObject, GetObject, LocateObjects,
};
use claviger_ports::ObjectFilter;
use claviger_testkit::TestService;
use claviger_types::{
    Days, KeyOrigin, KeySpec, KeyUsage, ObjectId, ObjectKind, ObjectState, Revision, VersionNumber,
};

use crate::make::*;

async fn key(t: &TestService, spec: KeySpec, usage: KeyUsage) -> ObjectId {
    ObjectId::of_key(t.ok(&t.admin, CreateKey::new(spec, usage)).await.key.id)
}

/// One whose policy lets the account decide on everything, not only on `kms:*`.
async fn open_key(t: &TestService, spec: KeySpec, usage: KeyUsage) -> ObjectId {
    let account = t.account;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},
            "Action":["kms:*","claviger:*"],"Resource":"*"}}}}"#
    );
    let create = CreateKey { policy: Some(policy.into()), ..CreateKey::new(spec, usage) };
    ObjectId::of_key(t.ok(&t.admin, create).await.key.id)
}

/// The default policy of keys says nothing of what only objects can suffer.
#[tokio::test]
async fn keys_of_other_fronts_are_not_destroyed_at_once() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    t.ok(&t.admin, revoke(id, false)).await;
    t.refused(&t.admin, DestroyObject { id }, Reason::Denied).await;
    t.refused(&t.admin, GetObject { id, wrap: None }, Reason::Denied).await;
}

fn public_half(id: ObjectId) -> ObjectId {
    ObjectId::of_public_half(id.key())
}

#[tokio::test]
async fn a_key_of_another_front_is_seen_and_used() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    let private = view(&t, &t.admin, id).await;
    assert_eq!((private.object.kind, private.state), (ObjectKind::PrivateKey, ObjectState::Active));
    assert_eq!((private.object.usage_mask, private.object.extractable), (SIGN, false));
    assert_eq!(private.object.revision, Revision::NEW);
    let public = view(&t, &t.admin, public_half(id)).await;
    assert_eq!((public.object.kind, public.object.usage_mask), (ObjectKind::PublicKey, VERIFY));
    t.ok(&t.admin, GetObject { id: public_half(id), wrap: None }).await;
    t.refused(&t.admin, GetObject { id, wrap: None }, Reason::Denied).await;
    let open = open_key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    t.refused(&t.admin, GetObject { id: open, wrap: None }, Reason::NotExtractable).await;
    let signature = t.ok(&t.admin, sign(id)).await.signature;
    t.ok(&t.admin, verify(public_half(id), &signature)).await;
    t.refused(&t.admin, sign(public_half(id)), Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn a_symmetric_key_has_no_public_half() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    t.refused(&t.admin, DescribeObject { id: public_half(id) }, Reason::NotFound).await;
    t.refused(&t.admin, DestroyObject { id: public_half(id) }, Reason::NotFound).await;
    t.refused(&t.admin, encrypt(public_half(id)), Reason::NotFound).await;
    t.ok(&t.admin, encrypt(id)).await;
}

#[tokio::test]
async fn its_first_change_makes_a_record() {
    let t = TestService::new().await;
    let id = open_key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    t.refused(&t.admin, ActivateObject { id }, Reason::KeyState).await;
    t.ok(&t.admin, revoke(id, false)).await;
    assert_eq!(view(&t, &t.admin, id).await.object.revision, Revision(1));
    t.refused(&t.admin, encrypt(id), Reason::KeyState).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Destroyed);
    // Also what never had one.
    let id = open_key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    t.ok(&t.admin, DisableKey { key: KeyRef::id(id.key()) }).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Destroyed);
}

/// A version without material that was made active would be a key that no import can complete.
#[tokio::test]
async fn what_waits_for_its_material_is_not_activated() {
    let t = TestService::new().await;
    let create =
        CreateKey { origin: KeyOrigin::Imported, ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt) };
    let id = ObjectId::of_key(t.ok(&t.admin, create).await.key.id);
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::PreActive);
    t.refused(&t.admin, ActivateObject { id }, Reason::KeyState).await;
    t.refused(&t.admin, revoke(id, true), Reason::KeyState).await;
}

#[tokio::test]
async fn what_other_fronts_do_is_seen() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, CreateObject { exportable: true, ..active(&t, symmetric("a")) }).await;
    let id = made.object.id;
    let enable =
        |enabled| SetVersionEnabled { key: KeyRef::id(id.key()), version: VersionNumber::FIRST, enabled };
    t.ok(&t.admin, enable(false)).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Deactivated);
    t.refused(&t.admin, encrypt(id), Reason::KeyDisabled).await;
    t.refused(&t.admin, GetObject { id, wrap: None }, Reason::KeyDisabled).await;
    t.ok(&t.admin, enable(true)).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Active);
    // Compromised while it was disabled: it stays so.
    t.ok(&t.admin, enable(false)).await;
    t.ok(&t.admin, revoke(id, true)).await;
    t.refused(&t.admin, enable(true), Reason::KeyState).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Compromised);
}

#[tokio::test]
async fn a_key_that_the_worker_destroys_leaves_destroyed_objects() {
    let t = TestService::new().await;
    let (private, public) = active_pair(&t, &t.admin, "a").await;
    let schedule = ScheduleKeyDeletion { key: KeyRef::id(private.key()), window: Days(7) };
    t.ok(&t.admin, schedule).await;
    assert_eq!(view(&t, &t.admin, private).await.state, ObjectState::Deactivated);
    t.clock.set(t.service.clock().now().plus_days(Days(8)));
    let (cx, key) = t.service.due_keys(10).await.unwrap().remove(0);
    assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::Destroyed);
    for id in [private, public] {
        let seen = view(&t, &t.admin, id).await;
        assert_eq!((seen.state, seen.object.state), (ObjectState::Destroyed, ObjectState::Destroyed));
    }
    let all = LocateObjects { filter: ObjectFilter::default(), after: None, limit: 10 };
    assert!(t.ok(&t.admin, all).await.items.is_empty());
}

#[tokio::test]
async fn what_is_revoked_is_not_rotated() {
    let t = TestService::new().await;
    let id = open_key(&t, KeySpec::Aes256, KeyUsage::Encrypt).await;
    let key = || KeyRef::id(id.key());
    t.ok(&t.admin, RotateKeyOnDemand { key: key() }).await;
    t.ok(&t.admin, EnableKeyRotation { key: key(), period: Some(Days(90)) }).await;
    t.clock.set(t.service.clock().now().plus_days(Days(91)));
    let (cx, due) = t.service.due_keys(10).await.unwrap().remove(0);
    t.ok(&t.admin, revoke(id, true)).await;
    t.refused(&t.admin, RotateKeyOnDemand { key: key() }, Reason::KeyState).await;
    // The worker may have been told before.
    assert_eq!(t.call_as(cx, MaintainKey { key: due }).await.unwrap(), Maintenance::Nothing);
    assert!(t.service.due_keys(10).await.unwrap().is_empty(), "it crowds out the others");
}

#[tokio::test]
async fn what_was_compromised_is_not_restored_as_if_it_were_not() {
    let t = TestService::new().await;
    let id = open_key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    let (key, version) = (KeyRef::id(id.key()), VersionNumber::FIRST);
    t.ok(&t.admin, DestroyVersion { key: key.clone(), version, unneeded_in: None }).await;
    t.ok(&t.admin, revoke(id, true)).await;
    t.ok(&t.admin, RestoreVersion { key, version }).await;
    assert_eq!(view(&t, &t.admin, id).await.state, ObjectState::Compromised);
    t.refused(&t.admin, sign(id), Reason::KeyState).await;
}
