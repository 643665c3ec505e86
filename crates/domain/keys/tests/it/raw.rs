use claviger_core::{KeyRef, Reason};
use claviger_keys::{CreateKey, DisableKey, RawDecrypt, RawEncrypt, RawEncrypted};
use claviger_testkit::TestService;
use claviger_types::{
    CipherMode, KeyAlgorithm, KeyId, KeySpec, KeyUsage, SecretBytes, VersionNumber, VersionTemplate,
};

use crate::make::{aes, create, decrypt, encrypt, key};

fn seal(key: KeyId, mode: CipherMode, plaintext: &[u8]) -> RawEncrypt {
    RawEncrypt {
        key: KeyRef::id(key),
        version: None,
        mode: Some(mode),
        plaintext: SecretBytes::new(plaintext.to_vec()),
        iv: None,
        additional_data: Box::default(),
    }
}

fn open(sealed: &RawEncrypted, mode: CipherMode) -> RawDecrypt {
    RawDecrypt {
        key: KeyRef::id(sealed.key),
        version: Some(sealed.version),
        mode: Some(mode),
        ciphertext: sealed.ciphertext.clone(),
        iv: sealed.iv.as_slice().into(),
        additional_data: Box::default(),
    }
}

async fn raw_key(t: &TestService, spec: KeySpec, mode: CipherMode) -> KeyId {
    let algorithm = Some(KeyAlgorithm::Raw(mode));
    let template = VersionTemplate { algorithm, ..VersionTemplate::default() };
    t.ok(&t.admin, CreateKey { template, ..create(spec, KeyUsage::RawEncrypt) }).await.key.id
}

/// Counter blocks of the caller's choice would lay open the authentication key of GCM.
#[tokio::test]
async fn a_key_has_one_mode() {
    let t = TestService::new().await;
    for own in CipherMode::ALL {
        let id = raw_key(&t, KeySpec::Aes256, own).await;
        let sealed = t.ok(&t.admin, RawEncrypt { mode: None, ..seal(id, own, &[7; 16]) }).await;
        for other in CipherMode::ALL.into_iter().filter(|other| *other != own) {
            t.refused(&t.admin, seal(id, other, &[7; 16]), Reason::InvalidKeyUsage).await;
            t.refused(&t.admin, open(&sealed, other), Reason::InvalidKeyUsage).await;
        }
    }
    let unsaid = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    t.ok(&t.admin, seal(unsaid, CipherMode::Gcm, b"x")).await;
    t.refused(&t.admin, seal(unsaid, CipherMode::Ctr, b"x"), Reason::InvalidKeyUsage).await;
}

/// Who may only decrypt has no say in how others encrypt.
#[tokio::test]
async fn only_an_encryption_decides_for_a_mode() {
    let t = TestService::new().await;
    let opener =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:RawDecrypt","Resource":"*"}}"#;
    let opener = t.principal("opener", &[opener]).await;
    for own in CipherMode::ALL {
        let unsaid = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
        let foreign = |mode: CipherMode| RawDecrypt {
            key: KeyRef::id(unsaid),
            version: None,
            mode: Some(mode),
            ciphertext: vec![7; 32],
            iv: vec![1; mode.iv_len()].into(),
            additional_data: Box::default(),
        };
        t.ok(&opener, foreign(CipherMode::Cbc)).await;
        t.refused(&opener, foreign(CipherMode::Gcm), Reason::InvalidCiphertext).await;
        // It would be encryption, with which ciphertexts of GCM can be forged later.
        t.refused(&opener, foreign(CipherMode::Ctr), Reason::InvalidKeyUsage).await;
        let sealed = t.ok(&t.admin, seal(unsaid, own, &[7; 16])).await;
        assert_eq!(t.ok(&opener, open(&sealed, own)).await.plaintext.expose(), [7; 16]);
        for other in CipherMode::ALL.into_iter().filter(|other| *other != own) {
            t.refused(&opener, foreign(other), Reason::InvalidKeyUsage).await;
        }
    }
}

#[tokio::test]
async fn every_mode_decrypts_what_it_encrypted() {
    let t = TestService::new().await;
    for spec in [KeySpec::Aes128, KeySpec::Aes256] {
        for mode in CipherMode::ALL {
            let id = raw_key(&t, spec, mode).await;
            let sealed = t.ok(&t.admin, seal(id, mode, &[7; 32])).await;
            assert_eq!((sealed.iv.len(), sealed.version), (mode.iv_len(), VersionNumber::FIRST));
            let opened = t.ok(&t.admin, open(&sealed, mode)).await;
            assert_eq!(opened.plaintext.expose(), [7; 32]);
            let primary = RawDecrypt { version: None, ..open(&sealed, mode) };
            assert_eq!(t.ok(&t.admin, primary).await.plaintext.expose(), [7; 32]);
        }
    }
}

#[tokio::test]
async fn the_caller_chooses_vectors_where_a_repetition_is_no_disaster() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    for mode in [CipherMode::Cbc, CipherMode::Ctr] {
        let id = raw_key(&t, KeySpec::Aes256, mode).await;
        let chosen = || RawEncrypt { iv: Some([1; 16].into()), ..seal(id, mode, &[7; 16]) };
        let (first, second) = (t.ok(&t.admin, chosen()).await, t.ok(&t.admin, chosen()).await);
        assert_eq!((&first.iv, &first.ciphertext), (&vec![1; 16], &second.ciphertext));
    }
    let chosen = RawEncrypt { iv: Some([1; 12].into()), ..seal(id, CipherMode::Gcm, b"x") };
    t.refused(&t.admin, chosen, Reason::InvalidRequest).await;
}

