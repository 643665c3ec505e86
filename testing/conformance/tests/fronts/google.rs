use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use claviger_core::Connection;
use claviger_front_google::{GoogleFront, Options, router};
use claviger_keys::{CreateCredential, NewCredential, envelope::Header};
use claviger_testkit::TestService;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::{
    http_client::{send, tls},
    scenarios::FrontDriver,
};

const CERTIFICATE: [u8; 32] = [42; 32];
const LOCATION: &str = "projects/111122223333/locations/eu-test-1";

pub(crate) struct Driver {
    router: Router,
    /// Names of the keys that were made through this front, by id. All other keys are called by their ids.
    names: Mutex<BTreeMap<String, String>>,
}

impl Driver {
    pub(crate) async fn new(t: &TestService) -> Self {
        let operation = CreateCredential {
            principal: "admin".parse().unwrap(),
            kind: NewCredential::ClientCertificate { spki_sha256: CERTIFICATE },
            expires: None,
        };
        t.ok(&t.admin, operation).await;
        let front = GoogleFront { service: t.service.clone(), options: Options::default() };
        let driver = Self { router: router(front).unwrap(), names: Mutex::default() };
        driver.call(Method::POST, &format!("{LOCATION}/keyRings?keyRingId=ring"), json!({})).await.unwrap();
        driver
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Option<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/{path}"))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let connection = Connection { client_spki_sha256: Some(CERTIFICATE), ..tls() };
        let (status, body) = send(&self.router, connection, request).await;
        (status == 200).then_some(body)
    }

    fn name(&self, id: &str) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let name = names.get(id).cloned();
        name.unwrap_or_else(|| format!("{LOCATION}/keyRings/default/cryptoKeys/{id}"))
    }

    async fn encrypt_under(&self, name: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "plaintext": BASE64_STANDARD.encode(plaintext) });
        let answer = self.call(Method::POST, &format!("{name}:encrypt"), body).await?;
        Some(BASE64_STANDARD.decode(answer["ciphertext"].as_str()?).unwrap())
    }
}

/// The protocol does not tell the id of a key, but ciphertexts begin with it.
fn id(ciphertext: &[u8]) -> String {
    Header::parse(ciphertext).unwrap().0.key.to_string()
}

#[async_trait]
impl FrontDriver for Driver {
    fn name(&self) -> &'static str {
        "google"
    }

    async fn create_key(&self) -> String {
        let number = self.names.lock().unwrap_or_else(PoisonError::into_inner).len();
        let path = format!("{LOCATION}/keyRings/ring/cryptoKeys?cryptoKeyId=key-{number}");
        let made = self.call(Method::POST, &path, json!({ "purpose": "ENCRYPT_DECRYPT" })).await.unwrap();
        let name = made["name"].as_str().unwrap().to_owned();
        let id = id(&self.encrypt_under(&name, b"").await.unwrap());
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), name);
        id
    }

    async fn encrypt(&self, key: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        self.encrypt_under(&self.name(key), plaintext).await
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let path = format!("{}:decrypt", self.name(&id(ciphertext)));
        let body = json!({ "ciphertext": BASE64_STANDARD.encode(ciphertext) });
        let answer = self.call(Method::POST, &path, body).await?;
        Some(BASE64_STANDARD.decode(answer["plaintext"].as_str()?).unwrap())
    }

    async fn set_enabled(&self, key: &str, enabled: bool) {
        let path = format!("{}/cryptoKeyVersions/1?updateMask=state", self.name(key));
        let state = if enabled { "ENABLED" } else { "DISABLED" };
        assert!(self.call(Method::PATCH, &path, json!({ "state": state })).await.is_some());
    }

    async fn list(&self) -> Vec<String> {
        let mut listed = Vec::new();
        for ring in ["default", "ring"] {
            let path = format!("{LOCATION}/keyRings/{ring}/cryptoKeys?pageSize=1000");
            let answer = self.call(Method::GET, &path, Value::Null).await.unwrap();
            let keys = answer["cryptoKeys"].as_array().cloned().unwrap_or_default();
            listed.extend(keys.iter().map(|key| key["name"].as_str().unwrap().to_owned()));
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let id_of = |name: String| {
            let made_here = names.iter().find(|(_, known)| **known == name).map(|(id, _)| id.clone());
            made_here.unwrap_or_else(|| name.rsplit('/').next().unwrap().to_owned())
        };
        listed.into_iter().map(id_of).collect()
    }

    async fn stranger_is_refused(&self) -> bool {
        let path = format!("/v1/{LOCATION}/keyRings");
        let request = Request::builder().uri(path).body(String::new()).unwrap();
        send(&self.router, tls(), request).await.0 == 401
    }
}
