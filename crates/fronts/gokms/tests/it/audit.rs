//! Who may do what, and what is remembered of it.

use claviger_front_gokms::ENDPOINTS;
use serde_json::Value;

use crate::server::{Call, Server};

/// Outcome records since there were `before` records.
fn outcomes(server: &Server, before: usize) -> Vec<Value> {
    let records = server.t.log.records().into_iter().skip(before);
    records.filter(|record| record["phase"] == "outcome").collect()
}

fn body(key: &str, blob: &str) -> String {
    format!(
        r#"{{"KeyID":"{key}","DestinationKeyId":"{key}","CiphertextBlob":"{blob}","Plaintext":"c2VjcmV0","Description":""}}"#
    )
}

#[tokio::test]
async fn every_call_leaves_one_outcome_record() {
    let server = Server::new().await;
    let key = server.create_key("").await;
    let blob = server.encrypt(&key, b"secret").await;
    for endpoint in ENDPOINTS {
        let check = async |call: Call, status: u16, outcome: &str| {
            let before = server.t.log.records().len();
            assert_eq!(server.status(call).await, status, "{}", endpoint.path);
            let records = outcomes(&server, before);
            let [record] = records.as_slice() else { panic!("{}: {records:?}", endpoint.path) };
            assert_eq!(record["operation"], endpoint.operation);
            assert_eq!(record["outcome"], outcome, "{}", endpoint.path);
            assert_eq!((&record["front"], &record["method"]), (&"gokms".into(), &"shared-key".into()));
            assert_eq!(record["credential"], server.credential.as_str());
            assert_eq!(record["peer"], "192.0.2.7");
        };
        let call = Call::to(endpoint.path, &body(&key, &blob));
        check(call.clone(), 200, "Ok").await;
        server.ok("enablekey", &body(&key, &blob)).await;
        check(Call { body: b"?".to_vec(), ..call.clone() }, 400, "InvalidRequest").await;
        check(call.clone().with("accept", Some("x/y")), 406, "InvalidRequest").await;
        check(call.clone().with("content-type", None), 415, "InvalidRequest").await;
        check(Call { method: "GET", ..call.clone() }, 405, "Unsupported").await;
        if ["disablekey", "enablekey", "encrypt", "generatedatakey", "reencrypt"].contains(&endpoint.path) {
            check(Call { body: body("x", &blob).into(), ..call }, 500, "NotFound").await;
        }
    }
    let before = server.t.log.records().len();
    assert_eq!(server.status(Call::to("x", "")).await, 404);
    let records = outcomes(&server, before);
    assert_eq!((records.len(), &records[0]["operation"]), (1, &"UnknownOperation".into()));
}

/// They are counted instead, so that nobody can fill the disk.
#[tokio::test]
async fn strangers_leave_no_record() {
    let server = Server::new().await;
    let before = server.t.log.records().len();
    for endpoint in ENDPOINTS {
        let stranger = Call { key: "guessed", ..Call::to(endpoint.path, "{}") };
        assert_eq!(server.status(stranger.clone()).await, 401);
        assert_eq!(server.status(Call { body: b"?".to_vec(), ..stranger.clone() }).await, 400);
        assert_eq!(server.status(Call { method: "GET", ..stranger }).await, 405);
    }
    assert_eq!(server.t.log.records().len(), before);
}

#[tokio::test]
async fn without_a_permission_every_endpoint_is_denied() {
    let server = Server::with_policies(&[]).await;
    let key = "11111111-2222-4333-8444-555555555555";
    // A ciphertext in our format, so that it names a key.
    let blob = {
        let id: claviger_types::KeyId = key.parse().unwrap();
        let bytes = [&[0xC1, 1][..], id.as_bytes(), &[0, 0, 0, 1], &[0; 60]].concat();
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes)
    };
    for endpoint in ENDPOINTS {
        let before = server.t.log.records().len();
        let answer = server.send(Call::to(endpoint.path, &body(key, &blob))).await;
        assert_eq!((answer.status, &*answer.body), (403, ""), "{}", endpoint.path);
        let records = outcomes(&server, before);
        assert_eq!(records.len(), 1);
        assert_eq!(
            (&records[0]["operation"], &records[0]["outcome"]),
            (&endpoint.operation.into(), &"Denied".into())
        );
    }
}

#[tokio::test]
async fn records_hold_no_plaintext_and_no_ciphertext() {
    let server = Server::new().await;
    let key = server.create_key("").await;
    let blob = server.encrypt(&key, b"secret").await;
    for endpoint in ENDPOINTS {
        server.send(Call::to(endpoint.path, &body(&key, &blob))).await;
    }
    let text = serde_json::to_string(&server.t.log.records()).unwrap();
    for secret in ["c2VjcmV0", "secret", &blob, crate::server::SHARED_KEY, &Call::to("decrypt", "").code()] {
        assert!(!text.contains(secret), "{secret}");
    }
}
