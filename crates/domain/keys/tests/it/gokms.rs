//! Taking over a go-kms key store, and what its ciphertexts become.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_core::{KeyRef, Reason};
use claviger_crypto::AesGcm;
use claviger_gokms::MasterKey;
use claviger_keys::{
    Decrypt, DecryptGokms, DescribeKey, DisableKey, ImportGoKmsStore, KeyStoreFile, KeyStoreSecret,
    MaintainKey, Maintenance, ReEncryptGokms, RotateKeyOnDemand, ScheduleKeyDeletion, SkippedKey,
};
use claviger_ports::{KeyReads, SealedReads};
use claviger_testkit::TestService;
use claviger_types::{
    Days, EncryptionAlgorithm, KeyId, KeyState, SecretBytes, Timestamp, VersionNumber, VersionState,
};

use crate::make::{aes, decrypt, encrypt};

const PASSPHRASE: &str = "A long passphrase that will be used to generate the master key";
const VECTOR_ID: &str = "6f90d707-3b6a-4321-b32c-3c1d37915c1b";
const VECTOR_FILE: &str = "AQEBAQEBAQEBAQEBpF4i+KUPGmK9szaxU65BYpJ+qQvbkyEpWihdMjRmIVbIqHE12AYKV9AYAkQzgSqsPKTKdKaru/1U5dNg3uLrTpiFVDpaoqtda6CdoBLpUhQjMS0FaMeFywkoFmqMwBiylIhpT2PjBVhUAvMGzNayjHurUWMbHqPGYmhUYR9XBTAEqv+1snJHQfVCzsTEMz/ogcM0/7ES3BJeLi4JppwJFvg1LE1nSiqIqyEcmHG8D/bXPBPum9bWdLHCeM6jvTAicG8DoRt9nsReNJ/ffI4US/T3tm6E6nGvgOVpQLG2TS7rUl0ws8OWj5mTiw==";
const VECTOR_CIPHERTEXT: &str = "AgICAgICAgICAgICv9KqXpBBRPxgHJJ233JLcpErj8JdvITRHPawxou1SstzgpPH9sOKm/AUnTRw/XsnS3N4xwMDAwMDAwMDAwMDA6UqXbdq8zN3vzxnH6zLNWZ7N5eRu5ld0OPcJ3xlQ8gz+mJdtsumK8YKnYe5nC/DFRTNiEtcLQ==";
const VECTOR_PLAINTEXT: &[u8] = b"Kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahn!";

/// What go-kms would have: keys whose material is their number, files and ciphertexts.
struct GoKms {
    passphrase: &'static str,
}

impl GoKms {
    fn id(number: u8) -> KeyId {
        KeyId::from_random([number; 16])
    }

    fn file(&self, number: u8, description: &str, enabled: bool) -> KeyStoreFile {
        let id = Self::id(number);
        let material = BASE64_STANDARD.encode([number; 32]);
        let json = format!(
            r#"{{"KeyMetadata":{{"KeyId":"{id}","CreationDate":"2015-01-28T10:42:13.5Z","Description":"{description}","Enabled":{enabled}}},"AESKey":"{material}"}}"#
        );
        KeyStoreFile { name: format!("{id}.key").into(), content: self.under_master_key(5, json.as_bytes()) }
    }

    fn encrypt(&self, nonce: u8, number: u8, message: &[u8]) -> Vec<u8> {
        let header = self.under_master_key(nonce, Self::id(number).to_string().as_bytes());
        [header, gcm(&[number; 32], [nonce; 12], message)].concat()
    }

    fn under_master_key(&self, nonce: u8, message: &[u8]) -> Vec<u8> {
        gcm(MasterKey::derive(self.passphrase.as_bytes()).unwrap().key().expose(), [nonce; 12], message)
    }

    fn import(&self, files: Vec<KeyStoreFile>) -> ImportGoKmsStore {
        let secret = KeyStoreSecret::Passphrase(SecretBytes::new(self.passphrase.into()));
        ImportGoKmsStore { secret, files }
    }
}

const STORE: GoKms = GoKms { passphrase: PASSPHRASE };

fn gcm(key: &[u8], nonce: [u8; 12], message: &[u8]) -> Vec<u8> {
    [nonce.to_vec(), AesGcm::new(key).unwrap().seal(&nonce, &[], message).unwrap()].concat()
}

fn legacy(ciphertext: &[u8]) -> DecryptGokms {
    DecryptGokms { ciphertext: ciphertext.to_vec() }
}

