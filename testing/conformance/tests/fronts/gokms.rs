use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use claviger_core::Service;
use claviger_crypto::hmac_sha256;
use claviger_front_gokms::{GokmsFront, GokmsOptions, router};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::TestService;
use http::Request;
use serde_json::{Value, json};

use crate::{
    http_client::{send, tls},
    scenarios::FrontDriver,
};

pub(crate) struct Driver {
    service: Service,
    router: Router,
    key: Vec<u8>,
}

impl Driver {
    pub(crate) async fn new(t: &TestService) -> Self {
        let kind = NewCredential::SharedKey { key: None };
        let create = CreateCredential { principal: "admin".parse().unwrap(), kind, expires: None };
        let shared = t.ok(&t.admin, create).await;
        let options = GokmsOptions::new(shared.id.clone());
        Self {
            service: t.service.clone(),
            router: router(GokmsFront { service: t.service.clone(), options }),
            key: shared.secret.unwrap().expose().to_vec(),
        }
    }

    async fn call(&self, endpoint: &str, body: Value) -> Option<Value> {
        let (status, body) = send(&self.router, tls(), self.sign(&self.key, endpoint, body)).await;
        (status == 200).then_some(body)
    }

    fn sign(&self, key: &[u8], endpoint: &str, body: Value) -> Request<String> {
        let path = format!("/api/v1/go-kms/{endpoint}");
        let now = self.service.clock().now().to_civil().unwrap();
        let (weekday, month) = (now.weekday().to_string(), now.month().to_string());
        let date = format!(
            "{}, {:02} {} {:04} {:02}:{:02}:{:02} UTC",
            &weekday[..3],
            now.day(),
            &month[..3],
            now.year(),
            now.hour(),
            now.minute(),
            now.second()
        );
        let code = hmac_sha256(key, format!("POST\n{date}\n{path}").as_bytes());
        Request::post(path)
            .header("content-type", "application/json")
            .header("x-kms-date", date)
            .header("authorization", BASE64_STANDARD.encode(code))
            .body(body.to_string())
            .unwrap()
    }
}

#[async_trait]
impl FrontDriver for Driver {
    fn name(&self) -> &'static str {
        "gokms"
    }

    async fn create_key(&self) -> String {
        let key = self.call("createkey", json!({})).await.unwrap();
        key["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    async fn encrypt(&self, key: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "KeyID": key, "Plaintext": BASE64_STANDARD.encode(plaintext) });
        let answer = self.call("encrypt", body).await?;
        Some(BASE64_STANDARD.decode(answer["CiphertextBlob"].as_str()?).unwrap())
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let answer =
            self.call("decrypt", json!({ "CiphertextBlob": BASE64_STANDARD.encode(ciphertext) })).await?;
        Some(BASE64_STANDARD.decode(answer["Plaintext"].as_str()?).unwrap())
    }

    async fn set_enabled(&self, key: &str, enabled: bool) {
        let endpoint = if enabled { "enablekey" } else { "disablekey" };
        assert!(self.call(endpoint, json!({ "KeyID": key })).await.is_some());
    }

    async fn list(&self) -> Vec<String> {
        let answer = self.call("listkeys", json!({})).await.unwrap();
        answer["KeyMetadata"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["KeyId"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn stranger_is_refused(&self) -> bool {
        let request = self.sign(b"another shared key, as long as one", "listkeys", json!({}));
        send(&self.router, tls(), request).await.0 == 401
    }
}
