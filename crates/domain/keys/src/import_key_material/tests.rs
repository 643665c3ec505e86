use std::sync::Arc;

use claviger_core::{KeyRef, ProviderChoice, Reason};
use claviger_crypto::{Curve, HashAlg, PrivateKey, PublicKey, aes_kwp_wrap};
use claviger_ports::{ProviderError, ProviderReads};
use claviger_testkit::{Device, DeviceProvider, TestService};
use claviger_types::{
    Days, EncryptionAlgorithm, ImportJobId, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, OrphanKind,
    ProviderName, Timestamp, VersionNumber, VersionState, WrappingAlgorithm, WrappingKeySpec,
};

use super::{ImportKeyMaterial, ImportType};
use crate::{
    CancelKeyDeletion, CreateKey, Decrypt, DeleteImportedKeyMaterial, DescribeKey, DestroyVersion,
    ExpireImportJob, GetParametersForImport, GetPublicKey, ImportParameters, ListOrphans, MaintainKey,
    Maintenance, ScheduleKeyDeletion, SetVersionEnabled,
    envelope::AdditionalData,
    fixtures::{aes_key, encrypt, encrypted, key},
};

const MATERIAL: [u8; 32] = [0x5a; 32];

async fn empty_key(t: &TestService) -> KeyId {
    key(t, KeySpec::Aes256, KeyUsage::Encrypt, KeyOrigin::Imported).await
}

fn prepare(key: KeyId, algorithm: WrappingAlgorithm) -> GetParametersForImport {
    GetParametersForImport { key: KeyRef::id(key), algorithm, wrapping_spec: WrappingKeySpec::Rsa2048 }
}

async fn prepared(t: &TestService, key: KeyId, algorithm: WrappingAlgorithm) -> ImportParameters {
    t.ok(&t.admin, prepare(key, algorithm)).await
}

fn wrap(parameters: &ImportParameters, algorithm: WrappingAlgorithm, material: &[u8]) -> Vec<u8> {
    let public = PublicKey::from_spki_der(&parameters.public_key).unwrap();
    let oaep = |hash, plaintext: &[u8]| public.encrypt_oaep(hash, b"", plaintext).unwrap();
    let two_steps = |hash| {
        let kek = [9; 32];
        [oaep(hash, &kek), aes_kwp_wrap(&kek, material).unwrap()].concat()
    };
    match algorithm {
        WrappingAlgorithm::RsaOaepSha1 => oaep(HashAlg::Sha1, material),
        WrappingAlgorithm::RsaOaepSha256 => oaep(HashAlg::Sha256, material),
        WrappingAlgorithm::RsaAesKeyWrapSha1 => two_steps(HashAlg::Sha1),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => two_steps(HashAlg::Sha256),
    }
}

fn import(key: KeyId, token: ImportJobId, wrapped: Vec<u8>) -> ImportKeyMaterial {
    ImportKeyMaterial { key: KeyRef::id(key), token, wrapped, valid_to: None, import_type: None }
}

/// An import of `material` that has been prepared.
async fn bring(t: &TestService, key: KeyId, material: &[u8]) -> ImportKeyMaterial {
    let parameters = prepared(t, key, WrappingAlgorithm::RsaOaepSha256).await;
    import(key, parameters.token, wrap(&parameters, WrappingAlgorithm::RsaOaepSha256, material))
}

fn delete(key: KeyId) -> DeleteImportedKeyMaterial {
    DeleteImportedKeyMaterial { key: KeyRef::id(key) }
}

async fn state(t: &TestService, key: KeyId) -> (KeyState, Option<Timestamp>) {
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await.entry;
    (entry.key().state, entry.primary().unwrap().valid_to)
}

