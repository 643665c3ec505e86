//! What is weak in the original and must not be here.

use std::{
    collections::HashSet,
    io::Write,
    sync::{Arc, Mutex},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_keys::{CreateCredential, NewCredential};

use crate::server::{Call, Server};

/// The original draws its shared key from fewer than a million.
#[tokio::test]
async fn shared_keys_can_not_be_guessed() {
    let server = Server::new().await;
    let t = &server.t;
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let create = CreateCredential {
            principal: "go-kms-client".parse().unwrap(),
            kind: NewCredential::SharedKey { key: None },
            expires: None,
        };
        let key = t.ok(&t.admin, create).await.secret.unwrap();
        // The same seed would give the same key; 256 bits need 43 characters of base64.
        assert!(key.len() >= 43 && key.expose().is_ascii());
        assert!(seen.insert(key.expose().to_vec()));
    }
    // A second service draws from the same test generator for ids, and yet other keys: they are the provider's.
    let second = Server::new().await;
    let create = CreateCredential {
        principal: "go-kms-client".parse().unwrap(),
        kind: NewCredential::SharedKey { key: None },
        expires: None,
    };
    let key = second.t.ok(&second.t.admin, create).await.secret.unwrap();
    assert!(!seen.contains(key.expose()));
}

/// The original takes a key id for the name of a file.
#[tokio::test]
async fn a_key_id_is_no_path() {
    let server = Server::new().await;
    let id = server.create_key("").await;
    for name in ["../keys/{}", "./{}", "{}/", "{}.key", "/{}", "..\\{}", "{}\n", " {}", "%2e%2e/{}"] {
        let name = name.replace("{}", &id);
        for endpoint in ["encrypt", "enablekey", "disablekey", "generatedatakey"] {
            let body = serde_json::json!({ "KeyID": name }).to_string();
            assert_eq!(server.status(Call::to(endpoint, &body)).await, 500, "{endpoint} {name:?}");
        }
    }
    let listed = server.ok("listkeys", "{}").await;
    assert_eq!(listed["KeyMetadata"][0]["Enabled"], true);
}

/// The original logs the code that it expected, so that whoever reads its log can send it.
#[tokio::test]
async fn the_expected_code_is_neither_logged_nor_returned() {
    let server = Server::new().await;
    let written = Written::default();
    let subscriber = {
        let written = written.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || written.clone())
            .finish()
    };
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log is seen");
    let right = Call::to("listkeys", "{}").code();
    let wrong = BASE64_STANDARD.encode([7; 32]);
    let answer = server.send(Call { authorization: Some(wrong.clone()), ..Call::to("listkeys", "{}") }).await;
    assert_eq!((answer.status, &*answer.body), (401, ""));
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("the log is seen"));
    assert!(!text.contains(&right) && !text.contains(crate::server::SHARED_KEY) && !text.contains(&wrong));
    let records = serde_json::to_string(&server.t.log.records()).unwrap();
    assert!(!records.contains(&right));
    drop(guard);
}

/// The original's header says nothing about its body: the two halves of two ciphertexts can be put together.
#[tokio::test]
async fn header_and_body_of_two_ciphertexts_do_not_fit() {
    let server = Server::new().await;
    let (one, other) = (server.create_key("").await, server.create_key("").await);
    let mut blobs = Vec::new();
    for (key, plaintext) in [(&one, b"a"), (&one, b"b"), (&other, b"c")] {
        blobs.push(BASE64_STANDARD.decode(server.encrypt(key, plaintext).await).unwrap());
    }
    let decrypt = async |blob: &[u8]| {
        let body = format!(r#"{{"CiphertextBlob":"{}"}}"#, BASE64_STANDARD.encode(blob));
        server.status(Call::to("decrypt", &body)).await
    };
    for (left, right) in [(0, 2), (2, 0)] {
        for cut in 1..blobs[left].len() {
            let mixed = [&blobs[left][..cut], &blobs[right][cut..]].concat();
            if mixed != blobs[left] && mixed != blobs[right] {
                assert_eq!(decrypt(&mixed).await, 500, "{left} {right} {cut}");
            }
        }
    }
    // Of the same key the headers are equal, and what is behind them does not fit together either.
    for cut in 23..blobs[0].len() {
        let mixed = [&blobs[0][..cut], &blobs[1][cut..]].concat();
        assert_eq!(decrypt(&mixed).await, 500, "{cut}");
    }
    for blob in &blobs {
        assert_eq!(decrypt(blob).await, 200);
    }
}

/// The original never looks at the date, so a request that was seen once can be repeated for ever.
#[tokio::test]
async fn an_old_request_can_not_be_repeated() {
    let server = Server::new().await;
    let call = Call::to("listkeys", "{}");
    assert_eq!(server.status(call.clone()).await, 200);
    server.t.clock.advance(900);
    assert_eq!(server.status(call.clone()).await, 200);
    server.t.clock.advance(1);
    assert_eq!(server.status(call).await, 401);
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
