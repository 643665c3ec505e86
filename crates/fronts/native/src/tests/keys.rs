use http::Method;
use serde_json::{Value, json};

use super::Native;

async fn make(native: &Native, body: Value) -> String {
    native.post("/keys", body).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_life_of_a_key() {
    let native = Native::new().await;
    let made = native.post("/keys", json!({ "description": "of a test", "tags": { "stage": "test" } })).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["arn"], format!("arn:aws:kms:eu-test-1:111122223333:key/{id}"));
    assert_eq!(
        (&made["spec"], &made["usage"], &made["state"]),
        (&json!("aes-256"), &json!("encrypt"), &json!("enabled"))
    );
    assert_eq!(native.get(&format!("/keys/{id}")).await, made);
    assert_eq!(native.get("/keys").await["keys"][0]["id"], id);
    assert_eq!(native.get(&format!("/keys/{id}/tags")).await, json!({ "tags": { "stage": "test" } }));

    native.ok(Method::PUT, &format!("/keys/{id}/rotation"), json!({ "period_days": 90 })).await;
    assert_eq!(native.get(&format!("/keys/{id}/rotation")).await["rotation"]["period_days"], 90);
    native.post(&format!("/keys/{id}/rotate"), Value::Null).await;
    let rotated = native.get(&format!("/keys/{id}")).await;
    assert_eq!(rotated["primary_version"], 2);
    assert_eq!(rotated["versions"][1]["rotated"], "on-demand");

    native.post(&format!("/keys/{id}/disable"), Value::Null).await;
    let answer = native.call(Method::POST, &format!("/keys/{id}/encrypt"), json!({ "plaintext": "" })).await;
    native.refused(&answer, 409, "KeyDisabled");
    native.post(&format!("/keys/{id}/enable"), Value::Null).await;

    let scheduled = native.post(&format!("/keys/{id}/schedule-deletion"), json!({ "window_days": 7 })).await;
    assert_eq!(scheduled["deletion"], "2026-01-08T12:00:00Z");
    native.post(&format!("/keys/{id}/cancel-deletion"), Value::Null).await;
    assert_eq!(native.get(&format!("/keys/{id}")).await["state"], "disabled");
}