#[tokio::test]
async fn what_was_encrypted_opens_again_after_the_same_material_came_back() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    assert_eq!(state(&t, key).await, (KeyState::PendingImport, None));
    let first = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, first).await;
    assert_eq!(state(&t, key).await, (KeyState::Enabled, None));
    let ciphertext = encrypted(&t, &t.admin, key).await.ciphertext;
    let decrypt = || Decrypt {
        key: None,
        version: None,
        ciphertext: ciphertext.clone(),
        additional_data: AdditionalData::None,
        algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
    };
    t.ok(&t.admin, delete(key)).await;
    assert_eq!(state(&t, key).await, (KeyState::PendingImport, None));
    t.refused(&t.admin, decrypt(), Reason::KeyState).await;
    t.ok(&t.admin, delete(key)).await;

    let other = bring(&t, key, &[0x5b; 32]).await;
    t.refused(&t.admin, other, Reason::IncorrectKeyMaterial).await;
    assert_eq!(state(&t, key).await.0, KeyState::PendingImport);
    let same = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, ImportKeyMaterial { import_type: Some(ImportType::Existing), ..same }).await;
    assert_eq!(t.ok(&t.admin, decrypt()).await.plaintext.expose(), b"attack at dawn");
}

#[tokio::test]
async fn every_wrapping_works_with_the_keys_that_it_is_for() {
    let t = TestService::new().await;
    let pkcs8 = |key: PrivateKey| key.to_pkcs8().unwrap().to_vec();
    let p256 = pkcs8(PrivateKey::generate_ec(Curve::P256).unwrap());
    let rsa = pkcs8(PrivateKey::generate_rsa(2048).unwrap());
    let cases = [
        (KeySpec::Aes256, KeyUsage::Encrypt, WrappingAlgorithm::RsaOaepSha1, MATERIAL.to_vec()),
        (KeySpec::Hmac512, KeyUsage::Mac, WrappingAlgorithm::RsaOaepSha256, vec![1; 64]),
        (KeySpec::EcP256, KeyUsage::Sign, WrappingAlgorithm::RsaOaepSha256, p256.clone()),
        (KeySpec::EcP256, KeyUsage::Sign, WrappingAlgorithm::RsaAesKeyWrapSha256, p256),
        (KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt, WrappingAlgorithm::RsaAesKeyWrapSha1, rsa),
    ];
    for (spec, usage, algorithm, material) in cases {
        let key = key(&t, spec, usage, KeyOrigin::Imported).await;
        let parameters = prepared(&t, key, algorithm).await;
        let answer =
            t.ok(&t.admin, import(key, parameters.token, wrap(&parameters, algorithm, &material))).await;
        assert_eq!(answer.key_arn, parameters.key_arn);
        assert_eq!(state(&t, key).await.0, KeyState::Enabled, "{spec:?} {algorithm:?}");
    }
}

