use claviger_crypto::{HashAlg, Input, PublicKey, SignatureScheme};
use http::Method;
use serde_json::{Value, json};
use tonic::Code;

use super::{Google, HERE, base64, unbase64};
use crate::{checksum::crc32c, wire::kms};

async fn world(id: &str, purpose: &str, algorithm: &str) -> (Google, String) {
    let google = Google::new().await;
    let ring = google.ring().await;
    let key = google.key(&ring, id, purpose, algorithm).await;
    (google, key)
}

#[tokio::test]
async fn what_one_transport_encrypts_the_other_decrypts() {
    let (google, key) = world("k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let body = json!({
        "plaintext": base64(b"message"),
        "plaintextCrc32c": crc32c(b"message").unwrap().to_string(),
        "additionalAuthenticatedData": base64(b"aad"),
    });
    let sealed = google.post(&format!("/v1/{key}:encrypt"), body).await;
    assert_eq!(sealed["name"], format!("{key}/cryptoKeyVersions/1"));
    assert_eq!(sealed["verifiedPlaintextCrc32c"], true);
    assert_eq!(sealed["verifiedAdditionalAuthenticatedDataCrc32c"], Value::Null);
    assert_eq!(sealed["protectionLevel"], "SOFTWARE");
    let ciphertext = unbase64(&sealed["ciphertext"]);
    assert_eq!(sealed["ciphertextCrc32c"], crc32c(&ciphertext).unwrap().to_string());
    let request = kms::DecryptRequest {
        name: key.clone(),
        ciphertext_crc32c: crc32c(&ciphertext),
        ciphertext,
        additional_authenticated_data: b"aad".to_vec(),
        additional_authenticated_data_crc32c: crc32c(b"aad"),
    };
    let opened: kms::DecryptResponse = google.call("Decrypt", request.clone()).await.unwrap();
    assert_eq!(&*opened.plaintext, b"message");
    assert_eq!(opened.plaintext_crc32c, crc32c(b"message"));
    assert!(opened.used_primary);

    google.post(&format!("/v1/{key}/cryptoKeyVersions"), json!({})).await;
    google.post(&format!("/v1/{key}:updatePrimaryVersion"), json!({ "cryptoKeyVersionId": "2" })).await;
    let opened: kms::DecryptResponse = google.call("Decrypt", request.clone()).await.unwrap();
    assert!(!opened.used_primary);

    let other = kms::DecryptRequest {
        additional_authenticated_data: Vec::new(),
        additional_authenticated_data_crc32c: None,
        ..request
    };
    let refused = google.call::<_, kms::DecryptResponse>("Decrypt", other).await;
    assert_eq!(refused.err(), Some(Code::InvalidArgument));
}

