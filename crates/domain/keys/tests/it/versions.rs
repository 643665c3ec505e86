use std::time::Duration;

use claviger_core::{KeyRef, KeyRefName, Reason};
use claviger_crypto::{Curve, HashAlg, PrivateKey, PublicKey, aes_kwp_wrap};
use claviger_keys::{
    CancelKeyDeletion, CreateImportJob, CreateKey, CreateKeyRing, CreateKeyVersion, Decrypt, DescribeKey,
    DestroyVersion, DisableKey, Encrypt, ExpireImportJob, GetImportJob, GetPublicKey, ImportKeyVersion,
    KeyChanges, MaintainKey, Maintenance, RestoreVersion, RotateKeyOnDemand, ScheduleKeyDeletion,
    SetPrimaryVersion, SetVersionEnabled, Sign, UpdateKey, Verify,
};
use claviger_testkit::TestService;
use claviger_types::{
    Days, EncryptionAlgorithm, ImportJob, KeyAlgorithm, KeyId, KeySpec, KeyState, KeyUsage, KeyVersion,
    MessageType, Rotation, SecretBytes, SigningAlgorithm, VersionNumber, VersionState, VersionTemplate,
    WrappingAlgorithm, WrappingKeySpec,
};

use crate::make::{aes, decrypt, encrypt, encrypted, key};

fn number(number: u32) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

async fn version(t: &TestService, key: KeyId, number: u32) -> KeyVersion {
    let described = t.ok(&t.admin, DescribeKey { key: KeyRef::id(key) }).await;
    described.entry.version(self::number(number)).unwrap().clone()
}

async fn maintain(t: &TestService) -> Vec<Maintenance> {
    let mut done = Vec::new();
    for (cx, key) in t.service.due_keys(10).await.unwrap() {
        done.push(t.call_as(cx, MaintainKey { key }).await.unwrap());
    }
    done
}

#[tokio::test]
async fn a_new_version_encrypts_only_as_primary_and_old_ones_decrypt() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let old = encrypted(&t, &t.admin, id, b"old").await;
    let made = t.ok(&t.admin, CreateKeyVersion { key: KeyRef::id(id) }).await.version;
    assert_eq!((made.number, made.state), (number(2), VersionState::Active));
    assert_eq!(t.ok(&t.admin, encrypt(id, b"x")).await.version, number(1));
    let named = Encrypt { version: Some(number(2)), ..encrypt(id, b"x") };
    assert_eq!(t.ok(&t.admin, named).await.version, number(2));
    let primary = |version| SetPrimaryVersion { key: KeyRef::id(id), version };
    t.refused(&t.admin, primary(number(3)), Reason::NotFound).await;
    t.ok(&t.admin, primary(number(2))).await;
    assert_eq!(t.ok(&t.admin, encrypt(id, b"x")).await.version, number(2));
    assert_eq!(t.ok(&t.admin, decrypt(&old)).await.version, number(1));
    // A rotation goes on behind every version, not behind the primary one.
    t.ok(&t.admin, primary(number(1))).await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }).await;
    assert_eq!(t.ok(&t.admin, encrypt(id, b"x")).await.version, number(3));
}

#[tokio::test]
async fn a_disabled_version_is_refused_whatever_its_key() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let sealed = encrypted(&t, &t.admin, id, b"x").await;
    let set = |enabled| SetVersionEnabled { key: KeyRef::id(id), version: number(1), enabled };
    assert_eq!(t.ok(&t.admin, set(false)).await.version.state, VersionState::Disabled);
    t.refused(&t.admin, encrypt(id, b"x"), Reason::KeyDisabled).await;
    t.refused(&t.admin, decrypt(&sealed), Reason::KeyState).await;
    t.ok(&t.admin, set(true)).await;
    t.ok(&t.admin, decrypt(&sealed)).await;
    // What is disabled as a whole is not enabled in part.
    t.ok(&t.admin, DisableKey { key: KeyRef::id(id) }).await;
    t.refused(&t.admin, set(true), Reason::KeyDisabled).await;
    t.ok(&t.admin, set(false)).await;
}

