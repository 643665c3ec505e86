use claviger_core::admin::SealUpkeep;
use claviger_testkit::KEY_FILE;
use http::Method;
use serde_json::{Value, json};

use super::Native;

fn base64(bytes: &[u8]) -> Value {
    serde_json::to_value(claviger_api::Base64(bytes.to_vec())).unwrap()
}

fn opener(secret: &[u8]) -> Value {
    json!({ "kind": "key-file", "secret": base64(secret) })
}

const SECOND: &[u8] = b"second-second-second-second-second";

#[tokio::test]
async fn keyslots_are_added_and_removed() {
    let native = Native::new().await;
    let added = native.post("/keyslots", json!({ "label": "second", "opener": opener(SECOND) })).await;
    let listed = native.get("/keyslots").await;
    assert_eq!(listed["keyslots"].as_array().unwrap().len(), 2);
    assert_eq!(listed["keyslots"][1], added);
    let first = listed["keyslots"][0]["id"].as_str().unwrap();
    let removed = native.ok(Method::DELETE, &format!("/keyslots/{first}"), Value::Null).await;
    assert!(removed["advice"].as_str().unwrap().contains("rotate the root key"));
    let second = added["id"].as_str().unwrap();
    let answer = native.call(Method::DELETE, &format!("/keyslots/{second}"), Value::Null).await;
    native.refused(&answer, 400, "InvalidRequest");
    assert!(answer.body["detail"].as_str().unwrap().contains("last keyslot"));
    let answer = native.call(Method::DELETE, &format!("/keyslots/{first}"), Value::Null).await;
    native.refused(&answer, 404, "NotFound");
}