#[tokio::test]
async fn a_version_can_be_named_to_encrypt() {
    let (google, key) = world("k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    google.post(&format!("/v1/{key}/cryptoKeyVersions"), json!({})).await;
    let version = format!("{key}/cryptoKeyVersions/2");
    let sealed = google.post(&format!("/v1/{version}:encrypt"), json!({ "plaintext": base64(b"x") })).await;
    assert_eq!(sealed["name"], version);
    let opened =
        google.post(&format!("/v1/{key}:decrypt"), json!({ "ciphertext": sealed["ciphertext"] })).await;
    assert_eq!(opened["plaintext"], base64(b"x"));
    let absent = format!("/v1/{key}/cryptoKeyVersions/3:encrypt");
    google.refused(Method::POST, &absent, json!({ "plaintext": "" }), "NOT_FOUND").await;
}

#[tokio::test]
async fn checksums_that_do_not_match_are_refused() {
    let (google, key) = world("k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    for body in [
        json!({ "plaintext": base64(b"x"), "plaintextCrc32c": "1" }),
        json!({ "plaintext": base64(b"x"), "additionalAuthenticatedDataCrc32c": "1" }),
    ] {
        let message =
            google.refused(Method::POST, &format!("/v1/{key}:encrypt"), body, "INVALID_ARGUMENT").await;
        assert!(message.starts_with("The checksum in field"), "{message}");
    }
    let body = json!({ "ciphertext": base64(b"x"), "ciphertextCrc32c": 1 });
    let message = google.refused(Method::POST, &format!("/v1/{key}:decrypt"), body, "INVALID_ARGUMENT").await;
    assert!(message.starts_with("The checksum in field ciphertext_crc32c"), "{message}");
}

#[tokio::test]
async fn lengths_have_limits() {
    let (google, key) = world("k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let request =
        |len: usize| kms::EncryptRequest { name: key.clone(), plaintext: vec![0; len], ..Default::default() };
    assert!(google.call::<_, kms::EncryptResponse>("Encrypt", request(65_536)).await.is_ok());
    let refused = google.call::<_, kms::EncryptResponse>("Encrypt", request(65_537)).await;
    assert_eq!(refused.unwrap_err(), Code::InvalidArgument);
    for (length, good) in [(7, false), (8, true), (1024, true), (1025, false), (-1, false)] {
        let request = kms::GenerateRandomBytesRequest {
            location: HERE.to_owned(),
            length_bytes: length,
            protection_level: 0,
        };
        let answer: Result<kms::GenerateRandomBytesResponse, _> =
            google.call("GenerateRandomBytes", request).await;
        assert_eq!(answer.is_ok(), good, "{length}");
        if let Ok(answer) = answer {
            assert_eq!(answer.data.len(), usize::try_from(length).unwrap());
            assert_eq!(answer.data_crc32c, crc32c(&answer.data));
        }
    }
}

#[tokio::test]
async fn signatures_verify_under_the_public_key() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let digest = |len| json!({ "digest": { format!("sha{}", len * 8): base64(&vec![7; len]) } });
    for (algorithm, scheme, len) in [
        ("EC_SIGN_P256_SHA256", SignatureScheme::Ecdsa(HashAlg::Sha256), 32),
        ("EC_SIGN_P384_SHA384", SignatureScheme::Ecdsa(HashAlg::Sha384), 48),
        ("EC_SIGN_SECP256K1_SHA256", SignatureScheme::Ecdsa(HashAlg::Sha256), 32),
        ("RSA_SIGN_PSS_2048_SHA256", SignatureScheme::RsaPss(HashAlg::Sha256), 32),
        ("RSA_SIGN_PKCS1_2048_SHA256", SignatureScheme::RsaPkcs1(HashAlg::Sha256), 32),
    ] {
        let key = google.key(&ring, algorithm, "ASYMMETRIC_SIGN", algorithm).await;
        let version = format!("/v1/{key}/cryptoKeyVersions/1");
        let public = google.get(&format!("{version}/publicKey?publicKeyFormat=DER")).await;
        assert_eq!(public["algorithm"], algorithm);
        let public = PublicKey::from_spki_der(&unbase64(&public["publicKey"]["data"])).unwrap();
        let signed = google.post(&format!("{version}:asymmetricSign"), digest(len)).await;
        let signature = unbase64(&signed["signature"]);
        public.verify(scheme, Input::Digest(&vec![7; len]), &signature).unwrap();
        assert_eq!(signed["signatureCrc32c"], crc32c(&signature).unwrap().to_string());
        let signed = google.post(&format!("{version}:asymmetricSign"), json!({ "data": base64(b"m") })).await;
        public.verify(scheme, Input::Message(b"m"), &unbase64(&signed["signature"])).unwrap();
        for wrong in [digest(64), json!({}), json!({ "data": base64(b"m"), "digest": digest(len)["digest"] })]
        {
            google
                .refused(Method::POST, &format!("{version}:asymmetricSign"), wrong, "INVALID_ARGUMENT")
                .await;
        }
        let wrong = json!({ "digest": { "sha256": base64(&[7; 31]) } });
        google.refused(Method::POST, &format!("{version}:asymmetricSign"), wrong, "INVALID_ARGUMENT").await;
    }
}

#[tokio::test]
async fn signatures_without_a_digest() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let data = json!({ "data": base64(b"m"), "dataCrc32c": crc32c(b"m").unwrap() });
    for (algorithm, scheme) in [
        ("EC_SIGN_ED25519", SignatureScheme::Ed25519),
        ("PQ_SIGN_ML_DSA_44", SignatureScheme::MlDsa),
        ("PQ_SIGN_ML_DSA_65", SignatureScheme::MlDsa),
        ("PQ_SIGN_ML_DSA_87", SignatureScheme::MlDsa),
    ] {
        let key = google.key(&ring, algorithm, "ASYMMETRIC_SIGN", algorithm).await;
        let version = format!("/v1/{key}/cryptoKeyVersions/1");
        let public = google.get(&format!("{version}/publicKey?publicKeyFormat=DER")).await;
        let public = PublicKey::from_spki_der(&unbase64(&public["publicKey"]["data"])).unwrap();
        let signed = google.post(&format!("{version}:asymmetricSign"), data.clone()).await;
        assert_eq!(signed["verifiedDataCrc32c"], true);
        public.verify(scheme, Input::Message(b"m"), &unbase64(&signed["signature"])).unwrap();
        let digest = json!({ "digest": { "sha256": base64(&[7; 32]) } });
        google.refused(Method::POST, &format!("{version}:asymmetricSign"), digest, "INVALID_ARGUMENT").await;
    }
    let key = google.key(&ring, "mu", "ASYMMETRIC_SIGN", "PQ_SIGN_ML_DSA_65_EXTERNAL_MU").await;
    let version = format!("/v1/{key}/cryptoKeyVersions/1");
    let public = google.get(&format!("{version}/publicKey?publicKeyFormat=NIST_PQC")).await;
    assert_eq!(unbase64(&public["publicKey"]["data"]).len(), 1952);
    let mu = json!({ "digest": { "externalMu": base64(&[7; 64]) } });
    google.post(&format!("{version}:asymmetricSign"), mu).await;
    google.refused(Method::POST, &format!("{version}:asymmetricSign"), data, "FAILED_PRECONDITION").await;
}