#[tokio::test]
async fn a_version_is_destroyed_when_its_time_has_come() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let sealed = encrypted(&t, &t.admin, id, b"x").await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(id) }).await;
    let (key, first) = (|| KeyRef::id(id), number(1));
    t.refused(&t.admin, RestoreVersion { key: key(), version: first }, Reason::KeyState).await;
    let doomed =
        t.ok(&t.admin, DestroyVersion { key: key(), version: first, unneeded_in: None }).await.version;
    assert_eq!(doomed.destroy_at, Some(t.service.clock().now().plus_days(Days(30))));
    t.refused(&t.admin, decrypt(&sealed), Reason::KeyState).await;
    t.refused(&t.admin, DestroyVersion { key: key(), version: first, unneeded_in: None }, Reason::KeyState)
        .await;
    let set = SetVersionEnabled { key: key(), version: first, enabled: true };
    t.refused(&t.admin, set, Reason::KeyState).await;
    let restored = t.ok(&t.admin, RestoreVersion { key: key(), version: first }).await.version;
    assert_eq!((restored.state, restored.destroy_at), (VersionState::Disabled, None));
    let doomed =
        t.ok(&t.admin, DestroyVersion { key: key(), version: first, unneeded_in: None }).await.version;
    assert!(maintain(&t).await.is_empty());
    t.clock.set(doomed.destroy_at.unwrap());
    assert_eq!(maintain(&t).await, [Maintenance::DestroyedVersion]);
    assert!(maintain(&t).await.is_empty());
    let gone = version(&t, id, 1).await;
    assert_eq!((gone.state, gone.handle, gone.destroyed), (VersionState::Destroyed, None, doomed.destroy_at));
    t.refused(&t.admin, decrypt(&sealed), Reason::KeyState).await;
    t.refused(&t.admin, RestoreVersion { key: key(), version: first }, Reason::KeyState).await;
    t.ok(&t.admin, encrypt(id, b"the other version still encrypts")).await;
}

#[tokio::test]
async fn a_key_whose_versions_are_gone_can_be_kept_all_the_same() {
    let t = TestService::new().await;
    let empty = CreateKey { initial_version: false, ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt) };
    let empty = t.ok(&t.admin, empty).await.key.id;
    let destroyed = aes(&t).await;
    let destroy = DestroyVersion { key: KeyRef::id(destroyed), version: number(1), unneeded_in: None };
    let doomed = t.ok(&t.admin, destroy).await.version;
    t.clock.set(doomed.destroy_at.unwrap());
    assert_eq!(maintain(&t).await, [Maintenance::DestroyedVersion]);
    for id in [empty, destroyed] {
        t.refused(&t.admin, encrypt(id, b"x"), Reason::KeyState).await;
        t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(id), window: Days(7) }).await;
        t.ok(&t.admin, CancelKeyDeletion { key: KeyRef::id(id) }).await;
        let described = t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await;
        assert_eq!(described.entry.key().state, KeyState::Disabled);
    }
}

#[tokio::test]
async fn a_version_keeps_to_the_algorithm_that_was_fixed() {
    let t = TestService::new().await;
    let fixed = SigningAlgorithm::RsaPssSha256;
    let template =
        VersionTemplate { algorithm: Some(KeyAlgorithm::Sign(fixed)), ..VersionTemplate::default() };
    let create = CreateKey { template, ..CreateKey::new(KeySpec::Rsa2048, KeyUsage::Sign) };
    let id = t.ok(&t.admin, create).await.key.id;
    let sign = |algorithm| Sign {
        key: KeyRef::id(id),
        version: None,
        message: b"m".to_vec(),
        message_type: MessageType::Raw,
        algorithm,
    };
    let other = Some(SigningAlgorithm::RsaPkcs1Sha256);
    t.refused(&t.admin, sign(other), Reason::InvalidKeyUsage).await;
    let signed = t.ok(&t.admin, sign(None)).await;
    assert_eq!((signed.algorithm, signed.version), (fixed, number(1)));
    let verify = |algorithm| Verify {
        key: KeyRef::id(id),
        version: Some(number(1)),
        message: b"m".to_vec(),
        message_type: MessageType::Raw,
        signature: signed.signature.clone(),
        algorithm,
    };
    t.ok(&t.admin, verify(None)).await;
    t.refused(&t.admin, verify(other), Reason::InvalidKeyUsage).await;
    // A policy on the algorithm decides on the version's own where the caller names none.
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"},
        {"Effect":"Deny","Action":"kms:Sign","Resource":"*",
         "Condition":{"StringEquals":{"kms:SigningAlgorithm":"RSASSA_PSS_SHA_256"}}}]}"#;
    let limited = t.principal("limited", &[deny]).await;
    t.refused(&limited, sign(None), Reason::Denied).await;
    // The next version follows the template.
    let next = KeyAlgorithm::Sign(SigningAlgorithm::RsaPkcs1Sha512);
    let changes = KeyChanges { algorithm: Some(next), ..KeyChanges::default() };
    t.ok(&t.admin, UpdateKey { key: KeyRef::id(id), changes }).await;
    let made = t.ok(&t.admin, CreateKeyVersion { key: KeyRef::id(id) }).await.version;
    assert_eq!(made.algorithm, Some(next));
    let wrong = KeyChanges {
        algorithm: Some(KeyAlgorithm::Sign(SigningAlgorithm::Ed25519)),
        ..KeyChanges::default()
    };
    t.refused(&t.admin, UpdateKey { key: KeyRef::id(id), changes: wrong }, Reason::InvalidRequest).await;
}