#[tokio::test]
async fn the_published_example_is_taken_over_and_decrypts() {
    let t = TestService::new().await;
    let file = KeyStoreFile {
        name: format!("{VECTOR_ID}.key").into(),
        content: BASE64_STANDARD.decode(VECTOR_FILE).unwrap(),
    };
    let id: KeyId = VECTOR_ID.parse().unwrap();
    let answer = t.ok(&t.admin, STORE.import(vec![file])).await;
    assert_eq!((answer.imported, answer.skipped), (vec![id], vec![]));
    let opened = t.ok(&t.admin, legacy(&BASE64_STANDARD.decode(VECTOR_CIPHERTEXT).unwrap())).await;
    assert_eq!((opened.plaintext.expose(), opened.key), (VECTOR_PLAINTEXT, id));
}

#[tokio::test]
async fn a_store_whose_master_key_is_in_a_device_is_taken_over_with_that_key() {
    let t = TestService::new().await;
    let with = |key: &MasterKey| {
        let wrapped = KeyStoreFile { name: "hsm.master".into(), content: vec![0; 64] };
        let files = vec![STORE.file(1, "first", true), wrapped];
        ImportGoKmsStore { secret: KeyStoreSecret::MasterKey(key.key().duplicate()), files }
    };
    let another = MasterKey::derive(b"another").unwrap();
    t.refused(&t.admin, with(&another), Reason::UnwrapFailed).await;
    let answer = t.ok(&t.admin, with(&MasterKey::derive(PASSPHRASE.as_bytes()).unwrap())).await;
    assert_eq!(answer.imported, [GoKms::id(1)]);
    assert_eq!(t.ok(&t.admin, legacy(&STORE.encrypt(7, 1, b"old"))).await.plaintext.expose(), b"old");
}

#[tokio::test]
async fn a_key_keeps_what_it_was_and_gets_a_new_version() {
    let t = TestService::new().await;
    let files = vec![STORE.file(1, "first", true), STORE.file(2, "second", false)];
    t.ok(&t.admin, STORE.import(files)).await;
    let check = async |number: u8, description: &str, state: KeyState| {
        let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(GoKms::id(number)) }).await.entry;
        let key = entry.key();
        assert_eq!((&*key.description, key.state), (description, state));
        assert_eq!(key.created, Timestamp::parse_rfc3339("2015-01-28T10:42:13.5Z").unwrap());
        assert_eq!(key.primary, VersionNumber::new(2).unwrap());
        let states: Vec<_> = entry.record.versions.iter().map(|version| version.state).collect();
        assert_eq!(states, [VersionState::Deactivated, VersionState::Active]);
    };
    check(1, "first", KeyState::Enabled).await;
    check(2, "second", KeyState::Disabled).await;

    let sealed = t.ok(&t.admin, encrypt(GoKms::id(1), b"new")).await;
    assert_eq!(sealed.version, VersionNumber::new(2).unwrap());
    assert_eq!(t.ok(&t.admin, legacy(&sealed.ciphertext)).await.plaintext.expose(), b"new");
    assert_eq!(t.ok(&t.admin, decrypt(&sealed.ciphertext)).await.plaintext.expose(), b"new");

    let old = STORE.encrypt(7, 1, b"old");
    assert_eq!(t.ok(&t.admin, legacy(&old)).await.plaintext.expose(), b"old");
    assert_eq!(t.ok(&t.admin, legacy(&STORE.encrypt(8, 1, b""))).await.plaintext.expose(), b"");
    t.refused(&t.admin, legacy(&STORE.encrypt(7, 2, b"old")), Reason::KeyDisabled).await;
    t.ok(&t.admin, RotateKeyOnDemand { key: KeyRef::id(GoKms::id(1)) }).await;
    assert_eq!(t.ok(&t.admin, legacy(&old)).await.plaintext.expose(), b"old");
    t.ok(&t.admin, DisableKey { key: KeyRef::id(GoKms::id(1)) }).await;
    t.refused(&t.admin, legacy(&old), Reason::KeyDisabled).await;
}

/// The formats are told apart by what authenticates, not by a byte that may be a random nonce's.
#[tokio::test]
async fn a_ciphertext_of_go_kms_that_begins_like_ours_decrypts() {
    let t = TestService::new().await;
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    let mut nonce = [1; 12];
    nonce[0] = 0xC1;
    let master = MasterKey::derive(PASSPHRASE.as_bytes()).unwrap();
    let header = gcm(master.key().expose(), nonce, GoKms::id(1).to_string().as_bytes());
    let ciphertext = [header, gcm(&[1; 32], [3; 12], b"x")].concat();
    assert!(claviger_keys::envelope::Header::parse(&ciphertext).is_ok());
    assert_eq!(t.ok(&t.admin, legacy(&ciphertext)).await.plaintext.expose(), b"x");
}

