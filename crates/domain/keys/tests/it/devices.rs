//! Keys in devices: which device is which, what a crash leaves in one, and how many messages its keys encrypt.

use std::sync::Arc;

use claviger_core::{KeyRef, ProviderChoice, Reason, admin::GetStatus};
use claviger_keys::{CreateKey, DescribeKey, Encrypt, MaintainKey, Maintenance, Sign};
use claviger_ports::{
    Batch, Change, MESSAGES_OF_A_VERSION, ProviderError, ProviderReads, ProviderState, Store,
};
use claviger_testkit::{Device, DeviceProvider, MESSAGE_LIMIT, TestService};
use claviger_types::{
    KeyId, KeySpec, KeyUsage, MessageType, ProtectionLevel, RequestId, SigningAlgorithm, VersionNumber,
};

use crate::make::{decrypt, encrypt, encrypted};

fn in_hardware(spec: KeySpec, usage: KeyUsage) -> CreateKey {
    CreateKey { provider: ProviderChoice::Protected(ProtectionLevel::Hsm), ..CreateKey::new(spec, usage) }
}

fn sign(key: KeyId) -> Sign {
    Sign {
        key: KeyRef::id(key),
        version: None,
        message: b"message".to_vec(),
        message_type: MessageType::Raw,
        algorithm: Some(SigningAlgorithm::EcdsaSha256),
    }
}

async fn with_device(device: &Arc<Device>, name: &str) -> (TestService, Arc<DeviceProvider>) {
    let mut t = TestService::new().await;
    let provider = DeviceProvider::new(name, device);
    t.restart(std::slice::from_ref(&provider), |_| {});
    t.service.bind_providers().await.unwrap();
    (t, provider)
}

async fn state(t: &TestService, name: &str) -> ProviderState {
    let status = t.ok(&t.admin, GetStatus).await;
    status.providers.into_iter().find(|provider| provider.name.as_str() == name).unwrap().state
}

#[tokio::test]
async fn a_key_in_a_device_is_used_like_any_other() {
    let device = Arc::default();
    let (t, _) = with_device(&device, "hsm").await;
    let made = t.ok(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign)).await;
    let version = made.version.unwrap();
    assert_eq!(version.protection, ProtectionLevel::Hsm);
    assert!(device.tags().contains(&version.tag.unwrap()));
    assert!(version.provider.as_str().starts_with("hsm-"), "{}", version.provider);
    let signed = t.ok(&t.admin, sign(made.key.id)).await;
    assert_eq!(signed.protection, ProtectionLevel::Hsm);
    assert_eq!(t.store.key_intents().await.unwrap(), []);
    let software = t.ok(&t.admin, CreateKey::new(KeySpec::EcP256, KeyUsage::Sign)).await.version.unwrap();
    assert_eq!((software.protection, software.tag), (ProtectionLevel::Software, None));
}

#[tokio::test]
async fn without_hardware_there_is_none() {
    let t = TestService::new().await;
    t.refused(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign), Reason::InvalidRequest).await;
}

#[tokio::test]
async fn a_device_is_known_again_under_another_name() {
    let device = Arc::default();
    let (mut t, _) = with_device(&device, "east").await;
    let key = t.ok(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign)).await.key.id;
    let before = device.tags();
    t.restart(&[DeviceProvider::new("west", &device)], |_| {});
    t.refused(&t.admin, sign(key), Reason::Unavailable).await;
    t.service.bind_providers().await.unwrap();
    t.ok(&t.admin, sign(key)).await;
    assert_eq!(device.tags(), before, "it has its identity already");
    assert_eq!(t.store.providers().await.unwrap()[0].name.as_str(), "west");
}

#[tokio::test]
async fn another_device_under_a_known_name_is_noticed() {
    let device = Arc::default();
    let (mut t, _) = with_device(&device, "hsm").await;
    let key = t.ok(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign)).await.key.id;
    let other = Arc::default();
    t.restart(&[DeviceProvider::new("hsm", &other)], |_| {});
    t.service.bind_providers().await.unwrap();
    let told = state(&t, "hsm").await;
    assert!(matches!(&told, ProviderState::Unusable(why) if why.contains("not the device")), "{told:?}");
    assert_eq!(other.tags(), []);
    t.refused(&t.admin, sign(key), Reason::Unavailable).await;
    t.refused(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign), Reason::Unavailable).await;
}

