use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use claviger_core::Connection;
use claviger_front_native::{NativeFront, router};
use claviger_testkit::TestService;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::{http_client::send, scenarios::FrontDriver};

const UID: u32 = 4242;

pub(crate) struct Driver {
    router: Router,
}

impl Driver {
    pub(crate) fn new(t: &TestService) -> Self {
        let socket_users = [(UID, "admin".parse().unwrap())].into();
        Self { router: router(NativeFront { service: t.service.clone(), socket_users }) }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let request = request(method, path, body);
        let (status, body) = send(&self.router, socket(UID), request).await;
        (200..300).contains(&status).then_some(body)
    }
}

fn request(method: Method, path: &str, body: Option<Value>) -> Request<String> {
    Request::builder()
        .method(method)
        .uri(format!("/claviger/v1{path}"))
        .header("content-type", "application/json")
        .body(body.map(|body| body.to_string()).unwrap_or_default())
        .unwrap()
}

fn socket(uid: u32) -> Connection {
    Connection { secure: true, uid: Some(uid), ..Connection::default() }
}

#[async_trait]
impl FrontDriver for Driver {
    fn name(&self) -> &'static str {
        "native"
    }

    async fn create_key(&self) -> String {
        let key = self.call(Method::POST, "/keys", Some(json!({}))).await.unwrap();
        key["id"].as_str().unwrap().to_owned()
    }

    async fn encrypt(&self, key: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "plaintext": BASE64_STANDARD.encode(plaintext) });
        let answer = self.call(Method::POST, &format!("/keys/{key}/encrypt"), Some(body)).await?;
        Some(BASE64_STANDARD.decode(answer["ciphertext"].as_str()?).unwrap())
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "ciphertext": BASE64_STANDARD.encode(ciphertext) });
        let answer = self.call(Method::POST, "/decrypt", Some(body)).await?;
        Some(BASE64_STANDARD.decode(answer["plaintext"].as_str()?).unwrap())
    }

    async fn set_enabled(&self, key: &str, enabled: bool) {
        let action = if enabled { "enable" } else { "disable" };
        assert!(self.call(Method::POST, &format!("/keys/{key}/{action}"), None).await.is_some());
    }

    async fn list(&self) -> Vec<String> {
        let answer = self.call(Method::GET, "/keys?limit=1000", None).await.unwrap();
        answer["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn stranger_is_refused(&self) -> bool {
        let request = request(Method::GET, "/keys", None);
        send(&self.router, socket(UID + 1), request).await.0 == 401
    }
}
