use claviger_core::{KeyRef, Reason};
use claviger_keys::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, ListKeyRotations, MaintainKey, Maintenance,
    RotateKeyOnDemand,
};
use claviger_testkit::TestService;
use claviger_types::{Days, KeySpec, KeyUsage, RotationKind};

use crate::make::{aes, decrypt, encrypted, key};

#[tokio::test]
async fn old_versions_decrypt_after_a_rotation() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let old = encrypted(&t, &t.admin, id, b"old").await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }).await;
    let new = encrypted(&t, &t.admin, id, b"new").await;
    assert_ne!(old[18..22], new[18..22]);
    assert_eq!(t.ok(&t.admin, decrypt(&old)).await.plaintext.expose(), b"old");
    assert_eq!(t.ok(&t.admin, decrypt(&new)).await.plaintext.expose(), b"new");
    let past = t.ok(&t.admin, ListKeyRotations { key: KeyRef::id(id) }).await.rotations;
    assert_eq!(past.iter().map(|rotation| rotation.kind).collect::<Vec<_>>(), [RotationKind::OnDemand]);
}

#[tokio::test]
async fn a_schedule_rotates_when_it_is_due() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let enable = |period| EnableKeyRotation { key: KeyRef::id(id), period: Some(Days(period)) };
    for days in [89, 2561] {
        t.refused(&t.admin, enable(days), Reason::InvalidRequest).await;
    }
    t.ok(&t.admin, enable(90)).await;
    let status = t.ok(&t.admin, GetKeyRotationStatus { key: KeyRef::id(id) }).await.rotation.unwrap();
    assert_eq!(
        (status.period, status.next),
        (Days(90).duration(), t.service.clock().now().plus_days(Days(90)))
    );
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
    t.clock.set(status.next);
    let due = t.service.due_keys(10).await.unwrap();
    for (cx, key) in due {
        assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::Rotated);
    }
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
    let past = t.ok(&t.admin, ListKeyRotations { key: KeyRef::id(id) }).await.rotations;
    assert_eq!(past.iter().map(|rotation| rotation.kind).collect::<Vec<_>>(), [RotationKind::Automatic]);
    t.ok(&t.admin, DisableKeyRotation { key: KeyRef::id(id) }).await;
    assert!(t.ok(&t.admin, GetKeyRotationStatus { key: KeyRef::id(id) }).await.rotation.is_none());
}

#[tokio::test]
async fn only_symmetric_generated_keys_rotate_but_all_tell_their_status() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    t.refused(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }, Reason::Unsupported).await;
    t.refused(&t.admin, EnableKeyRotation { key: KeyRef::id(id), period: None }, Reason::Unsupported).await;
    assert!(t.ok(&t.admin, GetKeyRotationStatus { key: KeyRef::id(id) }).await.rotation.is_none());
}

#[tokio::test]
async fn rotations_on_demand_are_counted() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    for _ in 0..25 {
        t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }).await;
    }
    t.refused(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }, Reason::Quota).await;
}
