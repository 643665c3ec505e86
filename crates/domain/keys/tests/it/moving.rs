//! Keys that move from one provider to another, what stays behind, and what is then taken away.

use std::sync::Arc;

use claviger_core::{KeyEntry, KeyRef, Operation, ProviderChoice, Reason};
use claviger_keys::{
    CreateKey, CreateKeyVersion, DescribeKey, DestroyVersion, GetPublicKey, ListProviderKeys, MaintainKey,
    Move, MoveKey, PutKeyPolicy, RotateKeyOnDemand, ScheduleKeyDeletion, SetPrimaryVersion,
    SetVersionEnabled, UpdateKeyDescription, VersionNeed,
};
use claviger_ports::{ProviderError, ProviderReads};
use claviger_testkit::{ALLOW_ALL, Device, DeviceProvider, TestService};
use claviger_types::{
    Days, KeyId, KeyOrigin, KeySpec, KeyUsage, ProtectionLevel, ProviderName, VersionNumber, VersionState,
};
use serde_json::json;

use crate::make::{decrypt, encrypted};

const FIRST: VersionNumber = VersionNumber::FIRST;

/// A service with two devices, `a` and `b`.
struct Two {
    t: TestService,
    a: Arc<Device>,
    b: Arc<Device>,
    to: Arc<DeviceProvider>,
}

impl Two {
    async fn new() -> Self {
        Self::with_rollover(None).await
    }

    async fn with_rollover(rollover: Option<&str>) -> Self {
        let (a, b): (Arc<Device>, Arc<Device>) = Default::default();
        let mut t = TestService::new().await;
        let to = DeviceProvider::new("b", &b);
        t.restart(&[DeviceProvider::new("a", &a), to.clone()], |roles| {
            roles.rollover = rollover.map(|name| name.parse().unwrap());
        });
        t.service.bind_providers().await.unwrap();
        Self { t, a, b, to }
    }

    /// What the administrator does while the next key is made in `b`, and what that answers next.
    fn meanwhile(&self, operation: impl Operation, failure: Option<ProviderError>) {
        let (service, cx, to) = (self.t.service.clone(), self.t.context(&self.t.admin), self.to.clone());
        self.to.meanwhile(async move {
            assert!(service.call(cx, operation).await.is_ok());
            *to.failure.lock().unwrap() = failure;
        });
    }

    async fn key_in(&self, provider: &str, spec: KeySpec, usage: KeyUsage) -> KeyId {
        self.t.ok(&self.t.admin, created_in(provider, spec, usage)).await.key.id
    }

    async fn aes_in(&self, provider: &str) -> KeyId {
        self.key_in(provider, KeySpec::Aes256, KeyUsage::Encrypt).await
    }

    async fn entry(&self, key: KeyId) -> Arc<KeyEntry> {
        self.t.ok(&self.t.admin, DescribeKey { key: KeyRef::id(key) }).await.entry
    }

    /// The names of the providers of the versions of a key.
    async fn places(&self, key: KeyId) -> Vec<String> {
        let described = self.t.ok(&self.t.admin, DescribeKey { key: KeyRef::id(key) }).await;
        described.details.iter().map(|detail| detail.provider.as_ref().unwrap().to_string()).collect()
    }

    async fn there(&self, provider: &str) -> Vec<(KeyId, Vec<(VersionNumber, Option<VersionNeed>)>)> {
        let list = ListProviderKeys { provider: name(provider), after: None, limit: 1 };
        let listed = self.t.ok(&self.t.admin, list).await;
        let mut keys: Vec<_> = listed.page.items;
        let mut more = listed.page.more;
        while more {
            let after = keys.last().map(|key| key.record.key.id);
            let list = ListProviderKeys { provider: name(provider), after, limit: 1 };
            let page = self.t.ok(&self.t.admin, list).await.page;
            more = page.more;
            keys.extend(page.items);
        }
        keys.into_iter().map(|key| (key.record.key.id, key.there)).collect()
    }
}

fn name(text: &str) -> ProviderName {
    text.parse().unwrap()
}

