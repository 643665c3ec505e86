use claviger_core::{KeyRef, Reason};
use claviger_crypto::{HashAlg, Input, PublicKey, SignatureScheme, sha256};
use claviger_keys::{
    DataKeyPairRequest, DataKeyRequest, Decrypt, DeriveSharedSecret, Encrypt, GenerateDataKey,
    GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, GenerateDataKeyWithoutPlaintext, GenerateMac,
    GenerateRandom, GetPublicKey, Hash, ReEncrypt, Sign, Verify, VerifyMac, envelope::AdditionalData,
};
use claviger_testkit::TestService;
use claviger_types::{
    AgreementAlgorithm, EncryptionAlgorithm, KeyId, KeySpec, KeyUsage, MacAlgorithm, MessageType,
    SecretBytes, SigningAlgorithm,
};

use crate::make::{aes, context, decrypt, encrypt, encrypted, key};

#[tokio::test]
async fn what_was_encrypted_decrypts_and_nothing_else_does() {
    let t = TestService::new().await;
    let (id, other) = (aes(&t).await, aes(&t).await);
    let sealed =
        t.ok(&t.admin, Encrypt { additional_data: context(&[("a", "b")]), ..encrypt(id, b"hello") }).await;
    let open = |data, key| Decrypt { additional_data: data, key, ..decrypt(&sealed.ciphertext) };

    let opened = t.ok(&t.admin, open(context(&[("a", "b")]), None)).await;
    assert_eq!((opened.plaintext.expose(), opened.key), (&b"hello"[..], id));
    t.ok(&t.admin, open(context(&[("a", "b")]), Some(KeyRef::id(id)))).await;

    t.refused(&t.admin, open(AdditionalData::None, None), Reason::InvalidCiphertext).await;
    t.refused(&t.admin, open(context(&[("A", "b")]), None), Reason::InvalidCiphertext).await;
    t.refused(&t.admin, open(context(&[("a", "b")]), Some(KeyRef::id(other))), Reason::IncorrectKey).await;
    for index in 0..sealed.ciphertext.len() {
        let mut changed = sealed.ciphertext.clone();
        changed[index] ^= 1;
        let operation = Decrypt { additional_data: context(&[("a", "b")]), ..decrypt(&changed) };
        let reason = t.refusal(&t.admin, operation).await.reason();
        assert!(matches!(reason, Reason::InvalidCiphertext | Reason::NotFound), "byte {index}: {reason:?}");
    }
    t.refused(&t.admin, decrypt(b""), Reason::InvalidCiphertext).await;
}

#[tokio::test]
async fn rsa_encrypts_and_decrypts_without_a_context() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt).await;
    for algorithm in [
        EncryptionAlgorithm::RsaOaepSha1,
        EncryptionAlgorithm::RsaOaepSha256,
        EncryptionAlgorithm::RsaOaepSha512,
    ] {
        let sealed = t.ok(&t.admin, Encrypt { algorithm, ..encrypt(id, b"hello") }).await.ciphertext;
        let open = Decrypt { key: Some(KeyRef::id(id)), algorithm: Some(algorithm), ..decrypt(&sealed) };
        assert_eq!(t.ok(&t.admin, open).await.plaintext.expose(), b"hello");
        let without_key = Decrypt { algorithm: Some(algorithm), ..decrypt(&sealed) };
        t.refused(&t.admin, without_key, Reason::InvalidRequest).await;
        let with_context =
            Encrypt { algorithm, additional_data: context(&[("a", "b")]), ..encrypt(id, b"x") };
        t.refused(&t.admin, with_context, Reason::InvalidRequest).await;
        let too_long = Encrypt { algorithm, ..encrypt(id, &[0; 300]) };
        t.refused(&t.admin, too_long, Reason::InvalidRequest).await;
    }
    t.refused(&t.admin, encrypt(id, b"x"), Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn data_keys_open_again() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let request = |len| DataKeyRequest { key: KeyRef::id(id), len, additional_data: AdditionalData::None };
    let key = t.ok(&t.admin, GenerateDataKey(request(32))).await;
    let opened = t.ok(&t.admin, decrypt(&key.encrypted.ciphertext)).await;
    assert!(opened.plaintext.ct_eq(key.plaintext.expose()) && opened.plaintext.len() == 32);
    let hidden = t.ok(&t.admin, GenerateDataKeyWithoutPlaintext(request(64))).await;
    assert_eq!(t.ok(&t.admin, decrypt(&hidden.ciphertext)).await.plaintext.len(), 64);
    for len in [0, 1025] {
        t.refused(&t.admin, GenerateDataKey(request(len)), Reason::InvalidRequest).await;
        t.refused(&t.admin, GenerateRandom { len, protection: None }, Reason::InvalidRequest).await;
    }
    assert_eq!(t.ok(&t.admin, GenerateRandom { len: 17, protection: None }).await.len(), 17);
}