#[tokio::test]
async fn forms_of_public_keys() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let ec = google.key(&ring, "ec", "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256").await;
    let path = format!("/v1/{ec}/cryptoKeyVersions/1/publicKey");
    let usual = google.get(&path).await;
    let pem = usual["pem"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"));
    assert_eq!(usual["pemCrc32c"], crc32c(pem.as_bytes()).unwrap().to_string());
    assert_eq!(usual["publicKey"], Value::Null);
    let asked = google.get(&format!("{path}?publicKeyFormat=PEM")).await;
    assert_eq!(unbase64(&asked["publicKey"]["data"]), pem.as_bytes());
    google
        .refused(Method::GET, &format!("{path}?publicKeyFormat=NIST_PQC"), Value::Null, "INVALID_ARGUMENT")
        .await;
    let pq = google.key(&ring, "pq", "ASYMMETRIC_SIGN", "PQ_SIGN_ML_DSA_65").await;
    let path = format!("/v1/{pq}/cryptoKeyVersions/1/publicKey");
    google.refused(Method::GET, &path, Value::Null, "INVALID_ARGUMENT").await;
    let mac = google.key(&ring, "mac", "MAC", "HMAC_SHA256").await;
    let path = format!("/v1/{mac}/cryptoKeyVersions/1/publicKey");
    google.refused(Method::GET, &path, Value::Null, "FAILED_PRECONDITION").await;
}

#[tokio::test]
async fn messages_to_the_public_key_are_decrypted() {
    let (google, key) = world("k", "ASYMMETRIC_DECRYPT", "RSA_DECRYPT_OAEP_2048_SHA256").await;
    let version = format!("/v1/{key}/cryptoKeyVersions/1");
    let public = google.get(&format!("{version}/publicKey?publicKeyFormat=DER")).await;
    let public = PublicKey::from_spki_der(&unbase64(&public["publicKey"]["data"])).unwrap();
    let ciphertext = public.encrypt_oaep(HashAlg::Sha256, b"", b"message").unwrap();
    let body = json!({ "ciphertext": base64(&ciphertext), "ciphertextCrc32c": crc32c(&ciphertext).unwrap() });
    let opened = google.post(&format!("{version}:asymmetricDecrypt"), body).await;
    assert_eq!(unbase64(&opened["plaintext"]), b"message");
    assert_eq!(opened["verifiedCiphertextCrc32c"], true);
    // The version fixes the hash.
    let other = public.encrypt_oaep(HashAlg::Sha1, b"", b"message").unwrap();
    let body = json!({ "ciphertext": base64(&other) });
    google.refused(Method::POST, &format!("{version}:asymmetricDecrypt"), body, "INVALID_ARGUMENT").await;
    google
        .refused(
            Method::POST,
            &format!("/v1/{key}:encrypt"),
            json!({ "plaintext": "" }),
            "FAILED_PRECONDITION",
        )
        .await;
}