fn created_in(provider: &str, spec: KeySpec, usage: KeyUsage) -> CreateKey {
    CreateKey { provider: ProviderChoice::Named(name(provider)), ..CreateKey::new(spec, usage) }
}

fn to(key: KeyId, provider: &str) -> MoveKey {
    MoveKey { key: KeyRef::id(key), to: ProviderChoice::Named(name(provider)), new_material: false }
}

fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

#[tokio::test]
async fn a_key_goes_from_software_to_one_device_and_to_another() {
    let two = Two::new().await;
    let t = &two.t;
    let key = two.aes_in("software").await;
    let mut ciphertexts = vec![encrypted(t, &t.admin, key, b"x").await];
    for (provider, version) in [("a", 2), ("b", 3)] {
        let moved = t.ok(&t.admin, to(key, provider)).await;
        assert_eq!(moved.done, Move::NewVersion(number(version)));
        ciphertexts.push(encrypted(t, &t.admin, key, b"x").await);
        let again = t.ok(&t.admin, to(key, provider)).await;
        assert_eq!(again.done, Move::Nothing);
    }
    assert_eq!(two.places(key).await, ["software", "a", "b"]);
    for ciphertext in &ciphertexts {
        assert_eq!(t.ok(&t.admin, decrypt(ciphertext)).await.plaintext.expose(), b"x");
    }
    // It stays there, also when it is rotated.
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(key) }).await;
    assert_eq!(two.places(key).await, ["software", "a", "b", "b"]);
    assert_eq!(two.entry(key).await.key().template.protection, ProtectionLevel::Hsm);
    // The identity and the versions.
    assert_eq!((two.a.tags().len(), two.b.tags().len()), (2, 3));
}

#[tokio::test]
async fn a_move_that_was_interrupted_goes_on() {
    let two = Two::new().await;
    let t = &two.t;
    let keys = [two.aes_in("a").await, two.aes_in("a").await, two.aes_in("a").await];
    let ciphertext = encrypted(t, &t.admin, keys[1], b"x").await;
    t.ok(&t.admin, to(keys[0], "b")).await;
    *two.to.failure.lock().unwrap() = Some(ProviderError::Timeout);
    t.refused(&t.admin, to(keys[1], "b"), Reason::Timeout).await;
    assert_eq!(two.places(keys[1]).await, ["a"], "nothing is half moved");
    assert_eq!(t.ok(&t.admin, decrypt(&ciphertext)).await.plaintext.expose(), b"x");
    let mut done = Vec::new();
    for key in keys {
        done.push(t.ok(&t.admin, to(key, "b")).await.done);
    }
    assert_eq!(done, [Move::Nothing, Move::NewVersion(number(2)), Move::NewVersion(number(2))]);
    for key in keys {
        assert_eq!(two.places(key).await, ["a", "b"]);
    }
    // The identity, three versions, and what the failure left.
    assert_eq!(two.b.tags().len(), 5);
}

/// Somebody else changes the key while its new version is made.
#[tokio::test]
async fn what_was_made_for_nothing_is_not_left_in_the_device() {
    let two = Two::new().await;
    let t = &two.t;
    let (changed, doomed, late) = (two.aes_in("a").await, two.aes_in("a").await, two.aes_in("a").await);
    let describe = |key| UpdateKeyDescription { key: KeyRef::id(key), description: "changed".into() };
    let before = two.b.tags().len();
    // It is tried again.
    two.meanwhile(describe(changed), None);
    assert_eq!(t.ok(&t.admin, to(changed, "b")).await.done, Move::NewVersion(number(2)));
    assert_eq!(two.b.tags().len(), before + 1);
    // It is refused.
    two.meanwhile(ScheduleKeyDeletion { key: KeyRef::id(doomed), window: Days(7) }, None);
    t.refused(&t.admin, to(doomed, "b"), Reason::KeyState).await;
    assert_eq!(two.b.tags().len(), before + 1);
    assert_eq!(t.store.key_intents().await.unwrap(), []);
    // What the device does not answer for is left to the sweep.
    two.meanwhile(describe(late), Some(ProviderError::Timeout));
    t.ok(&t.admin, to(late, "b")).await;
    assert_eq!(t.store.key_intents().await.unwrap().len(), 1);
    encrypted(t, &t.admin, late, b"x").await;
}

