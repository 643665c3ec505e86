use std::sync::Arc;

use claviger_types::{
    Deletion, KeyPlace, Revision, RootKeyGeneration, Rotation, Sealed, Tags, Timestamp, VersionNumber,
    VersionState, VersionTemplate,
};
use expect_test::expect;

use super::*;
use crate::call::from_json;

fn created(body: &str) -> Result<CreateKey, &'static str> {
    from_json(body.as_bytes()).and_then(create_key).map_err(|fault| fault.code.name)
}

#[test]
fn create_key_requests() {
    let check = |body: &str, expected: Result<(KeySpec, KeyUsage), &str>| {
        assert_eq!(created(body).map(|key| (key.spec, key.usage)), expected, "{body}");
    };
    const VALIDATION: Result<(KeySpec, KeyUsage), &str> = Err("ValidationException");
    const UNSUPPORTED: Result<(KeySpec, KeyUsage), &str> = Err("UnsupportedOperationException");
    check("{}", Ok((KeySpec::Aes256, KeyUsage::Encrypt)));
    check(r#"{"KeyUsage":"ENCRYPT_DECRYPT"}"#, Ok((KeySpec::Aes256, KeyUsage::Encrypt)));
    check(
        r#"{"KeySpec":"RSA_2048","KeyUsage":"ENCRYPT_DECRYPT"}"#,
        Ok((KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt)),
    );
    check(r#"{"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}"#, Ok((KeySpec::Rsa2048, KeyUsage::Sign)));
    check(
        r#"{"CustomerMasterKeySpec":"HMAC_512","KeyUsage":"GENERATE_VERIFY_MAC"}"#,
        Ok((KeySpec::Hmac512, KeyUsage::Mac)),
    );
    check(
        r#"{"KeySpec":"ECC_NIST_P384","KeyUsage":"KEY_AGREEMENT"}"#,
        Ok((KeySpec::EcP384, KeyUsage::KeyAgreement)),
    );
    check(r#"{"KeySpec":"RSA_2048"}"#, VALIDATION);
    check(r#"{"KeySpec":"HMAC_256"}"#, VALIDATION);
    check(r#"{"KeySpec":"RSA_2048","KeyUsage":"KEY_AGREEMENT"}"#, VALIDATION);
    check(r#"{"KeySpec":"ECC_NIST_P256","KeyUsage":"ENCRYPT_DECRYPT"}"#, VALIDATION);
    check(r#"{"KeyUsage":"SIGN_VERIFY"}"#, VALIDATION);
    check(r#"{"KeySpec":"RSA_1024","KeyUsage":"SIGN_VERIFY"}"#, VALIDATION);
    check(
        r#"{"KeySpec":"RSA_2048","CustomerMasterKeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}"#,
        VALIDATION,
    );
    check(r#"{"KeySpec":"SM2","KeyUsage":"SIGN_VERIFY"}"#, UNSUPPORTED);
    check(r#"{"KeySpec":"ML_KEM_768","KeyUsage":"ENCAPSULATE_DECAPSULATE"}"#, UNSUPPORTED);
    check(r#"{"KeyUsage":"ENCAPSULATE_DECAPSULATE"}"#, UNSUPPORTED);
    check(r#"{"MultiRegion":true}"#, UNSUPPORTED);
    check(r#"{"MultiRegion":false}"#, Ok((KeySpec::Aes256, KeyUsage::Encrypt)));
    check(r#"{"CustomKeyStoreId":"cks-1"}"#, UNSUPPORTED);
    check(r#"{"XksKeyId":"1"}"#, UNSUPPORTED);
    check(r#"{"Origin":"AWS_CLOUDHSM"}"#, UNSUPPORTED);
    check(r#"{"Origin":"X"}"#, VALIDATION);
    check(r#"{"Policy":""}"#, VALIDATION);
    check(&format!(r#"{{"Description":"{}"}}"#, "a".repeat(8193)), VALIDATION);
    check(r#"{"Tags":[{"TagKey":"a"}]}"#, VALIDATION);
    check(r#"{"Tags":[{"TagKey":"a","TagValue":"1"},{"TagKey":"a","TagValue":"2"}]}"#, Err("TagException"));
    // Other fronts know these, too.
    check(r#"{"KeySpec":"AES_128"}"#, VALIDATION);
    check(r#"{"KeySpec":"HMAC_160"}"#, VALIDATION);
    for spec in KeySpec::ALL {
        let elsewhere = matches!(spec, KeySpec::Aes128 | KeySpec::HmacSha1);
        assert_ne!(KEY_SPECS.contains(&spec.policy_name()), elsewhere, "{spec:?}");
    }
    let full = r#"{"Origin":"EXTERNAL","Description":"d","Policy":"p","BypassPolicyLockoutSafetyCheck":true,"Tags":[{"TagKey":"a","TagValue":""}]}"#;
    let full = created(full).ok().unwrap();
    assert_eq!(
        (full.origin, &*full.description, full.policy.as_deref()),
        (KeyOrigin::Imported, "d", Some("p"))
    );
    assert!(full.bypass_lockout_check && full.tags.contains_key("a"));
}

#[test]
fn what_is_told_of_a_key() {
    let check = |change: &dyn Fn(&mut Key, &mut KeyVersion), expected: expect_test::Expect| {
        let (mut key, mut version) = sample();
        change(&mut key, &mut version);
        let arn = format!("arn:aws:kms:eu-here-1:111122223333:key/{}", key.id);
        let metadata = metadata(&key, std::slice::from_ref(&version), &arn);
        expected.assert_eq(&serde_json::to_string_pretty(&metadata).unwrap());
    };
    check(
        &|_, _| {},
        expect![[r#"
        {
          "AWSAccountId": "111122223333",
          "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
          "Arn": "arn:aws:kms:eu-here-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
          "CreationDate": 1767323045.123,
          "Enabled": true,
          "Description": "what it is for",
          "KeyUsage": "ENCRYPT_DECRYPT",
          "KeyState": "Enabled",
          "Origin": "AWS_KMS",
          "KeyManager": "CUSTOMER",
          "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
          "KeySpec": "SYMMETRIC_DEFAULT",
          "EncryptionAlgorithms": [
            "SYMMETRIC_DEFAULT"
          ],
          "MultiRegion": false
        }"#]],
    );
    check(
        &|key, version| {
            key.origin = KeyOrigin::Imported;
            key.state = KeyState::PendingDeletion;
            key.deletion = Some(Deletion { at: Timestamp::from_secs(1_800_000_000), window: Days(7) });
            version.valid_to = Some(Timestamp::from_secs(1_790_000_000));
        },
        expect![[r#"
            {
              "AWSAccountId": "111122223333",
              "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
              "Arn": "arn:aws:kms:eu-here-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
              "CreationDate": 1767323045.123,
              "Enabled": false,
              "Description": "what it is for",
              "KeyUsage": "ENCRYPT_DECRYPT",
              "KeyState": "PendingDeletion",
              "DeletionDate": 1800000000.0,
              "ValidTo": 1790000000.0,
              "Origin": "EXTERNAL",
              "ExpirationModel": "KEY_MATERIAL_EXPIRES",
              "KeyManager": "CUSTOMER",
              "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
              "KeySpec": "SYMMETRIC_DEFAULT",
              "EncryptionAlgorithms": [
                "SYMMETRIC_DEFAULT"
              ],
              "MultiRegion": false
            }"#]],
    );
}

#[test]
fn states_usages_and_imports() {
    let check = |change: &dyn Fn(&mut Key, &mut KeyVersion), pointer: &str, expected: serde_json::Value| {
        let (mut key, mut version) = sample();
        change(&mut key, &mut version);
        let shown = serde_json::to_value(metadata(&key, std::slice::from_ref(&version), "arn")).unwrap();
        assert_eq!(shown.pointer(pointer).cloned().unwrap_or_default(), expected, "{pointer}");
    };
    use serde_json::json;
    check(&|key, _| key.state = KeyState::Disabled, "/KeyState", json!("Disabled"));
    check(&|key, _| key.state = KeyState::Disabled, "/Enabled", json!(false));
    check(&|key, _| key.state = KeyState::PendingImport, "/KeyState", json!("PendingImport"));
    check(
        &|key, _| key.origin = KeyOrigin::Imported,
        "/ExpirationModel",
        json!("KEY_MATERIAL_DOES_NOT_EXPIRE"),
    );
    let no_material = |key: &mut Key, version: &mut KeyVersion| {
        key.origin = KeyOrigin::Imported;
        version.handle = None;
    };
    check(&no_material, "/ExpirationModel", json!(null));
    let of = |spec, usage| {
        move |key: &mut Key, _: &mut KeyVersion| {
            key.spec = spec;
            key.usage = usage;
        }
    };
    check(&of(KeySpec::EcP256, KeyUsage::Sign), "/SigningAlgorithms", json!(["ECDSA_SHA_256"]));
    check(&of(KeySpec::EcP256, KeyUsage::Sign), "/EncryptionAlgorithms", json!(null));
    check(&of(KeySpec::EcP256, KeyUsage::KeyAgreement), "/KeyAgreementAlgorithms", json!(["ECDH"]));
    check(&of(KeySpec::Hmac384, KeyUsage::Mac), "/MacAlgorithms", json!(["HMAC_SHA_384"]));
    let rsa = of(KeySpec::Rsa3072, KeyUsage::AsymmetricDecrypt);
    check(&rsa, "/EncryptionAlgorithms", json!(["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]));
    check(&rsa, "/KeyUsage", json!("ENCRYPT_DECRYPT"));
}

#[test]
fn waiting_and_rotation_periods() {
    let region = "eu-here-1".parse().unwrap();
    let names = Names { region: &region };
    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let window = |days: &str| {
        let body = format!(r#"{{"KeyId":"{ID}"{days}}}"#);
        let request = from_json(body.as_bytes()).unwrap();
        schedule_key_deletion(request, names)
            .map(|operation| operation.window.0)
            .map_err(|fault| fault.code.name)
    };
    assert_eq!(window(""), Ok(30));
    assert_eq!(window(r#","PendingWindowInDays":7"#), Ok(7));
    assert_eq!(window(r#","PendingWindowInDays":6"#), Err("ValidationException"));
    assert_eq!(window(r#","PendingWindowInDays":31"#), Err("ValidationException"));
    let period = |days: &str| {
        let body = format!(r#"{{"KeyId":"{ID}"{days}}}"#);
        let request = from_json(body.as_bytes()).unwrap();
        enable_key_rotation(request, names).map(|operation| operation.period).map_err(|fault| fault.code.name)
    };
    assert_eq!(period(""), Ok(None));
    assert_eq!(period(r#","RotationPeriodInDays":90"#), Ok(Some(Days(90))));
    assert_eq!(period(r#","RotationPeriodInDays":89"#), Err("ValidationException"));
    assert_eq!(period(r#","RotationPeriodInDays":2561"#), Err("ValidationException"));
}

#[test]
fn rotations_are_shown_in_pages() {
    let rotation =
        |secs| claviger_keys::PastRotation { time: Timestamp::from_secs(secs), kind: RotationKind::OnDemand };
    let past = PastRotations {
        key: "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap(),
        key_arn: "arn".to_owned(),
        rotations: vec![rotation(1), rotation(2), rotation(3)],
    };
    let check = |after, limit, expected: &[f64], next: Option<&str>| {
        let reply = rotations_reply(&past, RotationsPage { after, limit });
        let times: Vec<_> = reply.rotations.iter().map(|entry| entry.rotation_date.0.secs_f64()).collect();
        assert_eq!(
            (times.as_slice(), reply.next_marker.as_deref(), reply.truncated),
            (expected, next, next.is_some())
        );
    };
    check(0, 2, &[1.0, 2.0], Some("2"));
    check(2, 2, &[3.0], None);
    check(0, 3, &[1.0, 2.0, 3.0], None);
    check(7, 1, &[], None);
    check(usize::MAX, 1, &[], None);
}

#[test]
fn rotation_status() {
    let check = |rotation: Option<Rotation>, expected: &str| {
        let key = "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap();
        let status = RotationStatus { key, key_arn: "arn".to_owned(), rotation };
        assert_eq!(serde_json::to_string(&rotation_status_reply(&status)).unwrap(), expected);
    };
    check(None, r#"{"KeyRotationEnabled":false,"KeyId":"arn"}"#);
    check(
        Some(Rotation { period: Days(365).duration(), next: Timestamp::from_secs(1_800_000_000) }),
        r#"{"KeyRotationEnabled":true,"KeyId":"arn","RotationPeriodInDays":365,"NextRotationDate":1800000000.0}"#,
    );
}

fn sample() -> (Key, KeyVersion) {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap();
    let created = Timestamp::from_micros(1_767_323_045_123_000);
    let key = Key {
        id,
        project: "111122223333".parse().unwrap(),
        place: KeyPlace::default(),
        spec: KeySpec::Aes256,
        usage: KeyUsage::Encrypt,
        origin: KeyOrigin::Generated,
        provider: "software".parse().unwrap(),
        exportable: false,
        state: KeyState::Enabled,
        description: "what it is for".into(),
        policy: Arc::from("{}"),
        policy_source: None,
        tags: Tags::new(),
        created,
        primary: VersionNumber::FIRST,
        template: VersionTemplate::default(),
        rotation: None,
        deletion: None,
        revision: Revision::NEW,
    };
    let version = KeyVersion {
        key: id,
        number: VersionNumber::FIRST,
        state: VersionState::Active,
        provider: "software".parse().unwrap(),
        protection: claviger_types::ProtectionLevel::Software,
        tag: None,
        messages: 0,
        handle: Some(Sealed { generation: RootKeyGeneration(1), bytes: Box::new([1]) }),
        public: None,
        created,
        rotated: None,
        valid_to: None,
        algorithm: None,
        destroy_at: None,
        destroyed: None,
        import: None,
        fingerprint: None,
    };
    (key, version)
}