#[tokio::test]
async fn codes_are_made_and_checked() {
    let (google, key) = world("k", "MAC", "HMAC_SHA256").await;
    let version = format!("/v1/{key}/cryptoKeyVersions/1");
    let made = google.post(&format!("{version}:macSign"), json!({ "data": base64(b"m") })).await;
    let mac = unbase64(&made["mac"]);
    assert_eq!((mac.len(), &made["macCrc32c"]), (32, &json!(crc32c(&mac).unwrap().to_string())));
    let verify = async |data: &[u8]| {
        let body = json!({ "data": base64(data), "mac": base64(&mac), "macCrc32c": crc32c(&mac).unwrap() });
        google.post(&format!("{version}:macVerify"), body).await
    };
    let good = verify(b"m").await;
    assert_eq!(
        (&good["success"], &good["verifiedSuccessIntegrity"], &good["verifiedMacCrc32c"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(verify(b"other").await["success"], Value::Null);
}

#[tokio::test]
async fn raw_modes() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let message = base64(&[7; 32]);
    for (algorithm, iv_len, tag) in [
        ("AES_128_GCM", 12, json!(16)),
        ("AES_256_GCM", 12, json!(16)),
        ("AES_128_CBC", 16, Value::Null),
        ("AES_256_CBC", 16, Value::Null),
        ("AES_128_CTR", 16, Value::Null),
        ("AES_256_CTR", 16, Value::Null),
    ] {
        let key = google.key(&ring, algorithm, "RAW_ENCRYPT_DECRYPT", algorithm).await;
        let version = format!("/v1/{key}/cryptoKeyVersions/1");
        let sealed = google.post(&format!("{version}:rawEncrypt"), json!({ "plaintext": message })).await;
        assert_eq!((unbase64(&sealed["initializationVector"]).len(), &sealed["tagLength"]), (iv_len, &tag));
        let mut body = json!({
            "ciphertext": sealed["ciphertext"],
            "initializationVector": sealed["initializationVector"],
            "ciphertextCrc32c": sealed["ciphertextCrc32c"],
        });
        let opened = google.post(&format!("{version}:rawDecrypt"), body.clone()).await;
        assert_eq!(
            (&opened["plaintext"], &opened["verifiedCiphertextCrc32c"]),
            (&json!(message), &json!(true))
        );
        body["tagLength"] = json!(12);
        google.refused(Method::POST, &format!("{version}:rawDecrypt"), body, "INVALID_ARGUMENT").await;
    }
    let gcm = format!("/v1/{ring}/cryptoKeys/AES_256_GCM/cryptoKeyVersions/1:rawEncrypt");
    let chosen = json!({ "plaintext": message, "initializationVector": base64(&[1; 12]) });
    google.refused(Method::POST, &gcm, chosen, "INVALID_ARGUMENT").await;
}

#[tokio::test]
async fn larger_and_older_algorithms() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let key = google.key(&ring, "sha1", "MAC", "HMAC_SHA1").await;
    let path = format!("/v1/{key}/cryptoKeyVersions/1:macSign");
    let made = google.post(&path, json!({ "data": base64(b"m") })).await;
    assert_eq!(unbase64(&made["mac"]).len(), 20);
    let key = google.key(&ring, "sha512", "ASYMMETRIC_DECRYPT", "RSA_DECRYPT_OAEP_4096_SHA512").await;
    let version = format!("/v1/{key}/cryptoKeyVersions/1");
    let public = google.get(&format!("{version}/publicKey?publicKeyFormat=DER")).await;
    let public = PublicKey::from_spki_der(&unbase64(&public["publicKey"]["data"])).unwrap();
    let ciphertext = public.encrypt_oaep(HashAlg::Sha512, b"", b"message").unwrap();
    let body = json!({ "ciphertext": base64(&ciphertext) });
    let opened = google.post(&format!("{version}:asymmetricDecrypt"), body).await;
    assert_eq!(unbase64(&opened["plaintext"]), b"message");
}

#[tokio::test]
async fn keys_are_used_for_their_purpose_only() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let enc = google.key(&ring, "enc", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let sig = google.key(&ring, "sig", "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256").await;
    let check = async |path: String, body: Value| {
        google.refused(Method::POST, &format!("/v1/{path}"), body, "FAILED_PRECONDITION").await;
    };
    check(format!("{sig}:encrypt"), json!({ "plaintext": "" })).await;
    check(format!("{sig}:decrypt"), json!({ "ciphertext": base64(b"x") })).await;
    check(format!("{enc}/cryptoKeyVersions/1:asymmetricSign"), json!({ "data": base64(b"x") })).await;
    check(format!("{enc}/cryptoKeyVersions/1:asymmetricDecrypt"), json!({ "ciphertext": base64(b"x") }))
        .await;
    check(format!("{enc}/cryptoKeyVersions/1:macSign"), json!({ "data": base64(b"x") })).await;
}

#[tokio::test]
async fn no_secret_reaches_the_audit_log() {
    let (google, key) = world("k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let body = json!({ "plaintext": base64(b"plaintext-that-must-not-be-seen"), "additionalAuthenticatedData": base64(b"associated") });
    let sealed = google.post(&format!("/v1/{key}:encrypt"), body).await;
    let body =
        json!({ "ciphertext": sealed["ciphertext"], "additionalAuthenticatedData": base64(b"associated") });
    google.post(&format!("/v1/{key}:decrypt"), body).await;
    let log: String = google.t.log.records().iter().map(ToString::to_string).collect();
    for secret in
        ["plaintext-that", &base64(b"plaintext-that"), "associated", sealed["ciphertext"].as_str().unwrap()]
    {
        assert!(!log.contains(secret), "{secret}");
    }
}
