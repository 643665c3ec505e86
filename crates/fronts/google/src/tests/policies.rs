use http::Method;
use serde_json::{Value, json};

use super::{Google, base64};

const APP: &str = "serviceAccount:app@111122223333.iam.claviger.internal";
const CALLER: [u8; 32] = [7; 32];

fn binding(role: &str) -> Value {
    json!({ "role": role, "members": [APP] })
}

async fn encrypts(google: &Google, key: &str) -> bool {
    let body = json!({ "plaintext": base64(b"x") });
    let answer = google.rest_as(CALLER, Method::POST, &format!("/v1/{key}:encrypt"), body).await;
    match answer.body["error"]["status"].as_str() {
        None => true,
        Some("PERMISSION_DENIED") => false,
        Some(other) => panic!("{other}: {}", answer.body),
    }
}

async fn world() -> (Google, String, String) {
    let google = Google::new().await;
    google.principal("app", &[], CALLER).await;
    let ring = google.ring().await;
    let key = google.key(&ring, "prod-1", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    (google, ring, key)
}

#[tokio::test]
async fn bindings_of_a_key_allow_what_their_role_says() {
    let (google, _, key) = world().await;
    assert!(!encrypts(&google, &key).await);
    let empty = google.get(&format!("/v1/{key}:getIamPolicy")).await;
    assert_eq!(empty["bindings"], Value::Null);
    let policy = json!({ "bindings": [binding("roles/cloudkms.cryptoKeyEncrypter")], "etag": empty["etag"] });
    let written = google.post(&format!("/v1/{key}:setIamPolicy"), json!({ "policy": policy })).await;
    assert_eq!(google.get(&format!("/v1/{key}:getIamPolicy")).await, written);
    assert!(encrypts(&google, &key).await);
    let answer = google
        .rest_as(CALLER, Method::POST, &format!("/v1/{key}:decrypt"), json!({ "ciphertext": base64(b"x") }))
        .await;
    assert_eq!(answer.body["error"]["status"], "PERMISSION_DENIED");

    let permissions = ["cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt"];
    let asked = json!({ "permissions": permissions });
    let answer =
        google.rest_as(CALLER, Method::POST, &format!("/v1/{key}:testIamPermissions"), asked.clone()).await;
    assert_eq!(answer.body, json!({ "permissions": [permissions[1]] }));
    // The account still decides by its principals' own policies.
    assert_eq!(
        google.post(&format!("/v1/{key}:testIamPermissions"), asked).await,
        json!({ "permissions": permissions })
    );
}

#[tokio::test]
async fn who_writes_on_top_of_another_is_refused() {
    let (google, ring, key) = world().await;
    for resource in [ring, key] {
        let path = format!("/v1/{resource}:setIamPolicy");
        let read = google.get(&format!("/v1/{resource}:getIamPolicy")).await;
        let policy = json!({ "bindings": [binding("roles/cloudkms.viewer")], "etag": read["etag"] });
        google.post(&path, json!({ "policy": policy })).await;
        google.refused(Method::POST, &path, json!({ "policy": policy }), "ABORTED").await;
        let stale = json!({ "policy": { "etag": "AAAA" } });
        google.refused(Method::POST, &path, stale, "ABORTED").await;
        // Without an etag, whatever is there.
        google.post(&path, json!({ "policy": {} })).await;
    }
}

#[tokio::test]
async fn the_policy_of_a_ring_is_about_all_that_is_in_it() {
    let (google, ring, key) = world().await;
    let other = google.key(&ring, "test-1", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let mut bound = binding("roles/cloudkms.cryptoKeyEncrypterDecrypter");
    bound["condition"] = json!({
        "title": "production",
        "expression": format!("resource.name.startsWith(\"{ring}/cryptoKeys/prod-\")"),
    });
    let policy = json!({ "version": 3, "bindings": [bound] });
    google.post(&format!("/v1/{ring}:setIamPolicy"), json!({ "policy": policy })).await;
    assert!(encrypts(&google, &key).await);
    assert!(!encrypts(&google, &other).await);
    google.refused(Method::GET, &format!("/v1/{ring}:getIamPolicy"), Value::Null, "INVALID_ARGUMENT").await;
    let read = google.get(&format!("/v1/{ring}:getIamPolicy?options.requestedPolicyVersion=3")).await;
    assert_eq!(read["bindings"], policy["bindings"]);
}

#[tokio::test]
async fn a_condition_on_time_ends() {
    let (google, _, key) = world().await;
    let mut bound = binding("roles/cloudkms.cryptoKeyEncrypter");
    bound["condition"] = json!({ "expression": "request.time < timestamp(\"2026-01-01T13:00:00Z\")" });
    let policy = json!({ "version": 3, "bindings": [bound] });
    google.post(&format!("/v1/{key}:setIamPolicy"), json!({ "policy": policy })).await;
    assert!(encrypts(&google, &key).await);
    google.t.clock.advance(3600);
    assert!(!encrypts(&google, &key).await);
}

#[tokio::test]
async fn what_cannot_be_said_here_is_refused() {
    let (google, ring, key) = world().await;
    let path = format!("/v1/{key}:setIamPolicy");
    let set = async |policy: Value| {
        google.refused(Method::POST, &path, json!({ "policy": policy }), "INVALID_ARGUMENT").await
    };
    set(json!({ "bindings": [binding("roles/owner")] })).await;
    set(json!({ "bindings": [{ "role": "roles/cloudkms.viewer", "members": ["allUsers"] }] })).await;
    let ghost = "serviceAccount:ghost@111122223333.iam.claviger.internal";
    set(json!({ "bindings": [{ "role": "roles/cloudkms.viewer", "members": [ghost] }] })).await;
    set(json!({ "auditConfigs": [{ "service": "allServices" }] })).await;
    let job = format!("/v1/{ring}/importJobs/j:getIamPolicy");
    google.refused(Method::GET, &job, Value::Null, "UNIMPLEMENTED").await;
    let permissions = json!({ "permissions": ["cloudkms.keyRings.create"] });
    google
        .refused(Method::POST, &format!("/v1/{key}:testIamPermissions"), permissions, "INVALID_ARGUMENT")
        .await;
}

/// A policy belongs to the language that it was written in.
#[tokio::test]
async fn a_policy_of_the_other_language_is_left_alone() {
    let (google, _, key) = world().await;
    let region = "eu-test-1".parse().unwrap();
    let reference = crate::names::Names { region: &region }.key(&key).unwrap().key_ref();
    let document = claviger_keys::default_policy(google.t.account).replace("kms:*", "kms:*\", \"kms:Encrypt");
    let document = document
        .replace("\"Action\" : \"kms:*\", \"kms:Encrypt\"", "\"Action\" : [\"kms:*\", \"kms:Encrypt\"]");
    let put = claviger_keys::PutKeyPolicy {
        key: reference,
        name: None,
        policy: document.into(),
        bypass_lockout_check: false,
    };
    google.t.ok(&google.t.admin, put).await;
    google.refused(Method::GET, &format!("/v1/{key}:getIamPolicy"), Value::Null, "FAILED_PRECONDITION").await;
    let policy = json!({ "policy": { "bindings": [binding("roles/cloudkms.admin")] } });
    google.refused(Method::POST, &format!("/v1/{key}:setIamPolicy"), policy, "FAILED_PRECONDITION").await;
}