/// It needs no key, but it is work.
#[tokio::test]
async fn hashing_takes_a_permission_and_leaves_a_record() {
    let t = TestService::new().await;
    let hash = || Hash { algorithm: HashAlg::Sha256, data: SecretBytes::new(b"a secret".to_vec()) };
    let allow = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    let hasher = t.principal("hasher", &[&allow("claviger:Hash")]).await;
    assert_eq!(t.ok(&hasher, hash()).await.expose(), sha256(b"a secret"));
    let other = t.principal("other", &[&allow("kms:*")]).await;
    t.refused(&other, hash(), Reason::Denied).await;
    let log: String = t.log.records().iter().map(ToString::to_string).collect();
    assert!(!log.contains("a secret"));
}

#[tokio::test]
async fn data_key_pairs_open_again() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let request =
        |spec| DataKeyPairRequest { key: KeyRef::id(id), spec, additional_data: AdditionalData::None };
    for spec in [KeySpec::EcP256, KeySpec::EcSecp256k1, KeySpec::Ed25519, KeySpec::Rsa2048] {
        let pair = t.ok(&t.admin, GenerateDataKeyPair(request(spec))).await;
        let opened = t.ok(&t.admin, decrypt(&pair.encrypted.ciphertext)).await;
        assert!(opened.plaintext.ct_eq(pair.private.expose()));
        let private = claviger_crypto::PrivateKey::from_pkcs8(pair.private.expose()).unwrap();
        assert_eq!(private.public_key_der().unwrap(), pair.public);
    }
    let hidden = t.ok(&t.admin, GenerateDataKeyPairWithoutPlaintext(request(KeySpec::EcP384))).await;
    assert!(hidden.private.is_empty());
    t.refused(&t.admin, GenerateDataKeyPair(request(KeySpec::Aes256)), Reason::InvalidRequest).await;
}

#[tokio::test]
async fn re_encryption_moves_a_ciphertext_to_another_key_and_context() {
    let t = TestService::new().await;
    let (from, to) = (aes(&t).await, aes(&t).await);
    let sealed = encrypted(&t, &t.admin, from, b"hello").await;
    let moved = t
        .ok(
            &t.admin,
            ReEncrypt {
                ciphertext: sealed,
                source_key: None,
                source_additional_data: AdditionalData::None,
                source_algorithm: EncryptionAlgorithm::SymmetricDefault,
                destination_key: KeyRef::id(to),
                destination_additional_data: context(&[("new", "context")]),
                destination_algorithm: EncryptionAlgorithm::SymmetricDefault,
            },
        )
        .await
        .encrypted;
    assert_eq!(moved.key, to);
    let open = Decrypt { additional_data: context(&[("new", "context")]), ..decrypt(&moved.ciphertext) };
    assert_eq!(t.ok(&t.admin, open).await.plaintext.expose(), b"hello");
}

#[tokio::test]
async fn every_signing_key_signs_with_each_of_its_algorithms() {
    let t = TestService::new().await;
    let specs = [
        KeySpec::EcP256,
        KeySpec::EcP384,
        KeySpec::EcP521,
        KeySpec::EcSecp256k1,
        KeySpec::Ed25519,
        KeySpec::MlDsa44,
        KeySpec::Rsa2048,
    ];
    for spec in specs {
        let id = key(&t, spec, KeyUsage::Sign).await;
        for algorithm in SigningAlgorithm::of(spec).iter().copied() {
            let message_type = match algorithm {
                SigningAlgorithm::Ed25519ph => MessageType::Digest,
                _ => MessageType::Raw,
            };
            sign_and_verify(&t, id, algorithm, message_type, b"message".to_vec()).await;
        }
    }
}

async fn sign_and_verify(
    t: &TestService,
    id: KeyId,
    algorithm: SigningAlgorithm,
    message_type: MessageType,
    message: Vec<u8>,
) {
    let sign = Sign {
        version: None,
        key: KeyRef::id(id),
        message: message.clone(),
        message_type,
        algorithm: Some(algorithm),
    };
    let signature = t.ok(&t.admin, sign).await.signature;
    let verify = |message: Vec<u8>, signature: Vec<u8>| Verify {
        key: KeyRef::id(id),
        version: None,
        message,
        message_type,
        signature,
        algorithm: Some(algorithm),
    };
    t.ok(&t.admin, verify(message.clone(), signature.clone())).await;
    let mut wrong = signature.clone();
    *wrong.last_mut().unwrap() ^= 1;
    t.refused(&t.admin, verify(message.clone(), wrong), Reason::InvalidSignature).await;
    let mut other = message;
    other[0] ^= 1;
    t.refused(&t.admin, verify(other, signature), Reason::InvalidSignature).await;
}

