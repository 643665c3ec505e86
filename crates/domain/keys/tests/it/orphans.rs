//! Keys in devices that are not the service's: those that it takes over, and those that it left there.

use std::sync::Arc;

use claviger_core::{KeyRef, Orphan, ProviderChoice, Reason};
use claviger_keys::{
    AdoptKey, CreateKey, DescribeKey, DestroyVersion, ListOrphans, MaintainKey, RemoveOrphan,
    RotateKeyOnDemand, ScheduleKeyDeletion, Sign,
};
use claviger_ports::{ProviderError, ProviderReads};
use claviger_testkit::{ALLOW_ALL, Device, DeviceProvider, TestService};
use claviger_types::{
    Days, KeyId, KeyOrigin, KeySpec, KeyTag, KeyUsage, MessageType, OrphanKind, ProviderName,
    SigningAlgorithm, Tags, VersionNumber,
};

use crate::make::{decrypt, encrypted};

struct One {
    t: TestService,
    device: Arc<Device>,
    provider: Arc<DeviceProvider>,
}

impl One {
    async fn new() -> Self {
        let device: Arc<Device> = Arc::default();
        let mut t = TestService::new().await;
        let provider = DeviceProvider::new("hsm", &device);
        t.restart(std::slice::from_ref(&provider), |_| {});
        t.service.bind_providers().await.unwrap();
        Self { t, device, provider }
    }

    async fn orphans(&self) -> Vec<(KeyTag, OrphanKind)> {
        self.orphans_in(hsm()).await
    }

    async fn orphans_in(&self, provider: ProviderName) -> Vec<(KeyTag, OrphanKind)> {
        let orphans = self.t.ok(&self.t.admin, ListOrphans { provider }).await;
        orphans.iter().map(|Orphan { tag, kind, .. }| (*tag, *kind)).collect()
    }

    /// What is in the device that was not there before.
    async fn left_by_a_crash(&self) -> KeyTag {
        let before = self.device.tags();
        *self.provider.failure.lock().unwrap() = Some(ProviderError::Timeout);
        self.t.refused(&self.t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt), Reason::Timeout).await;
        self.device.tags().into_iter().find(|tag| !before.contains(tag)).unwrap()
    }

    async fn maintain(&self) {
        for (cx, key) in self.t.service.due_keys(10).await.unwrap() {
            self.t.call_as(cx, MaintainKey { key }).await.unwrap();
        }
    }
}

fn hsm() -> ProviderName {
    "hsm".parse().unwrap()
}

fn created(spec: KeySpec, usage: KeyUsage) -> CreateKey {
    CreateKey { provider: ProviderChoice::Named(hsm()), ..CreateKey::new(spec, usage) }
}

fn remove(tag: KeyTag, kind: OrphanKind) -> RemoveOrphan {
    RemoveOrphan { provider: hsm(), tag, kind }
}