#[tokio::test]
async fn what_was_changed_or_is_too_short_does_not_open() {
    let t = TestService::new().await;
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    let good = STORE.encrypt(7, 1, b"old");
    for index in 0..good.len() {
        let mut changed = good.clone();
        changed[index] ^= 1;
        t.refused(&t.admin, legacy(&changed), Reason::InvalidCiphertext).await;
        t.refused(&t.admin, legacy(&good[..index]), Reason::InvalidCiphertext).await;
    }
    let unknown_key = STORE.encrypt(7, 9, b"old");
    t.refused(&t.admin, legacy(&unknown_key), Reason::NotFound).await;
    let other_store = GoKms { passphrase: "another passphrase" }.encrypt(7, 1, b"old");
    t.refused(&t.admin, legacy(&other_store), Reason::InvalidCiphertext).await;
    let rsa = Decrypt { algorithm: Some(EncryptionAlgorithm::RsaOaepSha256), ..decrypt(&good) };
    t.refused(&t.admin, rsa, Reason::InvalidRequest).await;
    t.refused(&t.admin, decrypt(&good), Reason::InvalidCiphertext).await;
}

#[tokio::test]
async fn re_encryption_brings_a_ciphertext_over() {
    let t = TestService::new().await;
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    let other = aes(&t).await;
    let re_encrypt = |ciphertext: &[u8], key| ReEncryptGokms {
        ciphertext: ciphertext.to_vec(),
        destination_key: KeyRef::id(key),
    };
    let first = t.ok(&t.admin, re_encrypt(&STORE.encrypt(7, 1, b"old"), GoKms::id(1))).await;
    assert_eq!((first.source_key, first.encrypted.key), (GoKms::id(1), GoKms::id(1)));
    let second = t.ok(&t.admin, re_encrypt(&first.encrypted.ciphertext, other)).await;
    assert_eq!((second.source_key, second.encrypted.key), (GoKms::id(1), other));
    assert_eq!(t.ok(&t.admin, decrypt(&second.encrypted.ciphertext)).await.plaintext.expose(), b"old");
    t.refused(&t.admin, re_encrypt(b"", other), Reason::InvalidCiphertext).await;
}

#[tokio::test]
async fn importing_again_skips_what_is_here() {
    let t = TestService::new().await;
    let skipped = |number, state| SkippedKey { key: GoKms::id(number), state };
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    t.ok(&t.admin, DisableKey { key: KeyRef::id(GoKms::id(1)) }).await;
    let again = t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true), STORE.file(2, "", true)])).await;
    assert_eq!((again.imported, again.skipped), (vec![GoKms::id(2)], vec![skipped(1, KeyState::Disabled)]));
    let window = Days(7);
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(GoKms::id(2)), window }).await;
    let again = t.ok(&t.admin, STORE.import(vec![STORE.file(2, "", true)])).await;
    assert_eq!((again.imported, again.skipped), (vec![], vec![skipped(2, KeyState::PendingDeletion)]));
    assert!(t.store.secret(&format!("gokms-master-key/{}/2", t.account)).await.unwrap().is_none());

    // A key that was destroyed does not come back from an old key store.
    t.clock.advance(8 * 86_400);
    let due = t.service.due_keys(10).await.unwrap();
    for (cx, key) in due {
        assert_eq!(t.call_as(cx, MaintainKey { key }).await.unwrap(), Maintenance::Destroyed);
    }
    let again = t.ok(&t.admin, STORE.import(vec![STORE.file(2, "", true)])).await;
    assert_eq!((again.imported, again.skipped), (vec![], vec![skipped(2, KeyState::Destroyed)]));
    t.refused(&t.admin, legacy(&STORE.encrypt(7, 2, b"old")), Reason::NotFound).await;
}

#[tokio::test]
async fn key_stores_with_different_passphrases_live_side_by_side() {
    let t = TestService::new().await;
    let second = GoKms { passphrase: "another passphrase" };
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    assert_eq!(t.ok(&t.admin, legacy(&STORE.encrypt(7, 1, b"old"))).await.plaintext.expose(), b"old");
    t.ok(&t.admin, second.import(vec![second.file(2, "", true)])).await;
    assert_eq!(t.ok(&t.admin, legacy(&STORE.encrypt(7, 1, b"old"))).await.plaintext.expose(), b"old");
    assert_eq!(t.ok(&t.admin, legacy(&second.encrypt(7, 2, b"two"))).await.plaintext.expose(), b"two");
}