#[tokio::test]
async fn rsa_decrypts_with_the_version_that_is_named() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt).await;
    t.ok(&t.admin, CreateKeyVersion { key: KeyRef::id(id) }).await;
    let algorithm = EncryptionAlgorithm::RsaOaepSha256;
    let sealed = Encrypt { version: Some(number(2)), algorithm, ..encrypt(id, b"hello") };
    let sealed = t.ok(&t.admin, sealed).await.ciphertext;
    let open = |version| Decrypt {
        key: Some(KeyRef::id(id)),
        version: Some(number(version)),
        algorithm: None,
        ..decrypt(&sealed)
    };
    assert_eq!(t.ok(&t.admin, open(2)).await.plaintext.expose(), b"hello");
    t.refused(&t.admin, open(1), Reason::InvalidCiphertext).await;
    t.refused(&t.admin, open(3), Reason::NotFound).await;
    let disable = SetVersionEnabled { key: KeyRef::id(id), version: number(2), enabled: false };
    t.ok(&t.admin, disable).await;
    t.refused(&t.admin, open(2), Reason::KeyDisabled).await;
    let public = GetPublicKey { key: KeyRef::id(id), version: Some(number(2)) };
    t.refused(&t.admin, public, Reason::KeyDisabled).await;
}

#[tokio::test]
async fn what_cannot_be_of_a_key_is_refused() {
    let t = TestService::new().await;
    let period = |hours: u64| {
        Some(Rotation { period: Duration::from_secs(hours * 3600), next: t.service.clock().now() })
    };
    let create = |usage, rotation| CreateKey { rotation, ..CreateKey::new(KeySpec::Aes256, usage) };
    t.refused(&t.admin, create(KeyUsage::Encrypt, period(23)), Reason::InvalidRequest).await;
    t.refused(&t.admin, create(KeyUsage::RawEncrypt, period(24)), Reason::InvalidRequest).await;
    for destroy_after in [Duration::from_secs(86_399), Duration::from_secs(121 * 86_400)] {
        let template = VersionTemplate { destroy_after, ..VersionTemplate::default() };
        let create = CreateKey { template, ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt) };
        t.refused(&t.admin, create, Reason::InvalidRequest).await;
    }
}

const RING: &str = "ring";

/// A service with an import job, and keys to import into.
struct Importing {
    t: TestService,
    job: ImportJob,
}

impl Importing {
    async fn new(algorithm: WrappingAlgorithm) -> Self {
        let t = TestService::new().await;
        t.ok(&t.admin, CreateKeyRing { name: RING.parse().unwrap() }).await;
        let create = CreateImportJob {
            ring: RING.parse().unwrap(),
            name: "job".parse().unwrap(),
            algorithm,
            wrapping_spec: WrappingKeySpec::Rsa3072,
        };
        let job = t.ok(&t.admin, create).await;
        Self { t, job }
    }

    async fn key(&self, name: &str, spec: KeySpec, usage: KeyUsage) -> KeyRef {
        let template = VersionTemplate { import_only: true, ..VersionTemplate::default() };
        let place = (RING.parse().unwrap(), name.parse().unwrap());
        let create = CreateKey {
            place: Some(place.clone()),
            template,
            initial_version: false,
            ..CreateKey::new(spec, usage)
        };
        self.t.ok(&self.t.admin, create).await;
        KeyRef { account: None, name: KeyRefName::Ring(place.0, place.1) }
    }

    fn wrap(&self, material: &[u8]) -> Vec<u8> {
        let public = PublicKey::from_spki_der(&self.job.public_key).unwrap();
        let oaep = |plaintext: &[u8]| public.encrypt_oaep(HashAlg::Sha256, b"", plaintext).unwrap();
        match self.job.algorithm {
            WrappingAlgorithm::RsaOaepSha256 => oaep(material),
            _ => [oaep(&[9; 32]), aes_kwp_wrap(&[9; 32], material).unwrap()].concat(),
        }
    }