#[tokio::test]
async fn a_keyslot_is_opened_by_one_thing_that_there_is() {
    let native = Native::new().await;
    let check = async |more: Value, expected: &str| {
        let mut body = json!({ "label": "x" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = native.call(Method::POST, "/keyslots", body).await;
        native.refused(&answer, 400, "InvalidRequest");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{detail}");
    };
    check(json!({}), "either").await;
    check(json!({ "opener": opener(SECOND), "device": { "provider": "hsm" } }), "either").await;
    check(json!({ "device": { "provider": "hsm" } }), "No provider hsm").await;
    assert_eq!(native.get("/keyslots").await["keyslots"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn weak_secrets_make_no_keyslot() {
    let native = Native::new().await;
    let answer =
        native.call(Method::POST, "/keyslots", json!({ "label": "x", "opener": opener(b"short") })).await;
    native.refused(&answer, 400, "InvalidRequest");
    assert!(answer.body["detail"].as_str().unwrap().contains("too weak"));
    assert_eq!(native.get("/keyslots").await["keyslots"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_root_key_is_rotated_while_keys_are_used() {
    let native = Native::new().await;
    let key = native.post("/keys", json!({})).await["id"].as_str().unwrap().to_owned();
    let encrypted =
        native.post(&format!("/keys/{key}/encrypt"), json!({ "plaintext": "bWVzc2FnZQ==" })).await;

    let answer = native.call(Method::POST, "/root-key/rotate", json!({ "keep": [] })).await;
    native.refused(&answer, 400, "InvalidRequest");
    let begun = native.post("/root-key/rotate", json!({ "keep": [opener(KEY_FILE)] })).await;
    assert_eq!((&begun["generation"], &begun["retired"]), (&json!(2), &json!([1])));

    // The work that the call began may still go on.
    let upkeep = loop {
        match native.t.service.maintain_seal().await.unwrap() {
            SealUpkeep::Working => tokio::task::yield_now().await,
            upkeep => break upkeep,
        }
    };
    assert!(matches!(upkeep, SealUpkeep::Waiting(_)), "{upkeep:?}");
    assert!(native.get("/root-key").await["resealed"].as_u64().unwrap() >= 1);
    native.t.clock.advance(400);
    assert_eq!(native.t.service.maintain_seal().await.unwrap(), SealUpkeep::Finished);
    let finished = native.get("/root-key").await;
    assert_eq!((&finished["generation"], &finished["retired"]), (&json!(2), &json!([])));
    assert_eq!(native.t.service.maintain_seal().await.unwrap(), SealUpkeep::Idle);

    let opened = native.post("/decrypt", json!({ "ciphertext": encrypted["ciphertext"] })).await;
    assert_eq!(opened["plaintext"], "bWVzc2FnZQ==");
    let made = native.post("/keys", json!({})).await;
    assert_eq!(made["state"], "enabled");
    let rotated = native.t.log.records().iter().any(|record| record["event"] == "root-key-rotated");
    assert!(rotated, "the end of the rotation is not in the audit log");
}

#[tokio::test]
async fn the_audit_log_is_read_in_parts_and_by_what_it_says() {
    let native = Native::new().await;
    let key = native.post("/keys", json!({})).await["id"].as_str().unwrap().to_owned();
    native.get(&format!("/keys/{key}")).await;
    native.get("/status").await;
    let all = native.get("/audit/records?from=1").await;
    let count = all["records"].as_array().unwrap().len();
    assert!(count >= 4, "{all}");
    let part = native.get("/audit/records?from=1&limit=2").await;
    assert_eq!(
        (part["records"].as_array().unwrap().len(), &part["next"], &part["more"]),
        (2, &json!(3), &json!(true))
    );
    let count = async |query: &str| {
        let page = native.get(&format!("/audit/records?from=1&{query}")).await;
        page["records"].as_array().unwrap().len()
    };
    // Announced and done.
    assert_eq!(count("operation=CreateKey").await, 2);
    assert_eq!(count(&format!("key={key}&outcome=Ok")).await, 2);
    assert_eq!(count("operation=GetStatus&caller=admin").await, 1);
    assert_eq!(count("operation=GetStatus&caller=min").await, 0);
    assert_eq!(count("operation=GetStatus&caller=arn:aws:iam::111122223333:user/admin").await, 1);
    assert_eq!(count("operation=GetStatus&until=2026-01-01T12:00:00Z").await, 0);
    assert_eq!(count("operation=GetStatus&since=2026-01-01T12:00:00Z").await, 1);
    let last = native.get("/audit/records?last=1").await;
    assert_eq!(last["records"].as_array().unwrap().len(), 1);
    let answer = native.call(Method::GET, "/audit/records?from=1&last=1", Value::Null).await;
    native.refused(&answer, 400, "InvalidRequest");
}

#[tokio::test]
async fn backups_have_names_of_their_own() {
    let native = Native::new().await;
    let made = native.post("/backups", json!({ "name": "monday" })).await;
    assert_eq!(made["location"], "memory:monday");
    let answer = native.call(Method::POST, "/backups", json!({ "name": "monday" })).await;
    native.refused(&answer, 409, "AlreadyExists");
    for name in ["", ".", "..", "../monday", ".hidden", "a/b", "a b"] {
        let answer = native.call(Method::POST, "/backups", json!({ "name": name })).await;
        native.refused(&answer, 400, "InvalidRequest");
    }
    assert_eq!(native.t.backups.names().len(), 1);
}

/// Whoever may do everything in another project administers only that.
#[tokio::test]
async fn the_installation_belongs_to_its_own_project() {
    let native = Native::new().await;
    let stranger = native.t.stranger("444455556666", "admin", &[claviger_testkit::ALLOW_ALL]).await;
    let error = native.t.refusal(&stranger, claviger_core::admin::ListKeyslots).await;
    assert_eq!(error.reason(), claviger_core::Reason::Denied);
    let error = native.t.refusal(&stranger, claviger_core::admin::CheckpointAudit).await;
    assert_eq!(error.reason(), claviger_core::Reason::Denied);
}

#[tokio::test]
async fn principals_policies_and_credentials() {
    let native = Native::new().await;
    let made = native.post("/principals", json!({ "name": "app" })).await;
    assert_eq!(made["arn"], "arn:aws:iam::111122223333:user/app");
    let policy = json!({ "policy": claviger_testkit::ALLOW_ALL });
    native.ok(Method::PUT, "/principals/app/policies/all", policy.clone()).await;
    assert_eq!(native.get("/principals/app/policies").await["policies"][0]["policy"], policy["policy"]);
    let asked = json!({ "principal": "app", "action": "kms:CreateKey" });
    let simulated = native.post("/simulate", asked).await;
    assert_eq!(simulated["allowed"], true);

    let key = native.post("/principals/app/credentials", json!({ "kind": "access-key" })).await;
    assert!(key["secret"].as_str().unwrap().len() == 40, "{key}");
    let listed = native.get("/principals/app/credentials").await;
    assert_eq!(listed["credentials"][0]["id"], key["id"]);
    assert!(listed["credentials"][0].get("secret").is_none());
    let wrong = json!({ "kind": "access-key", "spki_sha256": "00" });
    let answer = native.call(Method::POST, "/principals/app/credentials", wrong).await;
    native.refused(&answer, 400, "InvalidRequest");

    let disabled = native.post("/principals/app/disable", Value::Null).await;
    assert_eq!(disabled["disabled"], true);
    assert_eq!(native.post("/principals/app/enable", Value::Null).await["disabled"], false);
    let answer = native.call(Method::POST, "/principals/admin/disable", Value::Null).await;
    native.refused(&answer, 400, "InvalidRequest");
}

/// What a restore looks for in the audit log, so that a destroyed key does not come back.
#[tokio::test]
async fn the_record_of_a_destruction_says_so() {
    let native = Native::new().await;
    let key = native.post("/keys", json!({})).await["id"].as_str().unwrap().to_owned();
    native.post(&format!("/keys/{key}/schedule-deletion"), json!({ "window_days": 7 })).await;
    native.t.clock.advance(8 * 86_400);
    for (cx, key) in native.t.service.due_keys(10).await.unwrap() {
        native.t.service.call(cx, claviger_keys::MaintainKey { key }).await.unwrap();
    }
    let records = native.t.log.records();
    let scheduled = records.iter().find(|record| record["operation"] == "ScheduleKeyDeletion").unwrap();
    assert_eq!(scheduled["params"]["pending_window_days"], 7);
    let destroyed: Vec<_> = records.iter().filter(|record| record["did"] == "destroyed").collect();
    assert_eq!(destroyed.len(), 1, "{records:?}");
    assert_eq!((&destroyed[0]["operation"], &destroyed[0]["outcome"]), (&json!("MaintainKey"), &json!("Ok")));
    assert_eq!(destroyed[0]["keys"][0]["key"], key);
}