#[tokio::test]
async fn a_key_store_with_a_fault_changes_nothing() {
    let t = TestService::new().await;
    let taken = aes(&t).await;
    let check = async |operation: ImportGoKmsStore, reason: Reason, part: &str| {
        let error = t.refusal(&t.admin, operation).await;
        assert_eq!(error.reason(), reason, "{error:?}");
        assert!(error.public().contains(part), "{}", error.public());
        let keys: Vec<_> = t.store.keys(t.account, None, 10).await.unwrap().items;
        assert_eq!(keys.iter().map(|key| key.id).collect::<Vec<_>>(), [taken]);
        assert!(t.store.secret(&format!("gokms-master-key/{}/1", t.account)).await.unwrap().is_none());
    };
    let good = || STORE.file(1, "", true);
    let named = |name: &str, file: KeyStoreFile| KeyStoreFile { name: name.into(), ..file };
    let wrong = GoKms { passphrase: "wrong" };
    check(wrong.import(vec![good(), STORE.file(2, "", true)]), Reason::UnwrapFailed, "key is wrong").await;
    let mut damaged = STORE.file(2, "", true);
    damaged.content[20] ^= 1;
    let name = damaged.name.clone();
    check(STORE.import(vec![good(), damaged]), Reason::UnwrapFailed, &format!("{name:?} is damaged")).await;
    check(STORE.import(vec![]), Reason::InvalidRequest, "no key files").await;
    check(STORE.import(vec![named("readme", good())]), Reason::InvalidRequest, "no key files").await;
    check(STORE.import(vec![good(), named("../x.key", good())]), Reason::InvalidRequest, "not named after")
        .await;
    let moved = named(&format!("{}.key", GoKms::id(2)), good());
    check(STORE.import(vec![moved]), Reason::InvalidRequest, "not the one that it is named after").await;
    let upper = named(&format!("{}.key", GoKms::id(1).to_string().to_uppercase()), good());
    check(STORE.import(vec![good(), upper]), Reason::InvalidRequest, "two files").await;
    let device = named("hsm.master", good());
    check(STORE.import(vec![good(), device]), Reason::InvalidRequest, "PKCS#11").await;
    let long = STORE.file(2, &"x".repeat(8193), true);
    check(STORE.import(vec![good(), long]), Reason::InvalidRequest, "8192").await;
    let many = (0..1001)
        .map(|number: u128| named(&format!("{}.key", KeyId::from_random(number.to_be_bytes())), good()));
    check(STORE.import(many.collect()), Reason::InvalidRequest, "at most 1000").await;
    let json = format!(
        r#"{{"KeyMetadata":{{"KeyId":"{taken}","CreationDate":"2015-01-28T10:42:13Z","Description":"","Enabled":true}},"AESKey":"{}"}}"#,
        BASE64_STANDARD.encode([1; 32])
    );
    let taken_id = KeyStoreFile {
        name: format!("{taken}.key").into(),
        content: STORE.under_master_key(1, json.as_bytes()),
    };
    check(STORE.import(vec![good(), taken_id]), Reason::AlreadyExists, "another key").await;
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let t = TestService::new().await;
    let nobody = t.principal("nobody", &[]).await;
    t.refused(&nobody, STORE.import(vec![STORE.file(1, "", true)]), Reason::Denied).await;
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true)])).await;
    let ciphertext = STORE.encrypt(7, 1, b"old");
    t.refused(&nobody, legacy(&ciphertext), Reason::Denied).await;
    let re_encrypt =
        || ReEncryptGokms { ciphertext: ciphertext.clone(), destination_key: KeyRef::id(GoKms::id(1)) };
    t.refused(&nobody, re_encrypt(), Reason::Denied).await;
    const READER: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:Decrypt","kms:ReEncryptFrom"],"Resource":"*"}}"#;
    let reader = t.principal("reader", &[READER]).await;
    assert_eq!(t.ok(&reader, legacy(&ciphertext)).await.plaintext.expose(), b"old");
    t.refused(&reader, re_encrypt(), Reason::Denied).await;
    let stranger = t.stranger("999988887777", "stranger", &[claviger_testkit::ALLOW_ALL]).await;
    t.refused(&stranger, legacy(&ciphertext), Reason::InvalidCiphertext).await;
}

/// Nothing of the passphrase, the master key or the material is in the records.
#[tokio::test]
async fn the_audit_log_names_the_keys_and_no_secret() {
    let t = TestService::new().await;
    t.ok(&t.admin, STORE.import(vec![STORE.file(1, "", true), STORE.file(2, "", true)])).await;
    let records = t.log.records();
    let last = records.last().unwrap();
    let keys: Vec<_> =
        last["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap()).collect();
    let (mut first, mut second) = (GoKms::id(1).to_string(), GoKms::id(2).to_string());
    if first > second {
        std::mem::swap(&mut first, &mut second);
    }
    assert_eq!(keys, [first, second]);
    let text = serde_json::to_string(&records).unwrap();
    let master = MasterKey::derive(PASSPHRASE.as_bytes()).unwrap();
    for secret in [PASSPHRASE.to_owned(), hex::encode(master.key().expose()), BASE64_STANDARD.encode([1; 32])]
    {
        assert!(!text.contains(&secret));
    }
}
