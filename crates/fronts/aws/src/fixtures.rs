//! A front over a real service, and a client that signs as an SDK does.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::{Router, body::Body};
use claviger_core::Caller;
use claviger_keys::{CreateCredential, NewCredential};
use claviger_ports::Clock;
use claviger_testkit::TestService;
use claviger_types::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{AwsFront, Options, router};

/// A front and its administrator's access key.
pub(crate) struct Fixture {
    pub(crate) test: TestService,
    pub(crate) router: Router,
    pub(crate) admin: AccessKey,
}

/// An access-key pair.
#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The `__type` of an error, `Ok` otherwise.
    pub(crate) fn kind(&self) -> &str {
        match self.status {
            200 => "Ok",
            _ => self.body["__type"].as_str().unwrap(),
        }
    }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(Options { path_prefixes: vec!["/kms".to_owned()], ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let test = TestService::new().await;
        let router = router(AwsFront { service: test.service.clone(), options });
        let admin = access_key(&test, "admin", None).await;
        Self { test, router, admin }
    }

    /// A new principal with these policies, and its access key.
    pub(crate) async fn principal(&self, name: &str, policies: &[&str]) -> (Caller, AccessKey) {
        let caller = self.test.principal(name, policies).await;
        (caller, access_key(&self.test, name, None).await)
    }

    /// Calls as the administrator.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Answer {
        self.call_as(&self.admin, operation, body).await
    }

    /// Calls as the administrator, and must succeed.
    pub(crate) async fn ok(&self, operation: &str, body: Value) -> Value {
        let answer = self.call(operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {answer:?}");
        answer.body
    }

    /// Calls as the administrator, must be refused, and says with what.
    pub(crate) async fn refused(&self, operation: &str, body: Value) -> String {
        let answer = self.call(operation, body).await;
        assert_ne!(answer.status, 200, "{operation}: {answer:?}");
        answer.kind().to_owned()
    }

    pub(crate) async fn call_as(&self, key: &AccessKey, operation: &str, body: Value) -> Answer {
        self.send(self.signed(key, "/", operation, body.to_string())).await
    }

    /// A signed request; the clock of the client is that of the service.
    pub(crate) fn signed(&self, key: &AccessKey, path: &str, operation: &str, body: String) -> Request<Body> {
        let headers = [
            ("host", "kms.example"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &format!("TrentService.{operation}")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signed = sign_request(key, self.test.clock.now(), "eu-test-1", path, &headers, body.as_bytes());
        let mut request = Request::post(path).body(Body::from(body)).unwrap();
        *request.headers_mut() = signed;
        request
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A new key; its id.
    pub(crate) async fn key(&self, request: Value) -> String {
        let answer = self.ok("CreateKey", request).await;
        answer["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    /// A new symmetric key; its id.
    pub(crate) async fn symmetric_key(&self) -> String {
        self.key(json!({})).await
    }

    /// The outcome records of the call that was answered.
    pub(crate) fn outcomes(&self, answer: &Answer) -> Vec<Value> {
        let request = answer.headers["x-amzn-requestid"].to_str().unwrap().parse().unwrap();
        let records = self.test.log.of_request(request);
        records.into_iter().filter(|record| record["phase"] == "outcome").collect()
    }
}

/// A new access key of a principal.
pub(crate) async fn access_key(test: &TestService, principal: &str, expires: Option<Timestamp>) -> AccessKey {
    let create =
        CreateCredential { principal: principal.parse().unwrap(), kind: NewCredential::AccessKey, expires };
    let created = test.ok(&test.admin, create).await;
    let secret = String::from_utf8(created.secret.unwrap().expose().to_vec()).unwrap();
    AccessKey { id: created.id.to_string(), secret }
}

/// The headers with those of the signature of the AWS SDK for Rust.
pub(crate) fn sign_request(
    key: &AccessKey,
    at: Timestamp,
    region: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> HeaderMap {
    let identity = aws_credential_types::Credentials::from_keys(&key.id, &key.secret, None).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("kms")
        .time(UNIX_EPOCH + Duration::from_micros(at.micros().try_into().unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!("https://kms.example{path}");
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new("POST", uri, pairs, SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut signed = header_map(headers);
    for (name, value) in instructions.headers() {
        signed.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    signed
}

pub(crate) fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value.trim()).unwrap());
    }
    map
}
