use serde_json::{Value, json};

use crate::fixtures::Fixture;

const ARN: &str = "arn:aws:kms:eu-test-1:111122223333:key/";

#[tokio::test]
async fn encryption_by_every_name_of_a_key() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    fixture.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await;
    let arn = format!("{ARN}{key}");
    for name in [
        key.clone(),
        arn.clone(),
        "alias/a".to_owned(),
        "arn:aws:kms:eu-test-1:111122223333:alias/a".to_owned(),
    ] {
        let context = json!({"purpose": "test"});
        let request = json!({"KeyId": name, "Plaintext": "c2VjcmV0", "EncryptionContext": context});
        let encrypted = fixture.ok("Encrypt", request).await;
        assert_eq!(
            (&encrypted["KeyId"], &encrypted["EncryptionAlgorithm"]),
            (&json!(arn), &json!("SYMMETRIC_DEFAULT"))
        );
        let blob = &encrypted["CiphertextBlob"];
        for named in [json!(name), Value::Null] {
            let request = json!({"KeyId": named, "CiphertextBlob": blob, "EncryptionContext": context});
            let decrypted = fixture.ok("Decrypt", request).await;
            let expected =
                json!({"KeyId": arn, "Plaintext": "c2VjcmV0", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"});
            assert_eq!(decrypted, expected);
        }
        assert_eq!(
            fixture.refused("Decrypt", json!({"CiphertextBlob": blob})).await,
            "InvalidCiphertextException"
        );
    }
}

#[tokio::test]
async fn ciphertexts_are_opened_by_their_key_only() {
    let fixture = Fixture::new().await;
    let (key, other) = (fixture.symmetric_key().await, fixture.symmetric_key().await);
    let blob = &fixture.ok("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})).await["CiphertextBlob"];
    let with = |key: &str| json!({"KeyId": key, "CiphertextBlob": blob});
    assert_eq!(fixture.refused("Decrypt", with(&other)).await, "IncorrectKeyException");
    assert_eq!(
        fixture.refused("Decrypt", json!({"CiphertextBlob": "AAECAw=="})).await,
        "InvalidCiphertextException"
    );
    fixture.ok("DisableKey", json!({"KeyId": key})).await;
    assert_eq!(fixture.refused("Decrypt", with(&key)).await, "DisabledException");
    fixture.ok("EnableKey", json!({"KeyId": key})).await;
    let deletion = fixture.ok("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await;
    assert_eq!(
        (&deletion["KeyState"], &deletion["PendingWindowInDays"]),
        (&json!("PendingDeletion"), &json!(7))
    );
    let answer = fixture.call("Decrypt", with(&key)).await;
    assert_eq!(answer.kind(), "KMSInvalidStateException");
    // Terraform looks for these words.
    assert!(answer.body["message"].as_str().unwrap().contains("is pending deletion"), "{answer:?}");
}

#[tokio::test]
async fn re_encryption() {
    let fixture = Fixture::new().await;
    let (key, other) = (fixture.symmetric_key().await, fixture.symmetric_key().await);
    let request = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionContext": {"a": "1"}});
    let blob = fixture.ok("Encrypt", request).await["CiphertextBlob"].clone();
    let request = json!({
        "CiphertextBlob": blob,
        "SourceEncryptionContext": {"a": "1"},
        "DestinationKeyId": other,
        "DestinationEncryptionContext": {"b": "2"},
    });
    let mut done = fixture.ok("ReEncrypt", request).await;
    let blob = done["CiphertextBlob"].take();
    assert_eq!(
        done,
        json!({
            "CiphertextBlob": null,
            "SourceKeyId": format!("{ARN}{key}"),
            "KeyId": format!("{ARN}{other}"),
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        })
    );
    let decrypted =
        fixture.ok("Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": {"b": "2"}})).await;
    assert_eq!(decrypted["Plaintext"], "c2VjcmV0");
}

#[tokio::test]
async fn data_keys() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let made = fixture
        .ok("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": {"a": "1"}}))
        .await;
    assert_eq!(made.as_object().unwrap().len(), 3);
    assert_eq!(made["Plaintext"].as_str().unwrap().len(), 44);
    let open = json!({"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": {"a": "1"}});
    assert_eq!(fixture.ok("Decrypt", open).await["Plaintext"], made["Plaintext"]);
    let hidden =
        fixture.ok("GenerateDataKeyWithoutPlaintext", json!({"KeyId": key, "NumberOfBytes": 64})).await;
    assert_eq!(hidden.as_object().unwrap().keys().collect::<Vec<_>>(), ["CiphertextBlob", "KeyId"]);
    let pair = fixture.ok("GenerateDataKeyPair", json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"})).await;
    assert_eq!(
        (&pair["KeyPairSpec"], &pair["KeyId"]),
        (&json!("ECC_NIST_P256"), &json!(format!("{ARN}{key}")))
    );
    let opened = fixture.ok("Decrypt", json!({"CiphertextBlob": pair["PrivateKeyCiphertextBlob"]})).await;
    assert_eq!(opened["Plaintext"], pair["PrivateKeyPlaintext"]);
    let hidden = fixture
        .ok("GenerateDataKeyPairWithoutPlaintext", json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}))
        .await;
    assert!(hidden.get("PrivateKeyPlaintext").is_none() && hidden["PublicKey"].is_string());
    let random = fixture.ok("GenerateRandom", json!({"NumberOfBytes": 12})).await;
    assert_eq!(random["Plaintext"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn signatures() {
    let fixture = Fixture::new().await;
    for (spec, algorithm, message_type) in [
        ("RSA_2048", "RSASSA_PSS_SHA_256", "RAW"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", "RAW"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "RAW"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "DIGEST"),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "RAW"),
    ] {
        let key = fixture.key(json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})).await;
        let message = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let mut request = json!({"KeyId": key, "Message": message, "MessageType": message_type, "SigningAlgorithm": algorithm});
        let signed = fixture.ok("Sign", request.clone()).await;
        assert_eq!(
            (&signed["KeyId"], &signed["SigningAlgorithm"]),
            (&json!(format!("{ARN}{key}")), &json!(algorithm))
        );
        request["Signature"] = signed["Signature"].clone();
        let verified = fixture.ok("Verify", request.clone()).await;
        assert_eq!(
            verified,
            json!({"KeyId": format!("{ARN}{key}"), "SignatureValid": true, "SigningAlgorithm": algorithm})
        );
        request["Message"] = json!("HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        assert_eq!(fixture.refused("Verify", request).await, "KMSInvalidSignatureException", "{spec}");
        let public = fixture.ok("GetPublicKey", json!({"KeyId": key})).await;
        assert_eq!((&public["KeySpec"], &public["KeyUsage"]), (&json!(spec), &json!("SIGN_VERIFY")));
        assert!(public["SigningAlgorithms"].as_array().unwrap().contains(&json!(algorithm)));
        let wrong = json!({"KeyId": key, "Plaintext": "AAAA"});
        assert_eq!(fixture.refused("Encrypt", wrong).await, "InvalidKeyUsageException");
    }
}

/// HashEdDSA is asked for as a digest, which is hashed again; pure EdDSA is not.
#[tokio::test]
async fn message_types_of_ed25519() {
    let fixture = Fixture::new().await;
    let key = fixture.key(json!({"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"})).await;
    for (algorithm, message_type) in
        [("ED25519_SHA_512", "DIGEST"), ("ED25519_PH_SHA_512", "RAW"), ("ED25519_SHA_512", "EXTERNAL_MU")]
    {
        let request = json!({"KeyId": key, "Message": "AAAA", "MessageType": message_type, "SigningAlgorithm": algorithm});
        assert_eq!(
            fixture.refused("Sign", request).await,
            "ValidationException",
            "{algorithm} {message_type}"
        );
    }
}

#[tokio::test]
async fn codes_and_agreement() {
    let fixture = Fixture::new().await;
    let key = fixture.key(json!({"KeySpec": "HMAC_512", "KeyUsage": "GENERATE_VERIFY_MAC"})).await;
    let mut request = json!({"KeyId": key, "Message": "AAAA", "MacAlgorithm": "HMAC_SHA_512"});
    let made = fixture.ok("GenerateMac", request.clone()).await;
    assert_eq!(
        (&made["KeyId"], &made["MacAlgorithm"]),
        (&json!(format!("{ARN}{key}")), &json!("HMAC_SHA_512"))
    );
    request["Mac"] = made["Mac"].clone();
    let verified = fixture.ok("VerifyMac", request.clone()).await;
    assert_eq!(
        verified,
        json!({"KeyId": format!("{ARN}{key}"), "MacValid": true, "MacAlgorithm": "HMAC_SHA_512"})
    );
    request["Message"] = json!("AAAB");
    assert_eq!(fixture.refused("VerifyMac", request).await, "KMSInvalidMacException");
    let agreement = json!({"KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT"});
    let (alice, bob) = (fixture.key(agreement.clone()).await, fixture.key(agreement).await);
    let public =
        async |key: &str| fixture.ok("GetPublicKey", json!({"KeyId": key})).await["PublicKey"].clone();
    let derive = async |key: &str, peer: Value| {
        let request = json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer});
        fixture.ok("DeriveSharedSecret", request).await
    };
    let (one, two) = (derive(&alice, public(&bob).await).await, derive(&bob, public(&alice).await).await);
    assert_eq!(one["SharedSecret"], two["SharedSecret"]);
    assert_eq!((&one["KeyAgreementAlgorithm"], &one["KeyOrigin"]), (&json!("ECDH"), &json!("AWS_KMS")));
}

