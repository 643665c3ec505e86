use claviger_client::{
    Client, ErrorKind, OaepHash, RemoteDecrypter, RemoteSigner,
    api::{
        Base64, Decrypt, Encrypt, EncryptionAlgorithm, GenerateDataKey, GenerateMac, KeySpec, KeyUsage,
        MacAlgorithm, PageQuery, ReEncrypt, Secret, Sign, SigningAlgorithm, Verify, VerifyMac,
    },
};
use zeroize::Zeroizing;

use crate::{certificates::Authority, service::Service};

fn encrypt(plaintext: &[u8], algorithm: Option<EncryptionAlgorithm>) -> Encrypt {
    let plaintext = Secret(Zeroizing::new(plaintext.to_vec()));
    Encrypt { plaintext, encryption_context: Default::default(), algorithm }
}

fn decrypt(ciphertext: &Base64) -> Decrypt {
    let ciphertext = ciphertext.clone();
    Decrypt { ciphertext, key: None, encryption_context: Default::default(), algorithm: None }
}

#[tokio::test]
async fn what_was_encrypted_is_decrypted() {
    let service = Service::start().await;
    let client = service.client();
    let key = service.key(KeySpec::Aes256, KeyUsage::Encrypt).await;
    let other = service.key(KeySpec::Aes256, KeyUsage::Encrypt).await;
    let encrypted = client.encrypt(&key, &encrypt(b"message", None)).await.unwrap();
    assert_eq!(*client.decrypt(&decrypt(&encrypted.ciphertext)).await.unwrap().plaintext.0, b"message");
    let request = ReEncrypt {
        ciphertext: encrypted.ciphertext,
        source_key: None,
        source_encryption_context: Default::default(),
        source_algorithm: None,
        key: other.clone(),
        encryption_context: Default::default(),
        algorithm: None,
    };
    let again = client.re_encrypt(&request).await.unwrap();
    let decrypted = client.decrypt(&decrypt(&again.ciphertext)).await.unwrap();
    assert_eq!((&**decrypted.plaintext.0, decrypted.key), (&b"message"[..], other));
    let request = GenerateDataKey { bytes: Some(16), encryption_context: Default::default() };
    let data_key = client.data_key(&key, &request).await.unwrap();
    let opened = client.decrypt(&decrypt(&data_key.ciphertext)).await.unwrap();
    assert!(data_key.plaintext.is_some_and(|plaintext| *plaintext.0 == *opened.plaintext.0));
}

#[tokio::test]
async fn signatures_and_codes_are_verified() {
    let service = Service::start().await;
    let client = service.client();
    let message = Base64(b"message".to_vec());
    let key = service.key(KeySpec::EcP256, KeyUsage::Sign).await;
    let algorithm = SigningAlgorithm::EcdsaSha256;
    let sign = Sign { message: message.clone(), message_type: None, algorithm };
    let signature = client.sign(&key, &sign).await.unwrap().signature;
    let mut verify = Verify { message: message.clone(), message_type: None, signature, algorithm };
    assert!(client.verify(&key, &verify).await.unwrap().valid);
    verify.message.0.push(1);
    assert_eq!(client.verify(&key, &verify).await.unwrap_err().kind(), ErrorKind::IntegrityFailure);
    let key = service.key(KeySpec::Hmac256, KeyUsage::Mac).await;
    let algorithm = MacAlgorithm::HmacSha256;
    let mac = client.mac(&key, &GenerateMac { message: message.clone(), algorithm }).await.unwrap().mac;
    assert!(client.verify_mac(&key, &VerifyMac { message, mac, algorithm }).await.unwrap().valid);
}

#[tokio::test]
async fn keys_are_shown_and_listed() {
    let service = Service::start().await;
    let client = service.client();
    for _ in 0..3 {
        service.key(KeySpec::EcP256, KeyUsage::Sign).await;
    }
    let first = client.keys(&PageQuery { after: None, limit: Some(2) }).await.unwrap();
    let rest = client.keys(&PageQuery { after: first.next, limit: Some(2) }).await.unwrap();
    assert_eq!((first.keys.len(), rest.keys.len(), rest.next), (2, 1, None));
    assert_eq!(client.key(&rest.keys[0].id).await.unwrap().summary.id, rest.keys[0].id);
    assert_eq!(client.random(17).await.unwrap().random.0.len(), 17);
}

#[tokio::test]
async fn refusals_name_the_call() {
    let service = Service::start().await;
    let error = service.client().public_key("nope").await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Invalid, Some("InvalidRequest")));
    let request = error.request_id().unwrap();
    assert!(!service.t.log.of_request(request.parse().unwrap()).is_empty());
    assert!(error.to_string().ends_with(&format!("(InvalidRequest, request {request})")), "{error}");
}

#[tokio::test]
async fn tokens_prove_who_calls_to_servers_that_are_trusted() {
    let service = Service::start().await;
    let authority = Authority::new();
    let (url, token) = (service.listen(&authority).await, service.token().await);
    let client = |authority: &Authority, token: &str| {
        let builder = Client::https(&url).trust(authority.certificate.clone()).unwrap();
        builder.token(token).unwrap().retries(0).build().unwrap()
    };
    assert!(client(&authority, &token).random(1).await.is_ok());
    let error = client(&authority, "clv_nobody").random(1).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let error = client(&Authority::new(), &token).random(1).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(Client::https(&url).build().is_err(), "nobody is trusted");
    let shown = format!("{:?} {:?}", client(&authority, &token), Client::https(&url).token(&token).unwrap());
    assert!(!shown.contains(&token), "{shown}");
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let service = Service::start().await;
    let key = service.key(KeySpec::Aes256, KeyUsage::Encrypt).await;
    let dry = Client::unix(service.path("s")).dry_run(true).build().unwrap();
    let error = dry.encrypt(&key, &encrypt(b"x", None)).await.err().unwrap();
    assert_eq!(error.reason(), Some("DryRun"));
}

#[tokio::test]
async fn rsa_ciphertexts_are_decrypted_by_reference() {
    let service = Service::start().await;
    let client = service.client();
    let key = service.key(KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt).await;
    let decrypter = RemoteDecrypter::open(&client, &key).await.unwrap();
    assert_eq!(decrypter.key(), key);
    for (hash, algorithm) in [
        (OaepHash::Sha1, EncryptionAlgorithm::RsaOaepSha1),
        (OaepHash::Sha256, EncryptionAlgorithm::RsaOaepSha256),
    ] {
        let encrypted = client.encrypt(&key, &encrypt(b"message", Some(algorithm))).await.unwrap();
        let Base64(mut ciphertext) = encrypted.ciphertext;
        assert_eq!(*decrypter.decrypt(&ciphertext, hash).await.unwrap(), b"message");
        ciphertext[0] ^= 1;
        let error = decrypter.decrypt(&ciphertext, hash).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IntegrityFailure);
    }
    let signing = service.key(KeySpec::Rsa2048, KeyUsage::Sign).await;
    assert_eq!(RemoteDecrypter::open(&client, &signing).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(
        RemoteSigner::open(&service.threads(), &key).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}
