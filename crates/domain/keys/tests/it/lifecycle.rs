use claviger_core::{KeyRef, Reason};
use claviger_keys::{
    CancelKeyDeletion, DescribeKey, DisableKey, EnableKey, GetKeyLastUsage, ListKeys, MaintainKey,
    Maintenance, ScheduleKeyDeletion, UpdateKeyDescription,
};
use claviger_ports::KeyReads;
use claviger_testkit::TestService;
use claviger_types::{Days, KeyId, KeySpec, KeyState, KeyUsage};

use crate::make::{aes, create, decrypt, encrypt, encrypted};

async fn state(t: &TestService, id: KeyId) -> KeyState {
    t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await.entry.key().state
}

#[tokio::test]
async fn a_disabled_key_refuses_every_use_until_enabled() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let sealed = encrypted(&t, &t.admin, id, b"hello").await;
    t.ok(&t.admin, DisableKey { key: KeyRef::id(id) }).await;
    t.refused(&t.admin, encrypt(id, b"x"), Reason::KeyDisabled).await;
    t.refused(&t.admin, decrypt(&sealed), Reason::KeyDisabled).await;
    t.ok(&t.admin, EnableKey { key: KeyRef::id(id) }).await;
    assert_eq!(t.ok(&t.admin, decrypt(&sealed)).await.plaintext.expose(), b"hello");
}

#[tokio::test]
async fn a_scheduled_deletion_can_be_cancelled_and_leaves_the_key_disabled() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let schedule = |days| ScheduleKeyDeletion { key: KeyRef::id(id), window: Days(days) };
    for days in [0, 6, 31] {
        t.refused(&t.admin, schedule(days), Reason::InvalidRequest).await;
    }
    t.refused(&t.admin, CancelKeyDeletion { key: KeyRef::id(id) }, Reason::KeyState).await;
    let deletion = t.ok(&t.admin, schedule(7)).await.deletion;
    assert_eq!(state(&t, id).await, KeyState::PendingDeletion);
    let again = t.refusal(&t.admin, schedule(7)).await;
    assert_eq!(again.reason(), Reason::KeyState);
    assert!(again.public().contains("is pending deletion"), "{}", again.public());
    t.refused(&t.admin, encrypt(id, b"x"), Reason::KeyState).await;
    t.refused(&t.admin, EnableKey { key: KeyRef::id(id) }, Reason::KeyState).await;
    assert!(t.store.due_keys(deletion.at.plus_secs(-1), 10).await.unwrap().is_empty());
    assert_eq!(t.store.due_keys(deletion.at, 10).await.unwrap(), [id]);
    t.ok(&t.admin, CancelKeyDeletion { key: KeyRef::id(id) }).await;
    assert_eq!(state(&t, id).await, KeyState::Disabled);
    assert!(t.store.due_keys(deletion.at, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_due_deletion_destroys_the_material_for_good() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let sealed = encrypted(&t, &t.admin, id, b"hello").await;
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(id), window: Days(7) }).await;
    t.clock.set(t.service.clock().now().plus_days(Days(8)));
    let due = t.service.due_keys(10).await.unwrap();
    let [(cx, key)] = <[_; 1]>::try_from(due).unwrap_or_else(|_| panic!("one key is due"));
    assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::Destroyed);
    t.refused(&t.admin, decrypt(&sealed), Reason::NotFound).await;
    t.refused(&t.admin, CancelKeyDeletion { key: KeyRef::id(id) }, Reason::NotFound).await;
    assert_eq!(t.store.destroyed_keys().await.unwrap(), [id]);
    let record = t.store.key(id).await.unwrap().unwrap();
    assert!(record.versions.iter().all(|version| version.handle.is_none()));
}

#[tokio::test]
async fn only_the_service_itself_maintains_keys() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    t.refused(&t.admin, MaintainKey { key: id }, Reason::Denied).await;
}

#[tokio::test]
async fn listing_goes_on_where_it_stopped() {
    let t = TestService::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(aes(&t).await);
    }
    made.sort();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = t.ok(&t.admin, ListKeys { after, limit: 2 }).await;
        seen.extend(page.items.iter().map(|key| key.id));
        after = seen.last().copied();
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn descriptions_and_last_uses_are_kept() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let describe = |text: String| UpdateKeyDescription { key: KeyRef::id(id), description: text.into() };
    t.ok(&t.admin, describe("ours".to_owned())).await;
    t.refused(&t.admin, describe("x".repeat(8193)), Reason::InvalidRequest).await;
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await.entry;
    assert_eq!(&*entry.key().description, "ours");
    assert!(t.ok(&t.admin, GetKeyLastUsage { key: KeyRef::id(id) }).await.last.is_none());
    encrypted(&t, &t.admin, id, b"x").await;
    let last = t.ok(&t.admin, GetKeyLastUsage { key: KeyRef::id(id) }).await.last.unwrap();
    assert_eq!((last.operation, last.time), ("Encrypt", t.service.clock().now()));
}

#[tokio::test]
async fn a_key_that_could_never_work_is_not_made() {
    let t = TestService::new().await;
    for (spec, usage) in [
        (KeySpec::Aes256, KeyUsage::Sign),
        (KeySpec::Rsa2048, KeyUsage::Mac),
        (KeySpec::EcSecp256k1, KeyUsage::KeyAgreement),
        (KeySpec::Hmac256, KeyUsage::Encrypt),
        (KeySpec::Ed25519, KeyUsage::AsymmetricDecrypt),
    ] {
        t.refused(&t.admin, create(spec, usage), Reason::Unsupported).await;
    }
    assert_eq!(t.store.key_count().await.unwrap(), 0);
}