#[tokio::test]
async fn rsa_encryption() {
    let fixture = Fixture::new().await;
    let key = fixture.key(json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"})).await;
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let request = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionAlgorithm": algorithm});
        let blob = fixture.ok("Encrypt", request).await["CiphertextBlob"].clone();
        let mut request = json!({"KeyId": key, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm});
        assert_eq!(fixture.ok("Decrypt", request.clone()).await["Plaintext"], "c2VjcmV0");
        request.as_object_mut().unwrap().remove("KeyId");
        assert_eq!(fixture.refused("Decrypt", request).await, "ValidationException");
    }
    assert_eq!(
        fixture.refused("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await,
        "InvalidKeyUsageException"
    );
}

/// Everything is checked, nothing is done, and the record says so.
#[tokio::test]
async fn dry_runs() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let (_, nobody) = fixture.principal("nobody", &[]).await;
    let grantee = "arn:aws:iam::111122223333:user/nobody";
    for (operation, body) in [
        ("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA", "DryRun": true})),
        ("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256", "DryRun": true})),
        ("GenerateDataKeyPair", json!({"KeyId": key, "KeyPairSpec": "RSA_2048", "DryRun": true})),
        (
            "CreateGrant",
            json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"], "DryRun": true}),
        ),
    ] {
        let answer = fixture.call(operation, body.clone()).await;
        assert_eq!(answer.kind(), "DryRunOperationException", "{operation}");
        let outcomes = fixture.outcomes(&answer);
        assert_eq!((&outcomes[0]["outcome"], &outcomes[0]["dry_run"]), (&json!("DryRun"), &json!(true)));
        let denied = fixture.call_as(&nobody, operation, body).await;
        assert_eq!(denied.kind(), "AccessDeniedException", "{operation}");
    }
    let grants = fixture.ok("ListGrants", json!({"KeyId": key})).await;
    assert_eq!(grants["Grants"], json!([]));
}
