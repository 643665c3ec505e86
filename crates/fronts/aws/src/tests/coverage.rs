use serde_json::{Value, json};

use crate::{fixtures::Fixture, operation_names};

/// The operations of the API's model of 2014-11-01, as botocore 1.44.5 has it.
const MODEL: &[&str] = &[
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateGrant",
    "CreateKey",
    "Decapsulate",
    "Decrypt",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "PutKeyPolicy",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];

/// What is refused to everybody.
const UNSUPPORTED: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "Decapsulate",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "Encapsulate",
    "ReplicateKey",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
];

#[test]
fn the_table_is_the_model() {
    // Sorted too, which the look-up relies on.
    assert_eq!(operation_names().collect::<Vec<_>>(), MODEL);
}

#[tokio::test]
async fn every_operation_is_refused_without_permission_and_recorded_once() {
    let fixture = Fixture::new().await;
    let (_, nobody) = fixture.principal("nobody", &[]).await;
    let requests = Requests::new(&fixture).await;
    for operation in operation_names() {
        let answer = fixture.call_as(&nobody, operation, requests.of(operation)).await;
        let (kind, outcome) = match UNSUPPORTED.contains(&operation) {
            true => ("UnsupportedOperationException", "Unsupported"),
            false => ("AccessDeniedException", "Denied"),
        };
        assert_eq!((answer.status, answer.kind()), (400, kind), "{operation}: {answer:?}");
        let outcomes = fixture.outcomes(&answer);
        assert_eq!(outcomes.len(), 1, "{operation}: {outcomes:?}");
        assert_eq!(outcomes[0]["operation"], operation);
        assert_eq!(outcomes[0]["outcome"], outcome, "{operation}");
        assert_eq!(outcomes[0]["front"], "aws");
        assert_eq!(outcomes[0]["caller"], "arn:aws:iam::111122223333:user/nobody");
    }
}

/// The same requests are done for somebody who may, each leaving one record: so the refusals above are not for
/// another reason.
#[tokio::test]
async fn every_operation_is_done_with_permission_and_recorded_once() {
    let fixture = Fixture::new().await;
    for operation in operation_names().filter(|operation| !UNSUPPORTED.contains(operation)) {
        // Anew for each, as some take away what others need.
        let requests = Requests::new(&fixture).await;
        requests.prepare(&fixture, operation).await;
        let answer = fixture.call(operation, requests.of(operation)).await;
        // That needs material wrapped under a key that the preparation alone does not give; it has a test of its own.
        let expected = if operation == "ImportKeyMaterial" { "InvalidImportTokenException" } else { "Ok" };
        assert_eq!(answer.kind(), expected, "{operation}: {answer:?}");
        let outcomes = fixture.outcomes(&answer);
        assert_eq!(outcomes.len(), 1, "{operation}: {outcomes:?}");
        assert_eq!(outcomes[0]["operation"], operation);
    }
}

/// Every operation that reads its request refuses one that is not JSON, and one whose members are of other types; both
/// are recorded under its name.
#[tokio::test]
async fn every_malformed_request_of_a_known_caller_is_recorded_once() {
    let fixture = Fixture::new().await;
    for operation in operation_names().filter(|operation| !UNSUPPORTED.contains(operation)) {
        for body in [
            "{",
            "[]",
            r#"{"KeyId":5,"CiphertextBlob":1,"NumberOfBytes":"5","AliasName":[],"Limit":{},"Description":7,"RetiringPrincipal":1}"#,
        ] {
            let request = fixture.signed(&fixture.admin, "/", operation, body.to_owned());
            let answer = fixture.send(request).await;
            assert_eq!((answer.status, answer.kind()), (400, "SerializationException"), "{operation} {body}");
            let outcomes = fixture.outcomes(&answer);
            assert_eq!(outcomes.len(), 1, "{operation}: {outcomes:?}");
            assert_eq!(
                (&outcomes[0]["operation"], &outcomes[0]["outcome"]),
                (&json!(operation), &json!("InvalidRequest"))
            );
        }
    }
}

/// A request for each operation, and the things that it names.
struct Requests {
    symmetric: String,
    deleted: String,
    imported: String,
    signing: String,
    mac: String,
    agreement: String,
    alias: String,
    grant: String,
    ciphertext: Value,
    signature: Value,
    code: Value,
    public_key: Value,
}

