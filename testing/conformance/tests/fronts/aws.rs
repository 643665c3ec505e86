use async_trait::async_trait;
use axum::Router;
use base64::{Engine, prelude::BASE64_STANDARD};
use claviger_core::Service;
use claviger_crypto::{hmac_sha256, sha256};
use claviger_front_aws::{AwsFront, Options, router, sigv4::signing_key};
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
    id: String,
    secret: Vec<u8>,
}

impl Driver {
    pub(crate) async fn new(t: &TestService) -> Self {
        let create = CreateCredential {
            principal: "admin".parse().unwrap(),
            kind: NewCredential::AccessKey,
            expires: None,
        };
        let key = t.ok(&t.admin, create).await;
        Self {
            service: t.service.clone(),
            router: router(AwsFront { service: t.service.clone(), options: Options::default() }),
            id: key.id.to_string(),
            secret: key.secret.unwrap().expose().to_vec(),
        }
    }

    async fn call(&self, operation: &str, body: Value) -> Option<Value> {
        let request = self.sign(&self.id, operation, body.to_string());
        let (status, body) = send(&self.router, tls(), request).await;
        (status == 200).then_some(body)
    }

    fn sign(&self, id: &str, operation: &str, body: String) -> Request<String> {
        let now = self.service.clock().now().to_civil().unwrap();
        let day = format!("{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
        let time = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
        let region = self.service.settings().region.as_str();
        let target = format!("TrentService.{operation}");
        let names = "host;x-amz-date;x-amz-target";
        let canonical = format!(
            "POST\n/\n\nhost:localhost\nx-amz-date:{time}\nx-amz-target:{target}\n\n{names}\n{}",
            hex::encode(sha256(body.as_bytes()))
        );
        let scope = format!("{day}/{region}/kms/aws4_request");
        let text =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(sha256(canonical.as_bytes())));
        let key = signing_key(&self.secret, &day, region, "kms");
        let signature = hex::encode(hmac_sha256(&key, text.as_bytes()));
        Request::post("/")
            .header("host", "localhost")
            .header("x-amz-date", &time)
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
                ),
            )
            .body(body)
            .unwrap()
    }
}

#[async_trait]
impl FrontDriver for Driver {
    fn name(&self) -> &'static str {
        "aws"
    }

    async fn create_key(&self) -> String {
        let key = self.call("CreateKey", json!({})).await.unwrap();
        key["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    async fn encrypt(&self, key: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "KeyId": key, "Plaintext": BASE64_STANDARD.encode(plaintext) });
        let answer = self.call("Encrypt", body).await?;
        Some(BASE64_STANDARD.decode(answer["CiphertextBlob"].as_str()?).unwrap())
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let body = json!({ "CiphertextBlob": BASE64_STANDARD.encode(ciphertext) });
        let answer = self.call("Decrypt", body).await?;
        Some(BASE64_STANDARD.decode(answer["Plaintext"].as_str()?).unwrap())
    }

    async fn set_enabled(&self, key: &str, enabled: bool) {
        let operation = if enabled { "EnableKey" } else { "DisableKey" };
        let request = self.sign(&self.id, operation, json!({ "KeyId": key }).to_string());
        assert_eq!(send(&self.router, tls(), request).await.0, 200);
    }

    async fn list(&self) -> Vec<String> {
        let answer = self.call("ListKeys", json!({ "Limit": 1000 })).await.unwrap();
        answer["Keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["KeyId"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn stranger_is_refused(&self) -> bool {
        let unknown = self.sign("CKIAUNKNOWNUNKNOWN00", "ListKeys", "{}".to_owned());
        let mut changed = self.sign(&self.id, "ListKeys", "{}".to_owned());
        *changed.body_mut() = "{\"Limit\":1}".to_owned();
        send(&self.router, tls(), unknown).await.0 == 400 && send(&self.router, tls(), changed).await.0 == 400
    }
}
