use axum::body::Body;
use claviger_core::Connection;
use claviger_keys::{CreateCredential, NewCredential};
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::{ADMIN_UID, Native, request};

const SECURE: Connection = Connection { peer: None, secure: true, client_spki_sha256: None, uid: None };

fn status(connection: Connection, authorization: &[&str]) -> Request<Body> {
    let mut request = request(Method::GET, "/status", &Value::Null, connection);
    for value in authorization {
        request.headers_mut().append(header::AUTHORIZATION, value.parse().unwrap());
    }
    request
}

async fn token(native: &Native, principal: &str) -> String {
    let operation = CreateCredential {
        principal: principal.parse().unwrap(),
        kind: NewCredential::BearerToken,
        expires: None,
    };
    let made = native.t.ok(&native.t.admin, operation).await;
    format!("Bearer {}", std::str::from_utf8(made.secret.unwrap().expose()).unwrap())
}

async fn certificate(native: &Native, principal: &str, spki_sha256: [u8; 32]) {
    let operation = CreateCredential {
        principal: principal.parse().unwrap(),
        kind: NewCredential::ClientCertificate { spki_sha256 },
        expires: None,
    };
    native.t.ok(&native.t.admin, operation).await;
}

async fn check(
    native: &Native,
    connection: Connection,
    authorization: &[&str],
    expected: Result<&str, &str>,
) {
    let before = native.t.log.records().len();
    let answer = native.send(status(connection, authorization)).await;
    match expected {
        Ok(caller) => assert_eq!(answer.body["caller"], caller, "{}", answer.body),
        Err(reason) => {
            native.refused(&answer, 401, reason);
            // Strangers leave counts and no records, so that nobody can fill the disk.
            assert_eq!(native.t.log.records().len(), before);
        }
    }
}

const ADMIN: &str = "arn:aws:iam::111122223333:user/admin";
const OTHER: &str = "arn:aws:iam::111122223333:user/other";

#[tokio::test]
async fn a_user_of_the_machine_is_who_the_configuration_says() {
    let native = Native::new().await;
    check(&native, Connection { uid: Some(ADMIN_UID), ..SECURE }, &[], Ok(ADMIN)).await;
    check(&native, Connection { uid: Some(ADMIN_UID + 1), ..SECURE }, &[], Err("MissingCredential")).await;
    check(&native, SECURE, &[], Err("MissingCredential")).await;
}

#[tokio::test]
async fn a_user_mapped_to_nobody_is_refused() {
    let native = Native::with_users(&[(7, "nobody")]).await;
    check(&native, Connection { uid: Some(7), ..SECURE }, &[], Err("UnknownCredential")).await;
}

#[tokio::test]
async fn tokens_and_certificates_prove_who_calls() {
    let native = Native::new().await;
    native.t.principal("other", &[claviger_testkit::ALLOW_ALL]).await;
    let (admin, other) = (token(&native, "admin").await, token(&native, "other").await);
    certificate(&native, "other", [9; 32]).await;
    let with_certificate = Connection { client_spki_sha256: Some([9; 32]), ..SECURE };
    check(&native, SECURE, &[&admin], Ok(ADMIN)).await;
    check(&native, SECURE, &[&other], Ok(OTHER)).await;
    check(&native, with_certificate, &[], Ok(OTHER)).await;
    check(&native, Connection { client_spki_sha256: Some([8; 32]), ..SECURE }, &[], Err("UnknownCredential"))
        .await;
    check(&native, SECURE, &["Bearer clv_x"], Err("UnknownCredential")).await;
}

#[tokio::test]
async fn all_credentials_of_a_request_must_be_good_and_agree() {
    let native = Native::new().await;
    native.t.principal("other", &[claviger_testkit::ALLOW_ALL]).await;
    let (admin, other) = (token(&native, "admin").await, token(&native, "other").await);
    certificate(&native, "other", [9; 32]).await;
    let with_certificate = Connection { client_spki_sha256: Some([9; 32]), ..SECURE };
    let at_socket = Connection { uid: Some(ADMIN_UID), ..SECURE };
    check(&native, with_certificate, &[&other], Ok(OTHER)).await;
    check(&native, with_certificate, &[&admin], Err("WrongProof")).await;
    check(&native, at_socket, &[&admin], Ok(ADMIN)).await;
    check(&native, at_socket, &[&other], Err("WrongProof")).await;
    // One that is not good is not ignored because another is.
    check(&native, at_socket, &["Bearer clv_x"], Err("UnknownCredential")).await;
    let unknown = Connection { client_spki_sha256: Some([8; 32]), ..at_socket };
    check(&native, unknown, &[], Err("UnknownCredential")).await;
}

#[tokio::test]
async fn headers_that_are_no_bearer_token_are_refused() {
    let native = Native::new().await;
    let admin = token(&native, "admin").await;
    let at_socket = Connection { uid: Some(ADMIN_UID), ..SECURE };
    for wrong in ["Basic YWRtaW46", "Bearer", "Bearer ", "", "bearertoken"] {
        check(&native, at_socket, &[wrong], Err("WrongProof")).await;
    }
    check(&native, SECURE, &[&admin, &admin], Err("WrongProof")).await;
    check(&native, Connection { secure: false, ..SECURE }, &[&admin], Err("WrongProof")).await;
}

#[tokio::test]
async fn a_revoked_token_is_refused_by_the_next_call() {
    let native = Native::new().await;
    let made = native.post("/principals/admin/credentials", json!({ "kind": "bearer-token" })).await;
    let token = format!("Bearer {}", made["secret"].as_str().unwrap());
    check(&native, SECURE, &[&token], Ok(ADMIN)).await;
    native.post(&format!("/credentials/{}/revoke", made["id"].as_str().unwrap()), Value::Null).await;
    check(&native, SECURE, &[&token], Err("UnknownCredential")).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let native = Native::new().await;
    let body = json!({ "kind": "bearer-token", "expires": "2026-01-01T12:01:00Z" });
    let made = native.post("/principals/admin/credentials", body).await;
    let token = format!("Bearer {}", made["secret"].as_str().unwrap());
    check(&native, SECURE, &[&token], Ok(ADMIN)).await;
    native.t.clock.advance(61);
    check(&native, SECURE, &[&token], Err("ExpiredCredential")).await;
}