#[tokio::test]
async fn wrappings_that_do_not_fit_the_key_are_refused() {
    let t = TestService::new().await;
    let refused = [
        (KeySpec::Aes256, KeyUsage::Encrypt, WrappingAlgorithm::RsaAesKeyWrapSha256),
        (KeySpec::Hmac256, KeyUsage::Mac, WrappingAlgorithm::RsaAesKeyWrapSha1),
        (KeySpec::EcP521, KeyUsage::Sign, WrappingAlgorithm::RsaOaepSha256),
        (KeySpec::Rsa2048, KeyUsage::Sign, WrappingAlgorithm::RsaOaepSha1),
        (KeySpec::MlDsa65, KeyUsage::Sign, WrappingAlgorithm::RsaOaepSha256),
    ];
    for (spec, usage, algorithm) in refused {
        let key = key(&t, spec, usage, KeyOrigin::Imported).await;
        let error = t.refusal(&t.admin, prepare(key, algorithm)).await;
        assert_eq!(error.reason(), Reason::InvalidRequest, "{spec:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_private_key_comes_back_only_as_the_same() {
    let t = TestService::new().await;
    let key = key(&t, KeySpec::EcP256, KeyUsage::Sign, KeyOrigin::Imported).await;
    let new = || PrivateKey::generate_ec(Curve::P256).unwrap().to_pkcs8().unwrap();
    let (first, second) = (new(), new());
    let import = bring(&t, key, &first).await;
    t.ok(&t.admin, import).await;
    let public = t.ok(&t.admin, GetPublicKey { key: KeyRef::id(key), version: None }).await.spki;
    let expected = PrivateKey::from_pkcs8(&first).unwrap().public_key_der().unwrap();
    assert_eq!(&*public, expected.as_slice());
    t.ok(&t.admin, delete(key)).await;
    let other = bring(&t, key, &second).await;
    t.refused(&t.admin, other, Reason::IncorrectKeyMaterial).await;
    let same = bring(&t, key, &first).await;
    t.ok(&t.admin, same).await;
}

#[tokio::test]
async fn tokens_belong_to_one_key_for_a_day() {
    let t = TestService::new().await;
    let (key, other) = (empty_key(&t).await, empty_key(&t).await);
    let first = bring(&t, key, &MATERIAL).await;
    t.refused(&t.admin, ImportKeyMaterial { key: KeyRef::id(other), ..first }, Reason::InvalidImportToken)
        .await;
    let earlier = bring(&t, key, &MATERIAL).await;
    let parameters = prepared(&t, key, WrappingAlgorithm::RsaOaepSha256).await;
    t.ok(&t.admin, earlier).await;
    assert_eq!(parameters.valid_to, t.service.clock().now().plus_secs(86_400));
    let attempt =
        || import(key, parameters.token, wrap(&parameters, WrappingAlgorithm::RsaOaepSha256, &MATERIAL));
    t.clock.advance(86_400);
    t.refused(&t.admin, attempt(), Reason::ExpiredImportToken).await;
    t.clock.advance(-1);
    t.ok(&t.admin, attempt()).await;
    t.ok(&t.admin, attempt()).await;
    // The worker takes away what has expired.
    t.clock.advance(1);
    let expired = t.service.expired_import_jobs(9).await.unwrap();
    assert_eq!(expired.len(), 3);
    for (cx, job) in expired {
        t.call_as(cx, ExpireImportJob { job }).await.unwrap();
    }
    t.refused(&t.admin, attempt(), Reason::InvalidImportToken).await;
    let unknown = ImportKeyMaterial { token: ImportJobId::from_random([7; 16]), ..attempt() };
    t.refused(&t.admin, unknown, Reason::InvalidImportToken).await;
    let wire = ImportKeyMaterial::parse_token(parameters.token.as_bytes()).unwrap();
    assert_eq!(wire, parameters.token);
    let short = ImportKeyMaterial::parse_token(&[0; 15]).unwrap_err();
    assert_eq!(short.reason(), Reason::InvalidImportToken);
}

#[tokio::test]
async fn material_that_is_not_what_it_should_be_is_refused() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    let good = bring(&t, key, &MATERIAL).await;
    let mut damaged = good.wrapped.clone();
    damaged[17] ^= 1;
    for wrapped in [damaged, Vec::new(), vec![0; 256], vec![1; 999]] {
        t.refused(&t.admin, import(key, good.token, wrapped), Reason::UnwrapFailed).await;
    }
    let short = bring(&t, key, &[1; 16]).await;
    t.refused(&t.admin, short, Reason::IncorrectKeyMaterial).await;
    let existing = bring(&t, key, &MATERIAL).await;
    let existing = ImportKeyMaterial { import_type: Some(ImportType::Existing), ..existing };
    t.refused(&t.admin, existing, Reason::IncorrectKeyMaterial).await;
    assert_eq!(state(&t, key).await.0, KeyState::PendingImport);

    let new = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, ImportKeyMaterial { import_type: Some(ImportType::New), ..new }).await;
    let again = bring(&t, key, &MATERIAL).await;
    let again = ImportKeyMaterial { import_type: Some(ImportType::New), ..again };
    t.refused(&t.admin, again, Reason::Unsupported).await;

    let signing = crate::fixtures::key(&t, KeySpec::EcP256, KeyUsage::Sign, KeyOrigin::Imported).await;
    let junk = bring(&t, signing, &[1; 64]).await;
    t.refused(&t.admin, junk, Reason::IncorrectKeyMaterial).await;
    let p384 = PrivateKey::generate_ec(Curve::P384).unwrap().to_pkcs8().unwrap();
    let other_curve = bring(&t, signing, &p384).await;
    t.refused(&t.admin, other_curve, Reason::IncorrectKeyMaterial).await;
}

