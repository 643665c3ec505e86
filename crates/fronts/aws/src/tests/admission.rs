//! Who gets in, and what everybody gets back.

use axum::body::Body;
use claviger_core::Connection;
use claviger_keys::{CreateCredential, NewCredential, RevokeCredential};
use claviger_ports::Clock;
use claviger_types::SecretBytes;
use http::{HeaderValue, Request};
use serde_json::json;

use crate::{
    Options,
    fixtures::{AccessKey, Answer, Fixture, access_key, sign_request},
};

#[tokio::test]
async fn every_reply_has_the_headers_of_the_service() {
    let fixture = Fixture::new().await;
    let unsigned = Request::post("/").body(Body::from("{}")).unwrap();
    for answer in [
        fixture.call("ListKeys", json!({})).await,
        fixture.call("DescribeKey", json!({})).await,
        fixture.call("Unknown", json!({})).await,
        fixture.send(unsigned).await,
    ] {
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/x-amz-json-1.1");
        assert_eq!(header("cache-control"), "no-cache, no-store, must-revalidate, private");
        assert_eq!((header("pragma"), header("expires")), ("no-cache", "0"));
        assert_eq!(header("x-amzn-requestid").len(), 36);
    }
}

/// What must be refused before anybody is known, and leaves no record: else strangers could fill the disk.
#[tokio::test]
async fn strangers_are_refused_and_not_recorded() {
    let fixture = Fixture::new().await;
    let before = fixture.test.log.records().len();
    let check = async |change: &dyn Fn(&mut Request<Body>), expected: &str| {
        let mut request = fixture.signed(&fixture.admin, "/", "ListKeys", "{}".to_owned());
        change(&mut request);
        let answer = fixture.send(request).await;
        assert_eq!((answer.status, answer.kind()), (400, expected), "{answer:?}");
        assert_eq!(fixture.test.log.records().len(), before);
    };
    let set = |name: &'static str, value: &'static str| {
        move |request: &mut Request<Body>| {
            drop(request.headers_mut().insert(name, HeaderValue::from_static(value)))
        }
    };
    let remove =
        |name: &'static str| move |request: &mut Request<Body>| drop(request.headers_mut().remove(name));
    check(&remove("authorization"), "MissingAuthenticationTokenException").await;
    check(&set("authorization", "Bearer token"), "IncompleteSignatureException").await;
    check(&remove("x-amz-date"), "IncompleteSignatureException").await;
    check(&set("host", "other.example"), "InvalidSignatureException").await;
    check(&set("x-amz-target", "TrentService.CreateKey"), "InvalidSignatureException").await;
    check(&set("content-type", "application/json"), "InvalidSignatureException").await;
    check(&set("x-amz-security-token", "token"), "InvalidSignatureException").await;
    check(&|request| *request.body_mut() = Body::from("{ }"), "InvalidSignatureException").await;
    check(&|request| *request.uri_mut() = "/?a=b".parse().unwrap(), "InvalidSignatureException").await;
}

#[tokio::test]
async fn keys_that_are_not_known_and_wrong_secrets() {
    let fixture = Fixture::new().await;
    let check = async |key: AccessKey, expected: &str| {
        let answer = fixture.call_as(&key, "ListKeys", json!({})).await;
        assert_eq!((answer.status, answer.kind()), (400, expected));
    };
    let admin = fixture.admin.clone();
    check(AccessKey { secret: "wrong".to_owned(), ..admin.clone() }, "InvalidSignatureException").await;
    check(AccessKey { id: "AKIAUNKNOWN".to_owned(), ..admin.clone() }, "UnrecognizedClientException").await;
    check(AccessKey { id: "not=an=id".to_owned(), ..admin }, "UnrecognizedClientException").await;
}

