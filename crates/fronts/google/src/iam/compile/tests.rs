use claviger_core::Reason;
use claviger_types::Region;
use serde_json::{Value, json};

use super::{compile, restored};
use crate::{
    names::{Names, Resource},
    wire::{Expr, iam},
};

const RING: &str = "projects/111122223333/locations/eu-test-1/keyRings/r";
const MEMBER: &str = "serviceAccount:app@111122223333.iam.claviger.internal";

fn resource(name: &str) -> Resource {
    let region: Region = "eu-test-1".parse().unwrap();
    Names { region: &region }.resource(name).unwrap()
}

fn policy(role: &str, members: &[&str], condition: Option<&str>) -> iam::Policy {
    let condition = condition.map(|expression| Expr { expression: expression.to_owned(), ..Expr::default() });
    iam::Policy {
        version: if condition.is_some() { 3 } else { 1 },
        bindings: vec![iam::Binding {
            role: role.to_owned(),
            members: members.iter().map(ToString::to_string).collect(),
            condition,
        }],
        ..Default::default()
    }
}

fn statements(policy: &iam::Policy, target: &str) -> Vec<Value> {
    let compiled = compile(policy, &resource(target)).unwrap();
    let kind = claviger_access::PolicyKind::Key;
    claviger_access::Policy::parse(&compiled.document, kind).unwrap();
    let document: Value = serde_json::from_str(&compiled.document).unwrap();
    document["Statement"].as_array().unwrap().clone()
}

#[test]
fn a_binding_is_a_statement() {
    let policy = policy("roles/cloudkms.cryptoKeyEncrypter", &[MEMBER], None);
    let expected = json!({
        "Effect": "Allow",
        "Principal": { "AWS": ["arn:aws:iam::111122223333:user/app"] },
        "Action": ["kms:Encrypt", "kms:RawEncrypt"],
        "Resource": "*",
    });
    assert_eq!(statements(&policy, RING), std::slice::from_ref(&expected));
    let of_key = statements(&policy, &format!("{RING}/cryptoKeys/k"));
    assert_eq!(of_key[0]["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
    assert_eq!(of_key[1..], [expected]);
}

#[test]
fn no_bindings_allow_nothing() {
    let empty = iam::Policy::default();
    assert_eq!(statements(&empty, RING)[0]["NotAction"], "*");
    assert_eq!(statements(&empty, &format!("{RING}/cryptoKeys/k")).len(), 1);
}

#[test]
fn conditions() {
    let check = |condition: &str, actions: Value, expected: Value| {
        let policy = policy("roles/cloudkms.cryptoOperator", &[MEMBER], Some(condition));
        let statement = &statements(&policy, RING)[0];
        assert_eq!(statement["Action"], actions, "{condition}");
        assert_eq!(statement["Condition"], expected, "{condition}");
    };
    let all = json!([
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateMac",
        "kms:GetPublicKey",
        "kms:RawDecrypt",
        "kms:RawEncrypt",
        "kms:Sign",
        "kms:Verify",
        "kms:VerifyMac"
    ]);
    check(
        "request.time < timestamp(\"2027-01-01T00:00:00Z\")",
        all.clone(),
        json!({ "DateLessThan": { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }),
    );
    check(&format!("resource.name.startsWith(\"{RING}\")"), all.clone(), Value::Null);
    check("resource.name.startsWith(\"projects/1111\")", all.clone(), Value::Null);
    check(
        &format!("resource.name.startsWith(\"{RING}/cryptoKeys/prod-\")"),
        all,
        json!({ "StringLike": { "claviger:RingKeyName": "prod-*" } }),
    );
    check(
        &format!("resource.name == \"{RING}/cryptoKeys/k\""),
        json!(["kms:Decrypt", "kms:Encrypt", "kms:RawDecrypt", "kms:RawEncrypt"]),
        json!({ "StringEquals": { "claviger:RingKeyName": "k" } }),
    );
    check(
        "resource.type == \"cloudkms.googleapis.com/CryptoKey\"",
        json!(["kms:Decrypt", "kms:Encrypt", "kms:RawDecrypt", "kms:RawEncrypt"]),
        Value::Null,
    );
}

#[test]
fn what_is_refused() {
    let check = |policy: iam::Policy, target: &str| {
        let error = compile(&policy, &resource(target)).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidRequest, "{}", error.public());
    };
    let signer = "roles/cloudkms.signer";
    check(policy("roles/owner", &[MEMBER], None), RING);
    check(policy("roles/cloudkms.importer", &[MEMBER], None), &format!("{RING}/cryptoKeys/k"));
    check(policy(signer, &[], None), RING);
    for member in [
        "allUsers",
        "allAuthenticatedUsers",
        "user:app@111122223333.iam.claviger.internal",
        "serviceAccount:app@example.com",
        "serviceAccount:app@1.iam.claviger.internal",
        "serviceAccount:*@111122223333.iam.claviger.internal",
        "deleted:serviceAccount:app@111122223333.iam.claviger.internal?uid=1",
    ] {
        check(policy(signer, &[MEMBER, member], None), RING);
    }
    for condition in [
        "request.auth == 1".to_owned(),
        "resource.type == \"cloudkms.googleapis.com/ImportJob\"".to_owned(),
        "resource.name.startsWith(\"projects/999\")".to_owned(),
        format!("resource.name.startsWith(\"{RING}2\")"),
        format!("resource.name.startsWith(\"{RING}/importJobs/\")"),
        format!("resource.name.startsWith(\"{RING}/cryptoKeys/a*\")"),
        format!("resource.name.startsWith(\"{RING}/cryptoKeys/k/cryptoKeyVersions/1\")"),
        format!("resource.name == \"{RING}/cryptoKeys/\""),
        format!(
            "resource.name.startsWith(\"{RING}/cryptoKeys/a\") && resource.name.startsWith(\"{RING}/cryptoKeys/ab\")"
        ),
    ] {
        check(policy(signer, &[MEMBER], Some(&condition)), RING);
    }
    let old = iam::Policy {
        version: 1,
        ..policy(signer, &[MEMBER], Some("request.time < timestamp(\"2027-01-01T00:00:00Z\")"))
    };
    check(old, RING);
    let audited = iam::Policy { audit_configs: vec![Default::default()], ..policy(signer, &[MEMBER], None) };
    check(audited, RING);
}

#[test]
fn a_policy_comes_back_without_its_etag() {
    let condition = "request.time < timestamp(\"2027-01-01T00:00:00Z\")";
    let mut written = policy("roles/cloudkms.signer", &[MEMBER], Some(condition));
    written.etag = vec![1, 2, 3];
    let kept = compile(&written, &resource(RING)).unwrap();
    written.etag.clear();
    assert_eq!(restored(&kept.source).unwrap(), written);
}