#[tokio::test]
async fn material_expires_when_its_owner_says() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    let now = t.service.clock().now();
    for valid_to in [now, now.plus_secs(-1), now.plus_days(Days(365)).plus_secs(1)] {
        let attempt = bring(&t, key, &MATERIAL).await;
        let attempt = ImportKeyMaterial { valid_to: Some(valid_to), ..attempt };
        t.refused(&t.admin, attempt, Reason::InvalidRequest).await;
    }
    let latest = now.plus_days(Days(365));
    let first = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, ImportKeyMaterial { valid_to: Some(latest), ..first }).await;
    assert_eq!(state(&t, key).await, (KeyState::Enabled, Some(latest)));
    let sooner = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, ImportKeyMaterial { valid_to: Some(now.plus_secs(60)), ..sooner }).await;
    assert_eq!(state(&t, key).await, (KeyState::Enabled, Some(now.plus_secs(60))));
    encrypted(&t, &t.admin, key).await;
    let never = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, never).await;
    assert_eq!(state(&t, key).await, (KeyState::Enabled, None));
}

#[tokio::test]
async fn expired_material_goes_and_only_the_same_comes_back() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    let first = bring(&t, key, &MATERIAL).await;
    let valid_to = Some(t.service.clock().now().plus_secs(60));
    t.ok(&t.admin, ImportKeyMaterial { valid_to, ..first }).await;
    t.clock.advance(60);
    for (cx, due) in t.service.due_keys(10).await.unwrap() {
        assert_eq!((due, t.call_as(cx, MaintainKey { key }).await.unwrap()), (key, Maintenance::Expired));
    }
    t.refused(&t.admin, encrypt(KeyRef::id(key)), Reason::KeyState).await;
    let other = bring(&t, key, &[0x5b; 32]).await;
    t.refused(&t.admin, other, Reason::IncorrectKeyMaterial).await;
    let same = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, same).await;
    t.ok(&t.admin, encrypt(KeyRef::id(key))).await;
}

#[tokio::test]
async fn a_key_of_our_own_making_takes_no_material() {
    let t = TestService::new().await;
    let own = aes_key(&t).await;
    let empty = empty_key(&t).await;
    let other = bring(&t, empty, &MATERIAL).await;
    t.refused(&t.admin, prepare(own, WrappingAlgorithm::RsaOaepSha256), Reason::Unsupported).await;
    t.refused(&t.admin, delete(own), Reason::Unsupported).await;
    let error = t.refusal(&t.admin, ImportKeyMaterial { key: KeyRef::id(own), ..other }).await;
    assert_eq!(error.reason(), Reason::Unsupported);
    assert!(
        error.public().ends_with("origin is AWS_KMS which is not valid for this operation."),
        "{error:?}"
    );
    t.ok(&t.admin, encrypt(KeyRef::id(own))).await;
}

#[tokio::test]
async fn a_key_pending_deletion_takes_no_material_but_loses_it() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    let first = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, first).await;
    let again = bring(&t, key, &MATERIAL).await;
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(key), window: Days(7) }).await;
    t.refused(&t.admin, again, Reason::KeyState).await;
    t.refused(&t.admin, prepare(key, WrappingAlgorithm::RsaOaepSha256), Reason::KeyState).await;
    t.ok(&t.admin, delete(key)).await;
    assert_eq!(state(&t, key).await.0, KeyState::PendingDeletion);
    t.ok(&t.admin, CancelKeyDeletion { key: KeyRef::id(key) }).await;
    assert_eq!(state(&t, key).await.0, KeyState::PendingImport);
}

async fn version_state(t: &TestService, key: KeyId) -> VersionState {
    t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await.entry.primary().unwrap().state
}

fn enable(key: KeyId, enabled: bool) -> SetVersionEnabled {
    SetVersionEnabled { key: KeyRef::id(key), version: VersionNumber::FIRST, enabled }
}

