use std::time::Duration;

use axum::{Router, body::Body, response::Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_core::Connection;
use claviger_crypto::hmac_sha256;
use claviger_front_gokms::{GokmsFront, GokmsOptions, router};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{CredentialId, SecretBytes};
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Of the published example.
pub(crate) const SHARED_KEY: &str = "e7yflbeeid26rredmwtbiyzxijzak6altcnrsi4yol2f5sexbgdwevlpgosfoeyy";
/// When the clock of the service stands still.
pub(crate) const NOW: &str = "Thu, 01 Jan 2026 12:00:00 UTC";
/// A connection that nobody else can read.
pub(crate) const TLS: Connection = Connection {
    peer: Some(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7))),
    secure: true,
    client_spki_sha256: None,
    uid: None,
};

/// The front over a service with a shared key.
pub(crate) struct Server {
    pub(crate) t: TestService,
    pub(crate) credential: CredentialId,
    router: Router,
}

/// A request that is right until a test changes it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    pub(crate) date: String,
    pub(crate) key: &'static str,
    pub(crate) connection: Connection,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Instead of the right one.
    pub(crate) authorization: Option<String>,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: String,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::with_policies(&[ALLOW_ALL]).await
    }

    /// The caller may do what `policies` allow.
    pub(crate) async fn with_policies(policies: &[&str]) -> Self {
        let t = TestService::new().await;
        t.principal("go-kms-client", policies).await;
        let key = Some(SecretBytes::new(SHARED_KEY.into()));
        let create = CreateCredential {
            principal: "go-kms-client".parse().unwrap(),
            kind: NewCredential::SharedKey { key },
            expires: None,
        };
        let credential = t.ok(&t.admin, create).await.id;
        Self { router: Self::router(&t, &credential), t, credential }
    }

    /// A front of the same service whose callers prove another credential.
    pub(crate) fn router(t: &TestService, credential: &CredentialId) -> Router {
        let options = GokmsOptions {
            credential: credential.clone(),
            date_window: Duration::from_secs(900),
            body_limit: 256 * 1024,
        };
        router(GokmsFront { service: t.service.clone(), options })
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        send(&self.router, call).await
    }

    pub(crate) async fn status(&self, call: Call) -> u16 {
        self.send(call).await.status
    }

    /// Sends a request that must succeed, and gives its answer read.
    pub(crate) async fn ok(&self, endpoint: &str, body: &str) -> Value {
        let answer = self.send(Call::to(endpoint, body)).await;
        assert_eq!(
            (answer.status, &*answer.kind),
            (200, "application/json"),
            "{endpoint} {body}: {answer:?}"
        );
        assert!(answer.body.ends_with("}\n"), "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    pub(crate) async fn create_key(&self, description: &str) -> String {
        let answer =
            self.ok("createkey", &serde_json::json!({ "Description": description }).to_string()).await;
        answer["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn encrypt(&self, key: &str, plaintext: &[u8]) -> String {
        let body = serde_json::json!({ "KeyID": key, "Plaintext": BASE64_STANDARD.encode(plaintext) });
        let answer = self.ok("encrypt", &body.to_string()).await;
        answer["CiphertextBlob"].as_str().unwrap().to_owned()
    }
}

/// Sends a request to a front.
pub(crate) async fn send(router: &Router, call: Call) -> Answer {
    let response: Response = router.clone().oneshot(call.request()).await.unwrap();
    let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, kind: kind.unwrap_or_default(), body: String::from_utf8(body.to_vec()).unwrap() }
}

impl Call {
    pub(crate) fn to(endpoint: &str, body: &str) -> Self {
        Self {
            method: "POST",
            path: format!("/api/v1/go-kms/{endpoint}"),
            body: body.into(),
            date: NOW.to_owned(),
            key: SHARED_KEY,
            connection: TLS,
            headers: vec![("content-type", "application/json".to_owned())],
            authorization: None,
        }
    }

    /// Without the header, or with another value.
    pub(crate) fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// The code that the original would compute for the path without its query.
    pub(crate) fn code(&self) -> String {
        let path = self.path.split('?').next().unwrap();
        let message = format!("{}\n{}\n{path}", self.method, self.date);
        BASE64_STANDARD.encode(hmac_sha256(self.key.as_bytes(), message.as_bytes()))
    }

    fn request(self) -> Request<Body> {
        let authorization = self.authorization.clone().unwrap_or_else(|| self.code());
        let mut request = Request::builder().method(self.method).uri(&self.path).extension(self.connection);
        if !self.date.is_empty() {
            request = request.header("x-kms-date", &self.date);
        }
        if !authorization.is_empty() {
            request = request.header("Authorization", authorization);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Body::from(self.body)).unwrap()
    }
}