#[tokio::test]
async fn a_device_that_is_away_is_no_reason_not_to_start() {
    let device = Arc::default();
    let mut t = TestService::new().await;
    let provider = DeviceProvider::new("hsm", &device);
    *provider.state.lock().unwrap() = ProviderState::Probing(Some("no token".into()));
    t.restart(std::slice::from_ref(&provider), |roles| roles.hardware = Some("hsm".parse().unwrap()));
    t.service.bind_providers().await.unwrap();
    t.service.ready().await.unwrap();
    assert_eq!(state(&t, "hsm").await, ProviderState::Probing(Some("no token".into())));
    t.refused(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign), Reason::Unavailable).await;
    t.ok(&t.admin, CreateKey::new(KeySpec::EcP256, KeyUsage::Sign)).await;
    *provider.state.lock().unwrap() = ProviderState::Usable;
    t.service.bind_providers().await.unwrap();
    t.ok(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign)).await;
}

/// As after a crash: the device has made the key, and nobody has stored its version.
#[tokio::test]
async fn what_may_have_been_left_in_a_device_is_known() {
    let device = Arc::default();
    let (t, provider) = with_device(&device, "hsm").await;
    *provider.failure.lock().unwrap() = Some(ProviderError::Timeout);
    t.refused(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign), Reason::Timeout).await;
    let intents = t.store.key_intents().await.unwrap();
    assert_eq!(intents.len(), 1);
    assert!(device.tags().contains(&intents[0].tag));
    // Of what was refused nothing is left.
    *provider.failure.lock().unwrap() = Some(ProviderError::Busy);
    t.refused(&t.admin, in_hardware(KeySpec::EcP256, KeyUsage::Sign), Reason::Throttled).await;
    assert_eq!(t.store.key_intents().await.unwrap(), intents);
}

async fn reserve(t: &TestService, key: KeyId, from: u64, to: u64) {
    let outcome = RequestId::from_bytes([7; 16]);
    let changes = vec![Change::ReserveMessages { key, version: VersionNumber::FIRST, from, to }];
    t.store.commit(Batch { outcome, changes }).await.unwrap();
}

#[tokio::test]
async fn a_key_of_a_device_encrypts_only_so_much() {
    let device = Arc::default();
    let (mut t, _) = with_device(&device, "hsm").await;
    let key = t.ok(&t.admin, in_hardware(KeySpec::Aes256, KeyUsage::Encrypt)).await.key.id;
    let sealed = encrypted(&t, &t.admin, key, b"x").await;
    let first = VersionNumber::FIRST;
    let reserved = t.store.messages(key, first).await.unwrap().unwrap();
    assert!((1..MESSAGE_LIMIT).contains(&reserved), "{reserved}");
    for _ in 0..10 {
        encrypted(&t, &t.admin, key, b"x").await;
    }
    assert_eq!(t.store.messages(key, first).await.unwrap(), Some(reserved), "many are reserved at a time");
    // What was reserved and not used before a restart is not used after it.
    t.restart(&[DeviceProvider::new("hsm", &device)], |_| {});
    t.service.bind_providers().await.unwrap();
    encrypted(&t, &t.admin, key, b"x").await;
    assert_eq!(t.store.messages(key, first).await.unwrap(), Some(MESSAGE_LIMIT));
    t.restart(&[DeviceProvider::new("hsm", &device)], |_| {});
    t.service.bind_providers().await.unwrap();
    t.refused(&t.admin, encrypt(key, b"x"), Reason::Quota).await;
    t.ok(&t.admin, decrypt(&sealed)).await;
}

#[tokio::test]
async fn a_key_that_has_encrypted_much_is_rotated() {
    let device = Arc::default();
    let (t, _) = with_device(&device, "hsm").await;
    let key = t.ok(&t.admin, in_hardware(KeySpec::Aes256, KeyUsage::Encrypt)).await.key.id;
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
    reserve(&t, key, 0, MESSAGES_OF_A_VERSION).await;
    let (cx, due) = t.service.due_keys(10).await.unwrap().remove(0);
    assert_eq!(t.call_as(cx, MaintainKey { key: due }).await.unwrap(), Maintenance::Rotated);
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await.entry;
    assert_eq!(entry.key().primary.get(), 2);
    t.ok(&t.admin, Encrypt { version: None, ..encrypt(key, b"x") }).await;
}