/// The secret of a shared key would sign as well as that of an access key; it is not one.
#[tokio::test]
async fn a_credential_of_another_protocol_is_no_access_key() {
    let fixture = Fixture::new().await;
    let secret = "a shared key of another protocol";
    let shared = SecretBytes::new(secret.into());
    let create = CreateCredential {
        principal: "admin".parse().unwrap(),
        kind: NewCredential::SharedKey { key: Some(shared) },
        expires: None,
    };
    let created = fixture.test.ok(&fixture.test.admin, create).await;
    let key = AccessKey { id: created.id.to_string(), secret: secret.to_owned() };
    let answer = fixture.call_as(&key, "ListKeys", json!({})).await;
    assert_eq!(answer.kind(), "UnrecognizedClientException");
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_call() {
    let fixture = Fixture::new().await;
    let (_, key) = fixture.principal("user", &[claviger_testkit::ALLOW_ALL]).await;
    assert_eq!(fixture.call_as(&key, "ListKeys", json!({})).await.status, 200);
    let revoke = RevokeCredential { id: key.id.parse().unwrap() };
    fixture.test.ok(&fixture.test.admin, revoke).await;
    assert_eq!(fixture.call_as(&key, "ListKeys", json!({})).await.kind(), "UnrecognizedClientException");
}

#[tokio::test]
async fn an_expired_key_is_told_so_only_to_who_knows_its_secret() {
    let fixture = Fixture::new().await;
    let expires = fixture.test.clock.now().plus_secs(60);
    let key = access_key(&fixture.test, "admin", Some(expires)).await;
    assert_eq!(fixture.call_as(&key, "ListKeys", json!({})).await.status, 200);
    fixture.test.clock.advance(60);
    assert_eq!(fixture.call_as(&key, "ListKeys", json!({})).await.kind(), "ExpiredTokenException");
    let guess = AccessKey { secret: "guess".to_owned(), ..key };
    assert_eq!(fixture.call_as(&guess, "ListKeys", json!({})).await.kind(), "InvalidSignatureException");
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes() {
    let fixture = Fixture::new().await;
    let check = async |secs: i64, expected: &str| {
        let request = fixture.signed(&fixture.admin, "/", "ListKeys", "{}".to_owned());
        fixture.test.clock.advance(secs);
        let answer = fixture.send(request).await;
        fixture.test.clock.advance(-secs);
        assert_eq!(answer.kind(), expected, "{secs}");
        answer
    };
    check(300, "Ok").await;
    check(-300, "Ok").await;
    let late = check(301, "InvalidSignatureException").await;
    assert!(late.body["message"].as_str().unwrap().starts_with("Signature expired: "), "{late:?}");
    let early = check(-301, "InvalidSignatureException").await;
    assert!(early.body["message"].as_str().unwrap().starts_with("Signature not yet current: "), "{early:?}");
}

/// The signing key of yesterday is not that of today, though one is remembered.
#[tokio::test]
async fn the_remembered_signing_key_is_that_of_the_day() {
    let fixture = Fixture::new().await;
    for _ in 0..3 {
        assert_eq!(fixture.call("ListKeys", json!({})).await.status, 200);
        fixture.test.clock.advance(86_400);
    }
}

#[tokio::test]
async fn scopes_of_other_regions_are_refused() {
    let fixture = Fixture::new().await;
    let headers = [("host", "kms.example"), ("x-amz-target", "TrentService.ListKeys")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (region, expected) in [("eu-test-1", "Ok"), ("us-east-1", "InvalidSignatureException")] {
        let signed = sign_request(&fixture.admin, fixture.test.clock.now(), region, "/", &headers, b"{}");
        let mut request = Request::post("/").body(Body::from("{}")).unwrap();
        *request.headers_mut() = signed;
        assert_eq!(fixture.send(request).await.kind(), expected, "{region}");
    }
}

#[tokio::test]
async fn http_2_names_the_host_in_its_authority() {
    let fixture = Fixture::new().await;
    let mut request = fixture.signed(&fixture.admin, "/", "ListKeys", "{}".to_owned());
    request.headers_mut().remove("host");
    *request.uri_mut() = "https://kms.example/".parse().unwrap();
    assert_eq!(fixture.send(request).await.kind(), "Ok");
}

#[tokio::test]
async fn paths() {
    let fixture = Fixture::new().await;
    for path in ["/", "/kms", "/kms/"] {
        let request = fixture.signed(&fixture.admin, path, "ListKeys", "{}".to_owned());
        assert_eq!(fixture.send(request).await.kind(), "Ok", "{path}");
    }
    // The path is signed.
    let mut request = fixture.signed(&fixture.admin, "/kms", "ListKeys", "{}".to_owned());
    *request.uri_mut() = "/".parse().unwrap();
    assert_eq!(fixture.send(request).await.kind(), "InvalidSignatureException");
    for (method, path, status) in [("GET", "/", 405), ("PUT", "/", 405), ("POST", "/other", 404)] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(fixture.send(request).await.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let fixture = Fixture::with(Options { body_limit: 100, ..Options::default() }).await;
    let check = async |len: usize, with_length: bool, expected: (u16, &str)| {
        let body = format!("{{}}{}", " ".repeat(len - 2));
        let mut request = fixture.signed(&fixture.admin, "/", "ListKeys", body);
        if with_length {
            request.headers_mut().insert("content-length", HeaderValue::from(len));
        }
        let answer = fixture.send(request).await;
        assert_eq!((answer.status, answer.kind()), expected, "{len}");
    };
    check(100, true, (200, "Ok")).await;
    check(100, false, (200, "Ok")).await;
    check(101, true, (413, "RequestEntityTooLargeException")).await;
    check(101, false, (413, "RequestEntityTooLargeException")).await;
}

#[tokio::test]
async fn targets_and_content_types() {
    let fixture = Fixture::new().await;
    let check = async |target: Option<&str>, content_type: Option<&str>, expected: &str| {
        let mut headers = vec![("host".to_owned(), "kms.example".to_owned())];
        headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
        headers.extend(content_type.map(|kind| ("content-type".to_owned(), kind.to_owned())));
        let now = fixture.test.clock.now();
        let mut request = Request::post("/").body(Body::from("{}")).unwrap();
        *request.headers_mut() = sign_request(&fixture.admin, now, "eu-test-1", "/", &headers, b"{}");
        let answer = fixture.send(request).await;
        assert_eq!(answer.kind(), expected, "{target:?} {content_type:?}");
        (fixture.outcomes(&answer), answer)
    };
    const JSON: Option<&str> = Some("application/x-amz-json-1.1");
    check(Some("TrentService.ListKeys"), None, "Ok").await;
    check(Some("TrentService.ListKeys"), Some("application/x-amz-json-1.1; charset=utf-8"), "Ok").await;
    check(Some("TrentService.ListKeys"), Some("application/cbor"), "SerializationException").await;
    for target in [
        None,
        Some("ListKeys"),
        Some("DynamoDB.ListKeys"),
        Some("TrentService."),
        Some("TrentService.listkeys"),
    ] {
        let (outcomes, _) = check(target, JSON, "UnknownOperationException").await;
        assert_eq!(outcomes.len(), 1, "a known caller's call is recorded");
        assert_eq!(outcomes[0]["operation"], "UnknownOperation");
    }
}

/// The certificate that a client showed to the listener, and what it signed.
#[tokio::test]
async fn two_credentials_on_one_request_must_agree() {
    let fixture = Fixture::new().await;
    let (_, _) = fixture.principal("other", &[]).await;
    for (principal, spki_sha256) in [("admin", [1; 32]), ("other", [2; 32])] {
        let kind = NewCredential::ClientCertificate { spki_sha256 };
        let create = CreateCredential { principal: principal.parse().unwrap(), kind, expires: None };
        fixture.test.ok(&fixture.test.admin, create).await;
    }
    for (certificate, expected) in [
        (None, "Ok"),
        (Some([1; 32]), "Ok"),
        (Some([2; 32]), "InvalidSignatureException"),
        (Some([3; 32]), "Ok"),
    ] {
        let mut request = fixture.signed(&fixture.admin, "/", "ListKeys", "{}".to_owned());
        let connection = Connection { client_spki_sha256: certificate, ..Connection::default() };
        request.extensions_mut().insert(connection);
        assert_eq!(fixture.send(request).await.kind(), expected, "{certificate:?}");
    }
}

/// Address and encryption of the connection reach policies; without the listener's word for them, they are not there.
#[tokio::test]
async fn policies_see_the_connection() {
    let fixture = Fixture::new().await;
    let policy = |condition: serde_json::Value| {
        json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition,
        }})
        .to_string()
    };
    let from_net = policy(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}));
    let encrypted = policy(json!({"Bool": {"aws:SecureTransport": "true"}}));
    let (_, by_net) = fixture.principal("by-net", &[&from_net]).await;
    let (_, by_tls) = fixture.principal("by-tls", &[&encrypted]).await;
    let check = async |key: &AccessKey, connection: Option<Connection>, expected: &str| {
        let mut request = fixture.signed(key, "/", "ListKeys", "{}".to_owned());
        if let Some(connection) = connection {
            request.extensions_mut().insert(connection);
        }
        let answer: Answer = fixture.send(request).await;
        assert_eq!(answer.kind(), expected, "{connection:?}");
    };
    let inside =
        Connection { peer: Some("192.0.2.7".parse().unwrap()), secure: true, ..Connection::default() };
    let outside = Connection { peer: Some("198.51.100.7".parse().unwrap()), ..inside };
    let in_clear = Connection { secure: false, ..inside };
    check(&by_net, Some(inside), "Ok").await;
    check(&by_net, Some(outside), "AccessDeniedException").await;
    check(&by_net, None, "AccessDeniedException").await;
    check(&by_tls, Some(inside), "Ok").await;
    check(&by_tls, Some(in_clear), "AccessDeniedException").await;
    check(&by_tls, None, "AccessDeniedException").await;
}

/// A call that can't be recorded is not answered, even if all that it would get is a refusal.
#[tokio::test]
async fn nothing_is_answered_that_is_not_recorded() {
    let fixture = Fixture::new().await;
    fixture.test.log.fail(true);
    for (operation, body) in [
        ("GenerateRandom", json!({"NumberOfBytes": 8})),
        ("GenerateRandom", json!({})),
        ("Unknown", json!({})),
    ] {
        let answer = fixture.call(operation, body).await;
        assert_eq!((answer.status, answer.kind()), (500, "KeyUnavailableException"), "{operation}");
    }
}
