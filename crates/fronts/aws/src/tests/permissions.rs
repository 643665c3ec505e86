//! Key policies and grants, as clients use them.

use serde_json::{Value, json};

use crate::fixtures::Fixture;

#[tokio::test]
async fn key_policies() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let (_, user) = fixture.principal("user", &[]).await;
    let policy = fixture.ok("GetKeyPolicy", json!({"KeyId": key})).await;
    assert_eq!(policy["PolicyName"], "default");
    let mut document: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(document["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
    let listed = fixture.ok("ListKeyPolicies", json!({"KeyId": key})).await;
    assert_eq!(listed, json!({"PolicyNames": ["default"], "Truncated": false}));
    let encrypt = json!({"KeyId": key, "Plaintext": "AAAA"});
    assert_eq!(fixture.call_as(&user, "Encrypt", encrypt.clone()).await.kind(), "AccessDeniedException");
    document["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/user"},
        "Action": "kms:Encrypt",
        "Resource": "*",
    }));
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": document.to_string()});
    assert_eq!(fixture.ok("PutKeyPolicy", put).await, Value::Null);
    assert_eq!(fixture.call_as(&user, "Encrypt", encrypt).await.kind(), "Ok");
    let of = |policy: Value| json!({"KeyId": key, "Policy": policy});
    assert_eq!(fixture.refused("PutKeyPolicy", of(json!("{"))).await, "MalformedPolicyDocumentException");
    let locked = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    assert_eq!(fixture.refused("PutKeyPolicy", of(json!(locked))).await, "MalformedPolicyDocumentException");
    let other = json!({"KeyId": key, "PolicyName": "other"});
    assert_eq!(fixture.refused("GetKeyPolicy", other).await, "NotFoundException");
}

#[tokio::test]
async fn grants() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let arn = format!("arn:aws:kms:eu-test-1:111122223333:key/{key}");
    let (_, user) = fixture.principal("user", &[]).await;
    let principal = "arn:aws:iam::111122223333:user/user";
    let created = fixture
        .ok(
            "CreateGrant",
            json!({
                "KeyId": key,
                "GranteePrincipal": principal,
                "RetiringPrincipal": principal,
                "Operations": ["Encrypt", "DescribeKey"],
                "Constraints": {"EncryptionContextSubset": {"a": "1"}},
                "Name": "first",
            }),
        )
        .await;
    let encrypt = |context: Value| json!({"KeyId": key, "Plaintext": "AAAA", "EncryptionContext": context, "GrantTokens": [created["GrantToken"]]});
    assert_eq!(fixture.call_as(&user, "Encrypt", encrypt(json!({"a": "1", "b": "2"}))).await.kind(), "Ok");
    assert_eq!(
        fixture.call_as(&user, "Encrypt", encrypt(json!({"a": "2"}))).await.kind(),
        "AccessDeniedException"
    );
    assert_eq!(fixture.call_as(&user, "DescribeKey", json!({"KeyId": key})).await.kind(), "Ok");
    let listed = fixture.ok("ListGrants", json!({"KeyId": key})).await;
    assert_eq!(
        listed["Grants"],
        json!([{
            "KeyId": arn,
            "GrantId": created["GrantId"],
            "Name": "first",
            "CreationDate": 1_767_268_800.0,
            "GranteePrincipal": principal,
            "RetiringPrincipal": principal,
            "IssuingAccount": "arn:aws:iam::111122223333:root",
            "Operations": ["DescribeKey", "Encrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "1"}},
        }])
    );
    let retirable = fixture.ok("ListRetirableGrants", json!({"RetiringPrincipal": principal})).await;
    assert_eq!(retirable["Grants"], listed["Grants"]);
    let retire = json!({"GrantToken": created["GrantToken"]});
    let retired = fixture.call_as(&user, "RetireGrant", retire.clone()).await;
    assert_eq!((retired.kind(), &retired.body), ("Ok", &Value::Null));
    assert_eq!(fixture.call_as(&user, "RetireGrant", retire).await.kind(), "AccessDeniedException");
    assert_eq!(
        fixture.call_as(&user, "Encrypt", encrypt(json!({"a": "1"}))).await.kind(),
        "AccessDeniedException"
    );
    let revoke = json!({"KeyId": key, "GrantId": created["GrantId"]});
    assert_eq!(fixture.refused("RevokeGrant", revoke).await, "NotFoundException");
}