#[tokio::test]
async fn what_others_are_bound_to_is_moved_only_when_that_is_said() {
    let two = Two::new().await;
    let t = &two.t;
    for (spec, usage) in [
        (KeySpec::EcP256, KeyUsage::Sign),
        (KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt),
        (KeySpec::EcP256, KeyUsage::KeyAgreement),
        (KeySpec::Hmac256, KeyUsage::Mac),
        (KeySpec::Aes256, KeyUsage::RawEncrypt),
    ] {
        let key = two.key_in("a", spec, usage).await;
        t.refused(&t.admin, to(key, "b"), Reason::Unsupported).await;
        assert_eq!(two.places(key).await, ["a"], "{usage:?}");
        let moved = t.ok(&t.admin, MoveKey { new_material: true, ..to(key, "b") }).await;
        assert_eq!(moved.done, Move::NewVersion(number(2)), "{usage:?}");
    }
    let records = t.log.records();
    let moves =
        records.iter().filter(|record| record["operation"] == "MoveKey" && record["phase"] == "outcome");
    let told: Vec<_> = moves.map(|record| (&record["params"]["new_material"], &record["outcome"])).collect();
    assert_eq!(told[..2], [(&false.into(), &"Unsupported".into()), (&true.into(), &"Ok".into())]);
    let key = two.key_in("a", KeySpec::EcP256, KeyUsage::Sign).await;
    let public = |version| GetPublicKey { key: KeyRef::id(key), version };
    let before = t.ok(&t.admin, public(None)).await.spki;
    t.ok(&t.admin, MoveKey { new_material: true, ..to(key, "b") }).await;
    assert_ne!(t.ok(&t.admin, public(None)).await.spki, before);
    assert_eq!(t.ok(&t.admin, public(Some(FIRST))).await.spki, before);
}

#[tokio::test]
async fn what_cannot_be_moved_says_why() {
    let two = Two::new().await;
    let t = &two.t;
    let imported = CreateKey {
        origin: KeyOrigin::Imported,
        ..created_in("software", KeySpec::Aes256, KeyUsage::Encrypt)
    };
    let imported = t.ok(&t.admin, imported).await.key.id;
    t.refused(&t.admin, MoveKey { new_material: true, ..to(imported, "b") }, Reason::Unsupported).await;
    let key = two.aes_in("a").await;
    let disable = SetVersionEnabled { key: KeyRef::id(key), version: FIRST, enabled: false };
    t.ok(&t.admin, disable).await;
    t.refused(&t.admin, to(key, "b"), Reason::KeyState).await;
    assert_eq!(two.entry(key).await.record.versions[0].state, VersionState::Disabled);
    t.refused(&t.admin, to(key, "c"), Reason::InvalidRequest).await;
    let nowhere = MoveKey { to: ProviderChoice::Rollover, ..to(key, "b") };
    t.refused(&t.admin, nowhere, Reason::InvalidRequest).await;
    *two.to.state.lock().unwrap() = claviger_ports::ProviderState::Probing(None);
    t.refused(&t.admin, to(two.aes_in("a").await, "b"), Reason::Unavailable).await;
}

#[tokio::test]
async fn while_keys_are_moved_new_versions_go_where_they_go() {
    let two = Two::with_rollover(Some("b")).await;
    let t = &two.t;
    let moved = two.aes_in("a").await;
    t.ok(&t.admin, MoveKey { to: ProviderChoice::Rollover, ..to(moved, "-") }).await;
    assert_eq!(two.places(moved).await, ["a", "b"]);
    let rotated = two.aes_in("software").await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(rotated) }).await;
    assert_eq!(two.places(rotated).await, ["software", "b"]);
    let signer = two.key_in("a", KeySpec::EcP256, KeyUsage::Sign).await;
    t.ok(&t.admin, CreateKeyVersion { key: KeyRef::id(signer) }).await;
    assert_eq!(two.places(signer).await, ["a", "b"]);
    let entry = two.entry(signer).await;
    assert_eq!(entry.key().primary, FIRST, "whoever is bound to the public key still is");
    // New keys go where they are told to.
    assert_eq!(two.places(two.aes_in("a").await).await, ["a"]);
}