    fn import(&self, key: &KeyRef, spec: KeySpec, material: &[u8]) -> ImportKeyVersion {
        ImportKeyVersion {
            key: key.clone(),
            version: None,
            job: "job".parse().unwrap(),
            spec,
            algorithm: None,
            wrapped: self.wrap(material),
        }
    }
}

#[tokio::test]
async fn a_private_key_is_imported_and_signs() {
    let importing = Importing::new(WrappingAlgorithm::RsaAesKeyWrapSha256).await;
    let t = &importing.t;
    let key = importing.key("k", KeySpec::EcP256, KeyUsage::Sign).await;
    t.refused(&t.admin, CreateKeyVersion { key: key.clone() }, Reason::KeyState).await;
    let private = PrivateKey::generate_ec(Curve::P256).unwrap();
    let pkcs8 = private.to_pkcs8().unwrap();
    let import = || importing.import(&key, KeySpec::EcP256, &pkcs8);
    let made = t.ok(&t.admin, import()).await.version;
    assert_eq!((made.number, made.state), (number(1), VersionState::Active));
    assert_eq!(made.import.unwrap().job.as_str(), "job");
    let public = t.ok(&t.admin, GetPublicKey { key: key.clone(), version: None }).await.spki;
    assert_eq!(*public, *private.public_key_der().unwrap());
    let other = importing.import(&key, KeySpec::EcP384, &pkcs8);
    t.refused(&t.admin, other, Reason::InvalidRequest).await;
    let damaged = ImportKeyVersion { wrapped: vec![1; 400], ..import() };
    t.refused(&t.admin, damaged, Reason::UnwrapFailed).await;
    let nothing = importing.import(&key, KeySpec::EcP256, b"no key at all, but long enough");
    t.refused(&t.admin, nothing, Reason::IncorrectKeyMaterial).await;
    assert_eq!(t.ok(&t.admin, DescribeKey { key: key.clone() }).await.entry.record.versions.len(), 1);
    // The same material again, into the version that had it before, once that is destroyed.
    let again = || ImportKeyVersion { version: Some(number(1)), ..import() };
    t.refused(&t.admin, again(), Reason::KeyState).await;
    let doomed = t
        .ok(&t.admin, DestroyVersion { key: key.clone(), version: number(1), unneeded_in: None })
        .await
        .version;
    t.clock.set(doomed.destroy_at.unwrap());
    assert_eq!(maintain(t).await, [Maintenance::DestroyedVersion]);
    // The job has expired meanwhile.
    t.refused(&t.admin, again(), Reason::ExpiredImportToken).await;
    for (cx, job) in t.service.expired_import_jobs(9).await.unwrap() {
        t.call_as(cx, ExpireImportJob { job }).await.unwrap();
    }
    assert!(t.service.expired_import_jobs(9).await.unwrap().is_empty());
    let get = GetImportJob { ring: RING.parse().unwrap(), name: "job".parse().unwrap() };
    assert!(t.ok(&t.admin, get).await.private_key.is_none(), "the wrapping key is destroyed with its job");
}

#[tokio::test]
async fn destroyed_material_comes_back_only_as_it_was() {
    let importing = Importing::new(WrappingAlgorithm::RsaOaepSha256).await;
    let t = &importing.t;
    let key = importing.key("k", KeySpec::Aes256, KeyUsage::Encrypt).await;
    let short = KeyChanges { destroy_after: Some(Duration::from_secs(86_400)), ..KeyChanges::default() };
    t.ok(&t.admin, UpdateKey { key: key.clone(), changes: short }).await;
    t.ok(&t.admin, importing.import(&key, KeySpec::Aes256, &[7; 32])).await;
    let seal = Encrypt {
        key: key.clone(),
        plaintext: SecretBytes::new(b"kept".to_vec()),
        ..encrypt(KeyId::from_random([0; 16]), b"")
    };
    let sealed = t.ok(&t.admin, seal).await.ciphertext;
    let doomed = t
        .ok(&t.admin, DestroyVersion { key: key.clone(), version: number(1), unneeded_in: None })
        .await
        .version;
    t.clock.set(doomed.destroy_at.unwrap());
    assert_eq!(maintain(t).await, [Maintenance::DestroyedVersion]);
    let bring = |material: &[u8]| ImportKeyVersion {
        version: Some(number(1)),
        ..importing.import(&key, KeySpec::Aes256, material)
    };
    t.refused(&t.admin, bring(&[8; 32]), Reason::IncorrectKeyMaterial).await;
    t.ok(&t.admin, bring(&[7; 32])).await;
    assert_eq!(t.ok(&t.admin, decrypt(&sealed)).await.plaintext.expose(), b"kept");
}