#[tokio::test]
async fn listings_go_on_where_they_ended() {
    let native = Native::new().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(make(&native, json!({})).await);
    }
    made.sort();
    let first = native.get("/keys?limit=2").await;
    let next = first["next"].as_str().unwrap();
    let second = native.get(&format!("/keys?limit=2&after={next}")).await;
    let ids: Vec<&str> = [&first, &second]
        .iter()
        .flat_map(|page| page["keys"].as_array().unwrap())
        .map(|key| key["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, made);
    assert!(second.get("next").is_none());
}

#[tokio::test]
async fn messages_come_back_under_every_name_of_a_key() {
    let native = Native::new().await;
    let id = make(&native, json!({})).await;
    native.post("/aliases", json!({ "alias": "app/one", "key": id })).await;
    let arn = format!("arn:aws:kms:eu-test-1:111122223333:key/{id}");
    for name in [&*id, "alias%2Fapp%2Fone", &arn.replace('/', "%2F")] {
        let context = json!({ "purpose": "test" });
        let body = json!({ "plaintext": "bWVzc2FnZQ==", "encryption_context": context });
        let encrypted = native.post(&format!("/keys/{name}/encrypt"), body).await;
        assert_eq!(encrypted["key"], *id);
        let body = json!({ "ciphertext": encrypted["ciphertext"], "encryption_context": context });
        assert_eq!(native.post("/decrypt", body).await["plaintext"], "bWVzc2FnZQ==");
        let other = json!({ "ciphertext": encrypted["ciphertext"] });
        let answer = native.call(Method::POST, "/decrypt", other).await;
        native.refused(&answer, 422, "InvalidCiphertext");
    }
}

#[tokio::test]
async fn signatures_and_codes_are_checked() {
    let native = Native::new().await;
    let signer = make(&native, json!({ "spec": "ec-p256" })).await;
    let body = json!({ "message": "bWVzc2FnZQ==", "algorithm": "ECDSA_SHA_256" });
    let signed = native.post(&format!("/keys/{signer}/sign"), body).await;
    let verify = |message: &str| json!({ "message": message, "signature": signed["signature"], "algorithm": "ECDSA_SHA_256" });
    let path = format!("/keys/{signer}/verify");
    assert_eq!(native.post(&path, verify("bWVzc2FnZQ==")).await["valid"], true);
    native.refused(&native.call(Method::POST, &path, verify("b3RoZXI=")).await, 422, "InvalidSignature");

    let mac_key = make(&native, json!({ "spec": "hmac-sha256" })).await;
    let body = json!({ "message": "bWVzc2FnZQ==", "algorithm": "HMAC_SHA_256" });
    let code = native.post(&format!("/keys/{mac_key}/mac"), body).await;
    let verify =
        |message: &str| json!({ "message": message, "mac": code["mac"], "algorithm": "HMAC_SHA_256" });
    let path = format!("/keys/{mac_key}/verify-mac");
    assert_eq!(native.post(&path, verify("bWVzc2FnZQ==")).await["valid"], true);
    native.refused(&native.call(Method::POST, &path, verify("b3RoZXI=")).await, 422, "InvalidMac");
}

#[tokio::test]
async fn data_keys_open_again() {
    let native = Native::new().await;
    let id = make(&native, json!({})).await;
    let made = native.post(&format!("/keys/{id}/data-key"), json!({ "bytes": 16 })).await;
    let opened = native.post("/decrypt", json!({ "ciphertext": made["ciphertext"] })).await;
    assert_eq!(opened["plaintext"], made["plaintext"]);
    let hidden = native.post(&format!("/keys/{id}/data-key-without-plaintext"), json!({})).await;
    assert!(hidden.get("plaintext").is_none());
    let pair = native.post(&format!("/keys/{id}/data-key-pair"), json!({ "spec": "ec-p256" })).await;
    let opened = native.post("/decrypt", json!({ "ciphertext": pair["ciphertext"] })).await;
    assert_eq!(opened["plaintext"], pair["private_key"]);
}

#[tokio::test]
async fn raw_keys_encrypt_and_decrypt() {
    let native = Native::new().await;
    let id = make(&native, json!({ "spec": "aes-128", "usage": "raw-encrypt" })).await;
    let body = json!({ "mode": "gcm", "plaintext": "bWVzc2FnZQ==", "additional_data": "YWFk" });
    let made = native.post(&format!("/keys/{id}/raw-encrypt"), body).await;
    assert_eq!(made["version"], 1);
    let body = json!({
        "mode": "gcm", "ciphertext": made["ciphertext"], "iv": made["iv"], "version": 1, "additional_data": "YWFk",
    });
    let opened = native.post(&format!("/keys/{id}/raw-decrypt"), body).await;
    assert_eq!(opened["plaintext"], "bWVzc2FnZQ==");
    let body = json!({ "mode": "ctr", "plaintext": "", "version": 0 });
    let answer = native.call(Method::POST, &format!("/keys/{id}/raw-encrypt"), body).await;
    native.refused(&answer, 400, "InvalidRequest");
}

#[tokio::test]
async fn no_secret_reaches_the_audit_log() {
    let native = Native::new().await;
    let id = make(&native, json!({})).await;
    let body = json!({ "plaintext": "cGxhaW50ZXh0LXRoYXQtbXVzdC1ub3QtYmUtc2Vlbg==" });
    let encrypted = native.post(&format!("/keys/{id}/encrypt"), body).await;
    native.post("/decrypt", json!({ "ciphertext": encrypted["ciphertext"] })).await;
    let made = native.post("/principals/admin/credentials", json!({ "kind": "bearer-token" })).await;
    let log: String = native.t.log.records().iter().map(ToString::to_string).collect();
    for secret in [
        "cGxhaW50",
        "plaintext-that",
        encrypted["ciphertext"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn bad_requests_say_what_is_wrong_and_change_nothing() {
    let native = Native::new().await;
    let check = async |body: Value, reason: &str, detail: &str| {
        let answer = native.call(Method::POST, "/keys", body).await;
        native.refused(&answer, answer.status.as_u16(), reason);
        let text = answer.body["detail"].as_str().unwrap();
        assert!(text.contains(detail), "{text}");
    };
    check(json!({ "spec": "aes-512" }), "InvalidRequest", "unknown variant `aes-512`").await;
    check(json!({ "spek": "aes-256" }), "InvalidRequest", "unknown field `spek`").await;
    check(json!({ "usage": "sign" }), "Unsupported", "").await;
    check(json!({ "policy": "{}" }), "MalformedPolicy", "").await;
    check(json!([]), "InvalidRequest", "").await;
    let answer = native.call(Method::GET, "/keys?limit=0", Value::Null).await;
    native.refused(&answer, 400, "InvalidRequest");
    assert_eq!(native.get("/keys").await["keys"], json!([]));
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let native = Native::new().await;
    let answer = native.call(Method::POST, "/keys", json!({ "description": "x".repeat(1 << 20) })).await;
    native.refused(&answer, 400, "InvalidRequest");
    assert!(answer.body["detail"].as_str().unwrap().contains("longer than 1048576 bytes"));
}

#[tokio::test]
async fn grants_are_made_listed_and_taken_back() {
    let native = Native::new().await;
    let id = make(&native, json!({})).await;
    native.t.principal("app", &[]).await;
    let body = json!({
        "grantee": "arn:aws:iam::111122223333:user/app",
        "operations": ["Encrypt", "Decrypt"],
        "constraint": { "context_subset": { "tenant": "a" } },
    });
    let made = native.post(&format!("/keys/{id}/grants"), body.clone()).await;
    let listed = native.get(&format!("/keys/{id}/grants")).await;
    assert_eq!(listed["grants"][0]["id"], made["id"]);
    assert_eq!(listed["grants"][0]["constraint"], body["constraint"]);
    assert_eq!(listed["grants"][0]["operations"], json!(["Decrypt", "Encrypt"]));
    let asked = json!({
        "principal": "app", "action": "kms:Encrypt", "key": id, "encryption_context": { "tenant": "a" },
    });
    assert_eq!(native.post("/simulate", asked.clone()).await["allowed"], true);
    let grant = made["id"].as_str().unwrap();
    native.ok(Method::DELETE, &format!("/keys/{id}/grants/{grant}"), Value::Null).await;
    assert_eq!(native.post("/simulate", asked).await["allowed"], false);
}