fn adopt(locator: &str, spec: KeySpec, usage: KeyUsage) -> AdoptKey {
    AdoptKey {
        provider: hsm(),
        locator: locator.parse().unwrap(),
        spec,
        usage,
        description: "".into(),
        tags: Tags::new(),
    }
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

#[tokio::test]
async fn what_a_crash_left_is_found_and_nothing_else() {
    let one = One::new().await;
    let t = &one.t;
    let key = t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await.key.id;
    let ciphertext = encrypted(t, &t.admin, key, b"x").await;
    let left = one.left_by_a_crash().await;
    assert_eq!(one.orphans().await, [], "somebody may still be making it");
    t.refused(&t.admin, remove(left, OrphanKind::Interrupted), Reason::NotFound).await;
    t.clock.advance(601);
    assert_eq!(one.orphans().await, [(left, OrphanKind::Interrupted)]);
    t.refused(&t.admin, remove(left, OrphanKind::Unknown), Reason::NotFound).await;
    for tag in one.device.tags().into_iter().filter(|tag| *tag != left) {
        t.refused(&t.admin, remove(tag, OrphanKind::Interrupted), Reason::NotFound).await;
    }
    t.ok(&t.admin, remove(left, OrphanKind::Interrupted)).await;
    assert_eq!(one.orphans().await, []);
    // The identity and the key are what is left.
    assert_eq!(one.device.tags().len(), 2);
    assert_eq!(t.ok(&t.admin, decrypt(&ciphertext)).await.plaintext.expose(), b"x");
    let records = t.log.records();
    let removed =
        records.iter().find(|record| record["operation"] == "RemoveOrphan" && record["outcome"] == "Ok");
    assert_eq!(removed.unwrap()["params"]["key_tag"], left.to_string());
}

/// What takes so long is taken for what a crash left, and removed.
#[tokio::test]
async fn what_is_removed_before_it_is_stored_is_made_again() {
    let one = One::new().await;
    let t = &one.t;
    let before = one.device.tags();
    let (service, cx, clock, device) =
        (t.service.clone(), t.context(&t.admin), t.clock.clone(), one.device.clone());
    let known = before.clone();
    one.provider.meanwhile(async move {
        clock.advance(601);
        let tag = device.tags().into_iter().find(|tag| !known.contains(tag)).unwrap();
        service.call(cx, remove(tag, OrphanKind::Interrupted)).await.unwrap();
    });
    let made = t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await;
    assert!(one.device.tags().contains(&made.version.unwrap().tag.unwrap()));
    assert_eq!(one.device.tags().len(), before.len() + 1);
    encrypted(t, &t.admin, made.key.id, b"x").await;
}

/// As after a crash between the device and the store: nobody was told that the key is removed.
#[tokio::test]
async fn a_removal_that_was_cut_short_is_done_again_and_told() {
    let one = One::new().await;
    let t = &one.t;
    let left = one.left_by_a_crash().await;
    t.clock.advance(601);
    *one.provider.failure.lock().unwrap() = Some(ProviderError::Timeout);
    t.refused(&t.admin, remove(left, OrphanKind::Interrupted), Reason::Timeout).await;
    assert!(!one.device.tags().contains(&left));
    assert_eq!(one.orphans().await, [(left, OrphanKind::Gone)]);
    for _ in 0..2 {
        let cx = t.context(&t.admin);
        let request = cx.request;
        t.call_as(cx, remove(left, OrphanKind::Interrupted)).await.unwrap();
        assert_eq!(t.log.of_request(request).last().unwrap()["did"], "gone");
        // The end of this one was not told either, but the store knows it.
        t.service.reconcile(vec![request]).await.unwrap();
        assert_eq!(t.log.records().last().unwrap()["detail"]["outcome"], "committed");
    }
    assert_eq!(one.orphans().await, []);
    assert_eq!(t.store.key_intents().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_never_made_is_forgotten() {
    let one = One::new().await;
    let t = &one.t;
    let left = one.left_by_a_crash().await;
    one.device.lose(left);
    assert_eq!(one.orphans().await, [], "it may still be made");
    t.refused(&t.admin, remove(left, OrphanKind::Gone), Reason::NotFound).await;
    t.clock.advance(601);
    assert_eq!(one.orphans().await, [(left, OrphanKind::Gone)]);
    t.ok(&t.admin, remove(left, OrphanKind::Gone)).await;
    assert_eq!(one.orphans().await, []);
    assert_eq!(t.store.key_intents().await.unwrap(), []);
}

/// Where a key is not says nothing of where else it may be.
#[tokio::test]
async fn what_was_to_be_made_in_another_device_is_not_forgotten() {
    let mut one = One::new().await;
    let left = one.left_by_a_crash().await;
    let other = DeviceProvider::new("other", &Arc::default());
    one.t.restart(&[other, one.provider.clone()], |_| {});
    one.t.service.bind_providers().await.unwrap();
    one.t.clock.advance(601);
    let t = &one.t;
    let provider: ProviderName = "other".parse().unwrap();
    assert_eq!(one.orphans_in(provider.clone()).await, []);
    for kind in [OrphanKind::Gone, OrphanKind::Interrupted] {
        let elsewhere = RemoveOrphan { provider: provider.clone(), ..remove(left, kind) };
        t.refused(&t.admin, elsewhere, Reason::NotFound).await;
    }
    assert_eq!(one.orphans().await, [(left, OrphanKind::Interrupted)]);
}

/// The removal goes on in the device while the version is stored.
#[tokio::test]
async fn what_is_being_removed_is_not_stored() {
    let one = One::new().await;
    let t = &one.t;
    let known = one.device.tags();
    let (service, cx, clock) = (t.service.clone(), t.context(&t.admin), t.clock.clone());
    let (device, provider) = (one.device.clone(), one.provider.clone());
    one.provider.meanwhile(async move {
        clock.advance(601);
        let tag = device.tags().into_iter().find(|tag| !known.contains(tag)).unwrap();
        *provider.failure.lock().unwrap() = Some(ProviderError::Timeout);
        let removed = service.call(cx, remove(tag, OrphanKind::Interrupted)).await;
        assert_eq!(removed.unwrap_err().reason(), Reason::Timeout);
    });
    let made = t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await;
    assert!(one.device.tags().contains(&made.version.unwrap().tag.unwrap()));
    encrypted(t, &t.admin, made.key.id, b"x").await;
}

/// Nothing is known yet of the provider that the key was to be the identity of.
#[tokio::test]
async fn an_identity_key_whose_making_was_cut_short_is_found() {
    let device: Arc<Device> = Arc::default();
    let mut t = TestService::new().await;
    let provider = DeviceProvider::new("hsm", &device);
    t.restart(std::slice::from_ref(&provider), |_| {});
    *provider.failure.lock().unwrap() = Some(ProviderError::Timeout);
    t.service.bind_providers().await.unwrap();
    let left = device.tags()[0];
    t.service.bind_providers().await.unwrap();
    let one = One { t, device, provider };
    assert_eq!(one.device.tags().len(), 2);
    one.t.clock.advance(601);
    assert_eq!(one.orphans().await, [(left, OrphanKind::Interrupted)]);
    one.t.ok(&one.t.admin, remove(left, OrphanKind::Interrupted)).await;
    assert_eq!(one.orphans().await, []);
    assert_eq!(one.t.store.key_intents().await.unwrap(), []);
}

#[tokio::test]
async fn what_a_device_was_not_told_to_destroy_is_found() {
    let one = One::new().await;
    let t = &one.t;
    let made = t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await;
    let (key, tag) = (made.key.id, made.version.unwrap().tag.unwrap());
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(key) }).await;
    t.ok(&t.admin, DestroyVersion { key: KeyRef::id(key), version: VersionNumber::FIRST, unneeded_in: None })
        .await;
    t.clock.advance(31 * 86_400);
    one.maintain().await;
    assert_eq!(one.orphans().await, []);
    // As if the device had been away when it was to be destroyed.
    one.device.put_tagged(tag);
    assert_eq!(one.orphans().await, [(tag, OrphanKind::Destroyed)]);
    t.ok(&t.admin, remove(tag, OrphanKind::Destroyed)).await;
    assert_eq!(one.orphans().await, []);
}

#[tokio::test]
async fn what_another_installation_made_is_told_and_left_alone() {
    let one = One::new().await;
    let t = &one.t;
    let theirs = KeyTag::new([9; 20]);
    one.device.put_tagged(theirs);
    assert_eq!(one.orphans().await, [(theirs, OrphanKind::Unknown)]);
    for kind in [OrphanKind::Interrupted, OrphanKind::Destroyed] {
        t.refused(&t.admin, remove(theirs, kind), Reason::NotFound).await;
    }
    // Taken over, it is a key like others and no orphan.
    t.ok(&t.admin, adopt(&theirs.to_string(), KeySpec::Aes256, KeyUsage::Encrypt)).await;
    assert_eq!(one.orphans().await, []);
    t.refused(&t.admin, remove(theirs, OrphanKind::Unknown), Reason::NotFound).await;
    let other = KeyTag::new([8; 20]);
    one.device.put_tagged(other);
    t.ok(&t.admin, remove(other, OrphanKind::Unknown)).await;
    assert!(one.device.tags().contains(&theirs) && !one.device.tags().contains(&other));
}

/// Two providers of the configuration may be the same device.
#[tokio::test]
async fn what_the_service_has_under_another_name_is_its_own() {
    let mut one = One::new().await;
    let (again, other) = (DeviceProvider::new("again", &one.device), Arc::default());
    let elsewhere = DeviceProvider::new("elsewhere", &other);
    one.t.restart(&[one.provider.clone(), again.clone(), elsewhere.clone()], |_| {});
    one.t.service.bind_providers().await.unwrap();
    let t = &one.t;
    let under = |name: &str, adopt: AdoptKey| AdoptKey { provider: name.parse().unwrap(), ..adopt };
    let theirs = KeyTag::new([9; 20]);
    one.device.put_tagged(theirs);
    let tagged = || adopt(&theirs.to_string(), KeySpec::Aes256, KeyUsage::Encrypt);
    t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await;
    t.ok(&t.admin, tagged()).await;
    assert_eq!(one.orphans_in("again".parse().unwrap()).await, []);
    let unknown = RemoveOrphan { provider: "again".parse().unwrap(), ..remove(theirs, OrphanKind::Unknown) };
    t.refused(&t.admin, unknown, Reason::NotFound).await;
    t.refused(&t.admin, under("again", tagged()), Reason::AlreadyExists).await;

    // What is called the same in another device is another key.
    for device in [&one.provider, &elsewhere] {
        device.put_foreign("theirs", KeySpec::EcP256, KeyUsage::Sign).await;
    }
    let foreign = || adopt("theirs", KeySpec::EcP256, KeyUsage::Sign);
    t.ok(&t.admin, under("again", foreign())).await;
    t.refused(&t.admin, foreign(), Reason::AlreadyExists).await;
    t.ok(&t.admin, under("elsewhere", foreign())).await;

    // Nor when the other name is configured no more; and what was to be made under that is looked for under this one.
    let left = one.left_by_a_crash().await;
    one.device.lose(left);
    one.t.clock.advance(601);
    one.t.restart(&[again], |_| {});
    one.t.service.bind_providers().await.unwrap();
    assert_eq!(one.orphans_in("again".parse().unwrap()).await, [(left, OrphanKind::Gone)]);
}

#[tokio::test]
async fn only_the_administrators_of_the_installation_look_into_devices() {
    let one = One::new().await;
    let stranger = one.t.stranger("444455556666", "admin", &[ALLOW_ALL]).await;
    one.provider.put_foreign("theirs", KeySpec::EcP256, KeyUsage::Sign).await;
    let t = &one.t;
    t.refused(&stranger, ListOrphans { provider: hsm() }, Reason::Denied).await;
    t.refused(&stranger, remove(KeyTag::new([9; 20]), OrphanKind::Unknown), Reason::Denied).await;
    t.refused(&stranger, adopt("theirs", KeySpec::EcP256, KeyUsage::Sign), Reason::Denied).await;
}

#[tokio::test]
async fn a_key_of_a_device_is_taken_over_and_stays_there() {
    let one = One::new().await;
    let t = &one.t;
    one.provider.put_foreign("theirs", KeySpec::EcP256, KeyUsage::Sign).await;
    let adopted = t.ok(&t.admin, adopt("theirs", KeySpec::EcP256, KeyUsage::Sign)).await;
    assert_eq!(adopted.key.origin, KeyOrigin::Adopted);
    assert_eq!(adopted.details[0].device_id.as_deref(), Some("theirs"));
    assert!(adopted.details[0].subject_key_id.is_some());
    let key = adopted.key.id;
    t.ok(&t.admin, sign(key)).await;
    t.refused(&t.admin, adopt("theirs", KeySpec::EcP256, KeyUsage::Sign), Reason::AlreadyExists).await;
    t.refused(&t.admin, adopt("theirs", KeySpec::Rsa2048, KeyUsage::Sign), Reason::InvalidRequest).await;
    t.refused(&t.admin, adopt("nothing", KeySpec::EcP256, KeyUsage::Sign), Reason::InvalidRequest).await;
    t.refused(&t.admin, adopt("theirs", KeySpec::EcP256, KeyUsage::Mac), Reason::InvalidRequest).await;
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(key), window: Days(7) }).await;
    t.clock.advance(8 * 86_400);
    one.maintain().await;
    t.refused(&t.admin, DescribeKey { key: KeyRef::id(key) }, Reason::NotFound).await;
    assert_eq!(one.device.labels(), ["theirs"], "what was not made here is not destroyed here");
    t.ok(&t.admin, adopt("theirs", KeySpec::EcP256, KeyUsage::Sign)).await;
}