#[tokio::test]
async fn a_rotation_does_not_take_a_key_out_of_hardware() {
    let two = Two::with_rollover(Some("software")).await;
    let t = &two.t;
    let key = two.aes_in("a").await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(key) }).await;
    assert_eq!(two.places(key).await, ["a", "a"]);
}

#[tokio::test]
async fn what_was_left_is_destroyed_when_its_time_has_come() {
    let two = Two::new().await;
    let t = &two.t;
    let (key, other) = (two.aes_in("a").await, two.aes_in("a").await);
    let ciphertext = encrypted(t, &t.admin, key, b"x").await;
    let primary = || vec![(FIRST, Some(VersionNeed::Primary))];
    let mut before = vec![(key, primary()), (other, primary())];
    before.sort_by_key(|(key, _)| *key);
    assert_eq!(two.there("a").await, before);
    t.ok(&t.admin, to(key, "b")).await;
    assert!(two.there("a").await.contains(&(key, vec![(FIRST, None)])));
    t.ok(&t.admin, decrypt(&ciphertext)).await;
    let last_use = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await.details;
    assert!(last_use[0].last_use.is_some() && last_use[1].last_use.is_none(), "{last_use:?}");

    let before = two.a.tags().len();
    t.ok(&t.admin, DestroyVersion { key: KeyRef::id(key), version: FIRST, unneeded_in: None }).await;
    t.refused(&t.admin, decrypt(&ciphertext), Reason::KeyState).await;
    assert_eq!(two.a.tags().len(), before);
    t.clock.advance(31 * 86_400);
    for (cx, key) in t.service.due_keys(10).await.unwrap() {
        t.call_as(cx, MaintainKey { key }).await.unwrap();
    }
    assert_eq!(two.a.tags().len(), before - 1);
    assert_eq!(two.there("a").await, [(other, primary())]);
}

/// A provider holds the keys of all projects, and each project moves its own.
#[tokio::test]
async fn a_key_is_moved_by_administrators_of_its_project_and_nobody_else() {
    let two = Two::new().await;
    let t = &two.t;
    let theirs = t.stranger("444455556666", "admin", &[ALLOW_ALL]).await;
    let account = theirs.identity.account();
    let user = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:Encrypt","kms:ListKeys"],"Resource":"*"}}"#;
    let user = t.principal("user", &[user]).await;
    let (own, key) = (
        two.aes_in("a").await,
        t.ok(&theirs, created_in("a", KeySpec::Aes256, KeyUsage::Encrypt)).await.key.id,
    );
    // Not even the administrator of the installation, whose policies allow everything, and not if the key's policy does.
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "kms:*", "Resource": "*" },
    ] });
    let policy = PutKeyPolicy {
        key: KeyRef::id(key),
        name: None,
        policy: policy.to_string().into(),
        bypass_lockout_check: false,
    };
    t.ok(&theirs, policy).await;
    let named = || MoveKey { key: KeyRef { account: Some(account), ..KeyRef::id(key) }, ..to(key, "b") };
    let sealed = encrypted(t, &t.admin, key, b"x").await;
    t.refused(&t.admin, named(), Reason::Denied).await;
    t.refused(&t.admin, to(key, "b"), Reason::NotFound).await;
    t.refused(&user, to(own, "b"), Reason::Denied).await;
    t.refused(&theirs, to(own, "b"), Reason::NotFound).await;
    let of_ours = || MoveKey { key: KeyRef { account: Some(t.account), ..KeyRef::id(own) }, ..to(own, "b") };
    t.refused(&theirs, of_ours(), Reason::Denied).await;
    let primary = vec![(FIRST, Some(VersionNeed::Primary))];
    assert_eq!(two.there("a").await, [(own, primary.clone())], "each sees its own");
    let list = || ListProviderKeys { provider: name("a"), after: None, limit: 10 };
    let listed = t.ok(&theirs, list()).await.page.items;
    assert_eq!(
        listed.iter().map(|key| (key.record.key.id, key.there.clone())).collect::<Vec<_>>(),
        [(key, primary)]
    );

    assert_eq!(t.ok(&theirs, named()).await.done, Move::NewVersion(number(2)));
    assert_eq!(t.ok(&theirs, list()).await.page.items[0].there, [(FIRST, None)]);
    t.ok(&theirs, decrypt(&sealed)).await;
    assert_eq!(two.places(own).await, ["a"]);
}

