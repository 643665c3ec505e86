//! The whole front over a real service: what is sent and answered, who is let in, and what the audit log knows.

mod admin;
mod authentication;
mod coverage;
mod document;
mod keys;

use std::collections::BTreeMap;

use axum::{Router, body::Body, response::Response};
use claviger_core::Connection;
use claviger_testkit::TestService;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{NativeFront, router};

/// The user of the machine that is the principal `admin`.
const ADMIN_UID: u32 = 1000;

struct Native {
    t: TestService,
    router: Router,
}

struct Answer {
    status: StatusCode,
    request: String,
    body: Value,
}

impl Native {
    async fn new() -> Self {
        Self::with_users(&[(ADMIN_UID, "admin")]).await
    }

    async fn with_users(users: &[(u32, &str)]) -> Self {
        let t = TestService::new().await;
        let socket_users: BTreeMap<_, _> =
            users.iter().map(|(uid, name)| (*uid, name.parse().unwrap())).collect();
        let router = router(NativeFront { service: t.service.clone(), socket_users });
        Self { t, router }
    }

    /// The administrator calls over the socket.
    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call_as(ADMIN_UID, method, path, body).await
    }

    async fn call_as(&self, uid: u32, method: Method, path: &str, body: Value) -> Answer {
        let request = request(
            method,
            path,
            &body,
            Connection { secure: true, uid: Some(uid), ..Connection::default() },
        );
        self.send(request).await
    }

    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.call(method.clone(), path, body).await;
        assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
        answer.body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ok(Method::POST, path, body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, Value::Null).await
    }

    #[track_caller]
    fn refused(&self, answer: &Answer, status: u16, reason: &str) {
        assert_eq!(
            (answer.status.as_u16(), answer.body["reason"].as_str()),
            (status, Some(reason)),
            "{}",
            answer.body
        );
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        read(response).await
    }

    /// The outcome records of a call.
    fn outcomes(&self, request: &str) -> Vec<Value> {
        let records = self.t.log.of_request(request.parse().unwrap());
        records.into_iter().filter(|record| record["phase"] == "outcome").collect()
    }
}

fn request(method: Method, path: &str, body: &Value, connection: Connection) -> Request<Body> {
    let uri = format!("/claviger/v1{path}");
    let builder = Request::builder().method(method).uri(uri).extension(connection);
    match body {
        Value::Null => builder.body(Body::empty()).unwrap(),
        body => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
    }
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let request = response
        .headers()
        .get(claviger_api::REQUEST_ID_HEADER)
        .map(|id| id.to_str().unwrap().to_owned())
        .unwrap_or_default();
    assert_eq!(response.headers().get(header::CACHE_CONTROL).is_some(), !request.is_empty());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Answer { status, request, body }
}