#[tokio::test]
async fn a_key_of_the_service_is_not_taken_over() {
    let one = One::new().await;
    let t = &one.t;
    t.ok(&t.admin, created(KeySpec::Aes256, KeyUsage::Encrypt)).await;
    one.left_by_a_crash().await;
    // The identity, the key, and what may still be made.
    assert_eq!(one.device.tags().len(), 3);
    for tag in one.device.tags() {
        let adopt = adopt(&tag.to_string(), KeySpec::Aes256, KeyUsage::Encrypt);
        t.refused(&t.admin, adopt, Reason::AlreadyExists).await;
    }
}

#[tokio::test]
async fn an_adopted_key_is_rotated_in_its_device() {
    let one = One::new().await;
    let t = &one.t;
    one.provider.put_foreign("theirs", KeySpec::Aes256, KeyUsage::Encrypt).await;
    let key = t.ok(&t.admin, adopt("theirs", KeySpec::Aes256, KeyUsage::Encrypt)).await.key.id;
    let before = encrypted(t, &t.admin, key, b"x").await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(key) }).await;
    let described = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await;
    let versions = &described.entry.record.versions;
    assert!(versions[0].is_adopted() && !versions[1].is_adopted());
    assert_eq!(versions[0].provider, versions[1].provider);
    assert_eq!(t.ok(&t.admin, decrypt(&before)).await.plaintext.expose(), b"x");
}

#[test]
fn locators_hold_no_pin() {
    for wrong in [
        "",
        "pkcs11:object=x?pin-value=1234",
        "pkcs11:object=x?PIN-source=file:/pin",
        "a\nb",
        &"x".repeat(1025),
    ] {
        assert!(wrong.parse::<claviger_keys::Locator>().is_err(), "{wrong}");
    }
    for right in ["pkcs11:token=a;object=pin-signer", "b5c1", &"x".repeat(1024)] {
        assert!(right.parse::<claviger_keys::Locator>().is_ok(), "{right}");
    }
}