impl Requests {
    async fn new(fixture: &Fixture) -> Self {
        let symmetric = fixture.symmetric_key().await;
        let deleted = fixture.symmetric_key().await;
        let imported = fixture.key(json!({"Origin": "EXTERNAL"})).await;
        let signing = fixture.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
        let mac = fixture.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})).await;
        let agreement = fixture.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"})).await;
        let alias = format!("alias/of-{symmetric}");
        fixture.ok("CreateAlias", json!({"AliasName": alias, "TargetKeyId": symmetric})).await;
        let grant = json!({"KeyId": symmetric, "GranteePrincipal": "arn:aws:iam::111122223333:user/admin", "Operations": ["Encrypt"]});
        let grant = fixture.ok("CreateGrant", grant).await["GrantId"].as_str().unwrap().to_owned();
        let ciphertext = fixture.ok("Encrypt", json!({"KeyId": symmetric, "Plaintext": "AAAA"})).await;
        let mut requests = Self {
            symmetric,
            deleted,
            imported,
            signing,
            mac,
            agreement,
            alias,
            grant,
            ciphertext: ciphertext["CiphertextBlob"].clone(),
            signature: Value::Null,
            code: Value::Null,
            public_key: Value::Null,
        };
        requests.signature = fixture.ok("Sign", requests.of("Sign")).await["Signature"].clone();
        requests.code = fixture.ok("GenerateMac", requests.of("GenerateMac")).await["Mac"].clone();
        requests.public_key =
            fixture.ok("GetPublicKey", json!({"KeyId": requests.agreement})).await["PublicKey"].clone();
        requests
    }

    /// What must be so for the operation to succeed.
    async fn prepare(&self, fixture: &Fixture, operation: &str) {
        if operation == "CancelKeyDeletion" {
            fixture.ok("ScheduleKeyDeletion", json!({"KeyId": self.deleted})).await;
        }
    }

    fn of(&self, operation: &str) -> Value {
        let key = &self.symmetric;
        match operation {
            "CancelKeyDeletion" => json!({"KeyId": self.deleted}),
            "CreateAlias" => json!({"AliasName": format!("{}-2", self.alias), "TargetKeyId": key}),
            "CreateGrant" => {
                json!({"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:user/admin", "Operations": ["Decrypt"]})
            }
            "CreateKey" => json!({}),
            "Decrypt" => json!({"CiphertextBlob": self.ciphertext}),
            "DeleteAlias" => json!({"AliasName": self.alias}),
            "DeleteImportedKeyMaterial" => json!({"KeyId": self.imported}),
            "DeriveSharedSecret" => {
                json!({"KeyId": self.agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": self.public_key})
            }
            "EnableKeyRotation" => json!({"KeyId": key, "RotationPeriodInDays": 90}),
            "Encrypt" => json!({"KeyId": key, "Plaintext": "AAAA"}),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                json!({"KeyId": key, "KeySpec": "AES_256"})
            }
            "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => {
                json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"})
            }
            "GenerateMac" => json!({"KeyId": self.mac, "Message": "AAAA", "MacAlgorithm": "HMAC_SHA_256"}),
            "GenerateRandom" => json!({"NumberOfBytes": 16}),
            "GetParametersForImport" => {
                json!({"KeyId": self.imported, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"})
            }
            "GetPublicKey" => json!({"KeyId": self.signing}),
            "ImportKeyMaterial" => json!({
                "KeyId": self.imported,
                "ImportToken": "AAAAAAAAAAAAAAAAAAAAAA==",
                "EncryptedKeyMaterial": "AAAA",
                "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
            }),
            "ListAliases" | "ListKeys" => json!({}),
            "ListRetirableGrants" => json!({"RetiringPrincipal": "arn:aws:iam::111122223333:user/admin"}),
            "PutKeyPolicy" => json!({"KeyId": key, "Policy": json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*",
            }]}).to_string()}),
            "ReEncrypt" => json!({"CiphertextBlob": self.ciphertext, "DestinationKeyId": key}),
            "RetireGrant" | "RevokeGrant" => json!({"KeyId": key, "GrantId": self.grant}),
            "Sign" => json!({"KeyId": self.signing, "Message": "AAAA", "SigningAlgorithm": "ECDSA_SHA_256"}),
            "TagResource" => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            "UntagResource" => json!({"KeyId": key, "TagKeys": ["a"]}),
            "UpdateAlias" => json!({"AliasName": self.alias, "TargetKeyId": self.deleted}),
            "UpdateKeyDescription" => json!({"KeyId": key, "Description": "text"}),
            "Verify" => {
                json!({"KeyId": self.signing, "Message": "AAAA", "Signature": self.signature, "SigningAlgorithm": "ECDSA_SHA_256"})
            }
            "VerifyMac" => {
                json!({"KeyId": self.mac, "Message": "AAAA", "Mac": self.code, "MacAlgorithm": "HMAC_SHA_256"})
            }
            _ => json!({"KeyId": key}),
        }
    }
}
