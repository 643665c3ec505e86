//! The whole front over a real service, through both transports: what is sent and answered, who is let in, and what the
//! audit log knows.

mod authentication;
mod coverage;
mod crypto;
mod keys;
mod policies;

use axum::{Router, body::Body, response::Response};
use claviger_core::Connection;
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::TestService;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use prost::Message;
use serde_json::{Value, json};
use tonic::Code;
use tower::ServiceExt;

use crate::{GoogleFront, Options, router};

/// The client certificate of `admin`, by the hash of its key.
const ADMIN: [u8; 32] = [1; 32];

/// The one location.
const HERE: &str = "projects/111122223333/locations/eu-test-1";

struct Google {
    t: TestService,
    router: Router,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    request: String,
    body: Value,
}

impl Google {
    async fn new() -> Self {
        let t = TestService::new().await;
        let front = GoogleFront { service: t.service.clone(), options: Options::default() };
        let google = Self { router: router(front).unwrap(), t };
        google.certificate("admin", ADMIN).await;
        google
    }

    /// Gives a principal a client certificate.
    async fn certificate(&self, principal: &str, spki_sha256: [u8; 32]) {
        let operation = CreateCredential {
            principal: principal.parse().unwrap(),
            kind: NewCredential::ClientCertificate { spki_sha256 },
            expires: None,
        };
        self.t.ok(&self.t.admin, operation).await;
    }

    /// A principal with these identity policies and a certificate of its own.
    async fn principal(&self, name: &str, policies: &[&str], spki_sha256: [u8; 32]) {
        self.t.principal(name, policies).await;
        self.certificate(name, spki_sha256).await;
    }

    async fn rest_as(&self, who: [u8; 32], method: Method, path: &str, body: Value) -> Answer {
        let connection = Connection { secure: true, client_spki_sha256: Some(who), ..Connection::default() };
        self.send(rest(method, path, &body, connection)).await
    }

    async fn rest(&self, method: Method, path: &str, body: Value) -> Answer {
        self.rest_as(ADMIN, method, path, body).await
    }

    #[track_caller]
    fn expect(&self, answer: Answer, what: &str) -> Value {
        assert!(answer.status.is_success(), "{what}: {} {}", answer.status, answer.body);
        answer.body
    }

    async fn get(&self, path: &str) -> Value {
        self.expect(self.rest(Method::GET, path, Value::Null).await, path)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.expect(self.rest(Method::POST, path, body).await, path)
    }

    async fn patch(&self, path: &str, body: Value) -> Value {
        self.expect(self.rest(Method::PATCH, path, body).await, path)
    }

    async fn refused(&self, method: Method, path: &str, body: Value, status: &str) -> String {
        let answer = self.rest(method, path, body).await;
        assert_eq!(answer.body["error"]["status"], status, "{path}: {}", answer.body);
        answer.body["error"]["message"].as_str().unwrap().to_owned()
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// The wire form of the answer, with the id of the call.
    async fn grpc_as(&self, who: [u8; 32], path: &str, wire: &[u8]) -> (Result<Vec<u8>, Code>, String) {
        let connection = Connection { secure: true, client_spki_sha256: Some(who), ..Connection::default() };
        self.grpc_send(grpc(path, wire, connection)).await
    }

    async fn grpc_send(&self, request: Request<Body>) -> (Result<Vec<u8>, Code>, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let (parts, body) = response.into_parts();
        let id = parts.headers["claviger-request-id"].to_str().unwrap().to_owned();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_default();
        let status = parts.headers.get("grpc-status").or(trailers.get("grpc-status")).unwrap();
        let code = Code::from_bytes(status.as_bytes());
        let bytes = collected.to_bytes();
        match code {
            Code::Ok => (Ok(bytes[5..].to_vec()), id),
            code => (Err(code), id),
        }
    }

    async fn call<I: Message, O: Message + Default>(&self, rpc: &str, request: I) -> Result<O, Code> {
        let path = format!("/google.cloud.kms.v1.KeyManagementService/{rpc}");
        let (answer, _) = self.grpc_as(ADMIN, &path, &request.encode_to_vec()).await;
        answer.map(|wire| O::decode(wire.as_slice()).unwrap())
    }

    /// The outcome records of a call.
    fn outcomes(&self, request: &str) -> Vec<Value> {
        let records = self.t.log.of_request(request.parse().unwrap());
        records.into_iter().filter(|record| record["phase"] == "outcome").collect()
    }

    /// Makes the ring `r`.
    async fn ring(&self) -> String {
        let made = self.post(&format!("/v1/{HERE}/keyRings?keyRingId=r"), json!({})).await;
        made["name"].as_str().unwrap().to_owned()
    }

    /// Makes a key and gives its name.
    async fn key(&self, ring: &str, id: &str, purpose: &str, algorithm: &str) -> String {
        let body = json!({ "purpose": purpose, "versionTemplate": { "algorithm": algorithm } });
        let made = self.post(&format!("/v1/{ring}/cryptoKeys?cryptoKeyId={id}"), body).await;
        made["name"].as_str().unwrap().to_owned()
    }
}

fn rest(method: Method, path: &str, body: &Value, connection: Connection) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path).extension(connection);
    match body {
        Value::Null => builder.body(Body::empty()).unwrap(),
        body => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
    }
}

fn grpc(path: &str, wire: &[u8], connection: Connection) -> Request<Body> {
    let mut body = vec![0];
    body.extend_from_slice(&(wire.len() as u32).to_be_bytes());
    body.extend_from_slice(wire);
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/grpc")
        .extension(connection)
        .body(Body::from(body))
        .unwrap()
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let id = response.headers().get("claviger-request-id");
    let request = id.map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Answer { status, request, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.encode(bytes)
}

fn unbase64(text: &Value) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap()
}