/// Between a listing and what is done by it, others go on.
#[tokio::test]
async fn what_is_needed_again_is_not_drained() {
    let two = Two::new().await;
    let t = &two.t;
    let key = two.aes_in("a").await;
    t.ok(&t.admin, to(key, "b")).await;
    assert_eq!(two.there("a").await, [(key, vec![(FIRST, None)])]);
    let drain = |provider, version| DestroyVersion {
        key: KeyRef::id(key),
        version: number(version),
        unneeded_in: Some(name(provider)),
    };
    t.refused(&t.admin, drain("b", 1), Reason::KeyState).await;
    t.refused(&t.admin, drain("b", 2), Reason::KeyState).await;
    t.refused(&t.admin, drain("c", 1), Reason::NotFound).await;
    // It comes back.
    t.ok(&t.admin, SetPrimaryVersion { key: KeyRef::id(key), version: FIRST }).await;
    let refused = t.refusal(&t.admin, drain("a", 1)).await;
    assert_eq!(
        (refused.reason(), refused.public()),
        (Reason::KeyState, "Version 1 is still needed: primary.")
    );
    assert_eq!(two.entry(key).await.record.versions[0].state, VersionState::Active);
    t.ok(&t.admin, SetPrimaryVersion { key: KeyRef::id(key), version: number(2) }).await;
    let doomed = t.ok(&t.admin, drain("a", 1)).await.version;
    assert_eq!(doomed.state, VersionState::DestructionScheduled);
    let records = t.log.records();
    let told = records.iter().rfind(|record| record["operation"] == "DestroyVersion").unwrap();
    assert_eq!(told["params"]["provider"], "a");
}

/// The device is broken for good, and everything that is left goes to another.
#[tokio::test]
async fn keys_leave_a_device_that_is_gone() {
    let mut two = Two::new().await;
    let key = two.aes_in("a").await;
    two.t.restart(std::slice::from_ref(&two.to), |_| {});
    two.t.service.bind_providers().await.unwrap();
    let t = &two.t;
    t.refused(&t.admin, crate::make::encrypt(key, b"x"), Reason::Unavailable).await;
    assert_eq!(two.there("a").await, [(key, vec![(FIRST, Some(VersionNeed::Primary))])]);
    let id = t.store.providers().await.unwrap()[0].id.clone();
    assert_eq!(two.there(id.as_str()).await.len(), 1, "its id is a name, too");
    t.ok(&t.admin, to(key, "b")).await;
    encrypted(t, &t.admin, key, b"x").await;
    assert_eq!(two.places(key).await, ["a", "b"]);
    let unknown = ListProviderKeys { provider: name("c"), after: None, limit: 10 };
    t.refused(&t.admin, unknown, Reason::NotFound).await;
}

#[tokio::test]
async fn one_off_keys_go_to_the_provider_that_has_that_role() {
    let mut t = TestService::new().await;
    let one_off =
        || CreateKey { provider: ProviderChoice::OneOff, ..CreateKey::new(KeySpec::EcP256, KeyUsage::Sign) };
    let made = t.ok(&t.admin, one_off()).await;
    assert_eq!(made.key.provider.as_str(), "software", "without the role it is the default one");
    t.restart(&[DeviceProvider::new("a", &Arc::default())], |roles| roles.one_off = Some(name("a")));
    t.service.bind_providers().await.unwrap();
    assert!(t.ok(&t.admin, one_off()).await.key.provider.as_str().starts_with("a-"));
    let usual = CreateKey::new(KeySpec::EcP256, KeyUsage::Sign);
    assert_eq!(t.ok(&t.admin, usual).await.key.provider.as_str(), "software");
}