/// Who may bring material may not therefore enable what others have disabled, or keep what they have doomed.
#[tokio::test]
async fn material_that_comes_back_leaves_a_version_disabled_or_doomed() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    t.ok(&t.admin, bring(&t, key, &MATERIAL).await).await;
    t.ok(&t.admin, enable(key, false)).await;
    t.ok(&t.admin, delete(key)).await;
    assert_eq!(version_state(&t, key).await, VersionState::Disabled);
    t.ok(&t.admin, bring(&t, key, &MATERIAL).await).await;
    assert_eq!(version_state(&t, key).await, VersionState::Disabled);
    t.refused(&t.admin, encrypt(KeyRef::id(key)), Reason::KeyDisabled).await;
    t.ok(&t.admin, enable(key, true)).await;
    t.ok(&t.admin, encrypt(KeyRef::id(key))).await;

    let version = VersionNumber::FIRST;
    t.ok(&t.admin, DestroyVersion { key: KeyRef::id(key), version, unneeded_in: None }).await;
    t.ok(&t.admin, delete(key)).await;
    assert_eq!(version_state(&t, key).await, VersionState::DestructionScheduled);
    t.refused(&t.admin, bring(&t, key, &MATERIAL).await, Reason::KeyState).await;
    t.clock.advance(31 * 86_400);
    let (cx, due) = t.service.due_keys(10).await.unwrap().remove(0);
    assert_eq!(due, key);
    assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::DestroyedVersion);
    t.refused(&t.admin, bring(&t, key, &MATERIAL).await, Reason::KeyState).await;
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
}

/// What waits for its deletion is no reason for material to stay, and is not due before.
#[tokio::test]
async fn material_of_a_key_that_is_pending_deletion_expires() {
    let t = TestService::new().await;
    let key = empty_key(&t).await;
    let valid_to = Some(t.service.clock().now().plus_days(Days(1)));
    t.ok(&t.admin, ImportKeyMaterial { valid_to, ..bring(&t, key, &MATERIAL).await }).await;
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(key), window: Days(30) }).await;
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
    t.clock.advance(86_401);
    let (cx, _) = t.service.due_keys(10).await.unwrap().remove(0);
    assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::Expired);
    assert_eq!(state(&t, key).await, (KeyState::PendingDeletion, None));
    assert!(t.service.due_keys(10).await.unwrap().is_empty());
}

/// What a device was not told to destroy is destroyed before it is forgotten.
#[tokio::test]
async fn what_a_key_in_a_device_was_made_of_before_is_not_forgotten() {
    let device: Arc<Device> = Arc::default();
    let mut t = TestService::new().await;
    let provider = DeviceProvider::new("hsm", &device);
    t.restart(std::slice::from_ref(&provider), |_| {});
    t.service.bind_providers().await.unwrap();
    let hsm: ProviderName = "hsm".parse().unwrap();
    let create = CreateKey {
        origin: KeyOrigin::Imported,
        provider: ProviderChoice::Named(hsm.clone()),
        ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt)
    };
    let key = t.ok(&t.admin, create).await.key.id;
    let tag = async || {
        let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await.entry;
        entry.primary().unwrap().tag.unwrap()
    };
    let bring_it = async || t.ok(&t.admin, bring(&t, key, &MATERIAL).await).await;
    bring_it().await;
    let first = tag().await;
    t.ok(&t.admin, delete(key)).await;
    device.put_tagged(first);
    bring_it().await;
    let second = tag().await;
    assert!(!device.tags().contains(&first) && device.tags().contains(&second));
    assert_eq!(t.store.key_intents().await.unwrap(), []);

    // If it can't be destroyed then either, the sweep finds it.
    t.ok(&t.admin, delete(key)).await;
    let failing = provider.clone();
    provider.meanwhile(async move { *failing.failure.lock().unwrap() = Some(ProviderError::Timeout) });
    device.put_tagged(second);
    bring_it().await;
    device.put_tagged(second);
    t.clock.advance(601);
    let orphans = t.ok(&t.admin, ListOrphans { provider: hsm }).await;
    assert_eq!(
        orphans.iter().map(|orphan| (orphan.tag, orphan.kind)).collect::<Vec<_>>(),
        [(second, OrphanKind::Interrupted)]
    );
}