#[tokio::test]
async fn additional_data_is_bound_and_not_recorded() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Aes128, KeyUsage::RawEncrypt).await;
    let data = || b"bound-and-secret".as_slice().into();
    let sealed =
        t.ok(&t.admin, RawEncrypt { additional_data: data(), ..seal(id, CipherMode::Gcm, b"message") }).await;
    let right = RawDecrypt { additional_data: data(), ..open(&sealed, CipherMode::Gcm) };
    assert_eq!(t.ok(&t.admin, right).await.plaintext.expose(), b"message");
    t.refused(&t.admin, open(&sealed, CipherMode::Gcm), Reason::InvalidCiphertext).await;
    for mode in [CipherMode::Cbc, CipherMode::Ctr] {
        let id = raw_key(&t, KeySpec::Aes128, mode).await;
        let bound = RawEncrypt { additional_data: data(), ..seal(id, mode, &[7; 16]) };
        t.refused(&t.admin, bound, Reason::InvalidRequest).await;
    }
    let log: String = t.log.records().iter().map(ToString::to_string).collect();
    assert!(log.contains(r#""cipher_mode":"gcm""#), "{log}");
    assert!(!log.contains("bound-and-secret") && !log.contains("Ym91bmQ"), "{log}");
}

#[tokio::test]
async fn what_no_mode_can_do_is_refused() {
    let t = TestService::new().await;
    let id = raw_key(&t, KeySpec::Aes256, CipherMode::Cbc).await;
    let counter = raw_key(&t, KeySpec::Aes256, CipherMode::Ctr).await;
    let gcm = raw_key(&t, KeySpec::Aes256, CipherMode::Gcm).await;
    let sealed = t.ok(&t.admin, seal(id, CipherMode::Cbc, &[7; 32])).await;
    let authentic = t.ok(&t.admin, seal(gcm, CipherMode::Gcm, &[7; 32])).await;
    let next = VersionNumber::FIRST.next();
    let long = [0; 65_537];
    for (operation, reason) in [
        (seal(id, CipherMode::Cbc, b"no whole block"), Reason::InvalidRequest),
        (seal(counter, CipherMode::Ctr, &long), Reason::InvalidRequest),
        (
            RawEncrypt { iv: Some([1; 12].into()), ..seal(counter, CipherMode::Ctr, b"x") },
            Reason::InvalidRequest,
        ),
        (
            RawEncrypt { additional_data: long.into(), ..seal(gcm, CipherMode::Gcm, b"x") },
            Reason::InvalidRequest,
        ),
        (RawEncrypt { version: next, ..seal(gcm, CipherMode::Gcm, b"x") }, Reason::NotFound),
    ] {
        t.refused(&t.admin, operation, reason).await;
    }
    let cut = sealed.ciphertext[..31].to_vec();
    for (operation, reason) in [
        (RawDecrypt { ciphertext: cut, ..open(&sealed, CipherMode::Cbc) }, Reason::InvalidCiphertext),
        (RawDecrypt { iv: [1; 12].into(), ..open(&sealed, CipherMode::Cbc) }, Reason::InvalidRequest),
        (RawDecrypt { version: next, ..open(&sealed, CipherMode::Cbc) }, Reason::NotFound),
        (RawDecrypt { iv: [1; 12].into(), ..open(&authentic, CipherMode::Gcm) }, Reason::InvalidCiphertext),
    ] {
        t.refused(&t.admin, operation, reason).await;
    }
    t.ok(&t.admin, DisableKey { key: KeyRef::id(id) }).await;
    t.refused(&t.admin, seal(id, CipherMode::Cbc, &[7; 16]), Reason::KeyDisabled).await;
    t.refused(&t.admin, open(&sealed, CipherMode::Cbc), Reason::KeyDisabled).await;
}

/// A raw mode under the key of an AEAD would undo what that promises.
#[tokio::test]
async fn raw_keys_and_encrypt_keys_are_disjoint() {
    let t = TestService::new().await;
    let whole = aes(&t).await;
    let raw = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    t.refused(&t.admin, encrypt(raw, b"x"), Reason::InvalidKeyUsage).await;
    for mode in CipherMode::ALL {
        let raw = raw_key(&t, KeySpec::Aes256, mode).await;
        t.refused(&t.admin, seal(whole, mode, &[7; 16]), Reason::InvalidKeyUsage).await;
        let mut sealed = t.ok(&t.admin, seal(raw, mode, &[7; 16])).await;
        sealed.key = whole;
        t.refused(&t.admin, open(&sealed, mode), Reason::InvalidKeyUsage).await;
    }
    let sealed = t.ok(&t.admin, encrypt(whole, b"x")).await.ciphertext;
    let by_raw_key = claviger_keys::Decrypt { key: Some(KeyRef::id(raw)), ..decrypt(&sealed) };
    t.refused(&t.admin, by_raw_key, Reason::InvalidKeyUsage).await;
    t.refused(&t.admin, create(KeySpec::Aes128, KeyUsage::Encrypt), Reason::Unsupported).await;
}

#[tokio::test]
async fn each_direction_needs_its_own_permission() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Aes256, KeyUsage::RawEncrypt).await;
    let allow = |action| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    let sealer = t.principal("sealer", &[&allow("kms:RawEncrypt")]).await;
    let opener = t.principal("opener", &[&allow("kms:RawDecrypt")]).await;
    let sealed = t.ok(&sealer, seal(id, CipherMode::Gcm, b"x")).await;
    t.refused(&sealer, open(&sealed, CipherMode::Gcm), Reason::Denied).await;
    t.refused(&opener, seal(id, CipherMode::Gcm, b"x"), Reason::Denied).await;
    t.ok(&opener, open(&sealed, CipherMode::Gcm)).await;
}