#[tokio::test]
async fn a_digest_signs_like_its_message() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::EcP256, KeyUsage::Sign).await;
    let digest = claviger_crypto::sha256(b"message").to_vec();
    let sign = |message: Vec<u8>, message_type, algorithm| Sign {
        key: KeyRef::id(id),
        version: None,
        message,
        message_type,
        algorithm: Some(algorithm),
    };
    let algorithm = SigningAlgorithm::EcdsaSha256;
    let signature = t.ok(&t.admin, sign(digest.clone(), MessageType::Digest, algorithm)).await.signature;
    let public = t.ok(&t.admin, GetPublicKey { key: KeyRef::id(id), version: None }).await;
    let public = PublicKey::from_spki_der(&public.spki).unwrap();
    let scheme = SignatureScheme::Ecdsa(claviger_crypto::HashAlg::Sha256);
    public.verify(scheme, Input::Message(b"message"), &signature).unwrap();

    let refusals = [
        (digest[1..].to_vec(), MessageType::Digest, algorithm, Reason::InvalidRequest),
        (digest.clone(), MessageType::ExternalMu, algorithm, Reason::InvalidRequest),
        (digest.clone(), MessageType::Digest, SigningAlgorithm::EcdsaSha384, Reason::InvalidKeyUsage),
        (digest, MessageType::Raw, SigningAlgorithm::RsaPssSha256, Reason::InvalidKeyUsage),
    ];
    for (message, message_type, algorithm, reason) in refusals {
        t.refused(&t.admin, sign(message, message_type, algorithm), reason).await;
    }
}

#[tokio::test]
async fn codes_are_checked_in_full() {
    let t = TestService::new().await;
    let id = key(&t, KeySpec::Hmac384, KeyUsage::Mac).await;
    let algorithm = MacAlgorithm::HmacSha384;
    let message = b"message".to_vec();
    let generate = GenerateMac {
        version: None,
        key: KeyRef::id(id),
        message: message.clone(),
        algorithm: Some(algorithm),
    };
    let mac = t.ok(&t.admin, generate).await.mac;
    assert_eq!(mac.len(), 48);
    let verify = |mac: Vec<u8>| VerifyMac {
        version: None,
        key: KeyRef::id(id),
        message: message.clone(),
        mac,
        algorithm: Some(algorithm),
    };
    t.ok(&t.admin, verify(mac.clone())).await;
    t.refused(&t.admin, verify(mac[..24].to_vec()), Reason::InvalidMac).await;
    t.refused(&t.admin, verify([&mac[..47], &[mac[47] ^ 1]].concat()), Reason::InvalidMac).await;
    let other = GenerateMac {
        version: None,
        key: KeyRef::id(id),
        message: message.clone(),
        algorithm: Some(MacAlgorithm::HmacSha256),
    };
    t.refused(&t.admin, other, Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn two_parties_derive_the_same_secret() {
    let t = TestService::new().await;
    let (a, b) = (
        key(&t, KeySpec::EcP256, KeyUsage::KeyAgreement).await,
        key(&t, KeySpec::EcP256, KeyUsage::KeyAgreement).await,
    );
    let public_a = t.ok(&t.admin, GetPublicKey { key: KeyRef::id(a), version: None }).await.spki.to_vec();
    let public_b = t.ok(&t.admin, GetPublicKey { key: KeyRef::id(b), version: None }).await.spki.to_vec();
    let derive = |id, public_key| DeriveSharedSecret {
        key: KeyRef::id(id),
        public_key,
        algorithm: AgreementAlgorithm::Ecdh,
    };
    let one = t.ok(&t.admin, derive(a, public_b)).await.secret;
    let two = t.ok(&t.admin, derive(b, public_a)).await.secret;
    assert!(one.ct_eq(two.expose()) && one.len() == 32);
    t.refused(&t.admin, derive(a, b"not a key".to_vec()), Reason::InvalidRequest).await;
}

#[tokio::test]
async fn a_key_does_only_what_it_is_made_for() {
    let t = TestService::new().await;
    let (symmetric, signer) = (aes(&t).await, key(&t, KeySpec::Rsa2048, KeyUsage::Sign).await);
    t.refused(&t.admin, encrypt(signer, b"x"), Reason::InvalidKeyUsage).await;
    let sign = Sign {
        key: KeyRef::id(symmetric),
        version: None,
        message: b"x".to_vec(),
        message_type: MessageType::Raw,
        algorithm: Some(SigningAlgorithm::RsaPssSha256),
    };
    t.refused(&t.admin, sign, Reason::InvalidKeyUsage).await;
    t.refused(&t.admin, GetPublicKey { key: KeyRef::id(symmetric), version: None }, Reason::Unsupported)
        .await;
    let data_key = DataKeyRequest { key: KeyRef::id(signer), len: 32, additional_data: AdditionalData::None };
    t.refused(&t.admin, GenerateDataKey(data_key), Reason::InvalidKeyUsage).await;
    let empty = Encrypt { plaintext: SecretBytes::new(Vec::new()), ..encrypt(symmetric, b"") };
    let sealed = t.ok(&t.admin, empty).await.ciphertext;
    assert!(t.ok(&t.admin, decrypt(&sealed)).await.plaintext.is_empty());
}
