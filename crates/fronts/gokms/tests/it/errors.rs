//! Everything that can be wrong, in the order in which it is looked at.

use std::time::Duration;

use claviger_core::Connection;
use claviger_front_gokms::{ENDPOINTS, GokmsFront, GokmsOptions, router};
use claviger_keys::{CreateCredential, NewCredential, RevokeCredential};

use crate::server::{Answer, Call, NOW, Server, send};

const UNKNOWN: &str = "11111111-2222-4333-8444-555555555555";

fn answer(status: u16, kind: &str, body: &str) -> Answer {
    Answer { status, kind: kind.to_owned(), body: body.to_owned() }
}

fn json(status: u16, description: &str, error: &str) -> Answer {
    answer(
        status,
        "application/json",
        &format!("{{\"description\":\"{description}\",\"error\":\"{error}\"}}\n"),
    )
}

fn empty(status: u16) -> Answer {
    answer(status, "application/json", "")
}

#[tokio::test]
async fn paths_and_methods_come_first() {
    let server = Server::new().await;
    let check = async |call: Call, expected: Answer| assert_eq!(server.send(call).await, expected);
    let not_found = |what: &str| json(404, &format!("{what} not found"), "tigertonic.NotFound");
    let to = |path: &str| Call { path: path.to_owned(), body: b"?".to_vec(), ..Call::to("", "") };
    check(to("/api/v1/go-kms/x"), not_found("POST /api/v1/go-kms/x")).await;
    check(to("/api/v1/go-kms/"), not_found("POST /api/v1/go-kms/")).await;
    check(to("/api/v1/go-kms/listkeys/"), not_found("POST /api/v1/go-kms/listkeys/")).await;
    check(to("/api/v1/go-kms/ListKeys"), not_found("POST /api/v1/go-kms/ListKeys")).await;
    check(to("/api/v1/go-kms/%3Cx%3E?q=1"), not_found(r"POST /api/v1/go-kms/\u003cx\u003e")).await;
    check(to("/api/v1/go-kms/%zz"), not_found("POST /api/v1/go-kms/%zz")).await;
    check(Call { method: "GET", ..to("/api/v1/go-kms/x") }, not_found("GET /api/v1/go-kms/x")).await;
    let plain = to("/api/v1/go-kms/x").with("accept", Some("text/html"));
    check(plain, answer(404, "text/plain", "tigertonic.NotFound: POST /api/v1/go-kms/x not found")).await;
    for endpoint in ENDPOINTS {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let wrong = Call { method, ..Call::to(endpoint.path, "?") };
            check(wrong, json(405, "only OPTIONS, POST are allowed", "tigertonic.MethodNotAllowed")).await;
        }
        let options =
            Call { method: "OPTIONS", authorization: Some(String::new()), ..Call::to(endpoint.path, "") };
        check(options, answer(200, "application/json", "{\"allow\":[\"OPTIONS\",\"POST\"]}\n")).await;
    }
}

#[tokio::test]
async fn then_accept_and_content_type() {
    let server = Server::new().await;
    let accept = async |value: Option<&str>, expected: u16| {
        let call = Call::to("listkeys", "{}").with("accept", value);
        assert_eq!(server.status(call).await, expected, "{value:?}");
    };
    accept(None, 200).await;
    for allowed in ["", "*/*", "application/*", "application/json", "text/html, application/json;q=0.1"] {
        accept(Some(allowed), 200).await;
    }
    let call = Call::to("listkeys", "?").with("accept", Some("text/\"html\"")).with("content-type", None);
    let expected =
        r#"tigertonic.MarshalerError: Accept header "text/\"html\"" does not allow "application/json""#;
    assert_eq!(server.send(call).await, answer(406, "text/plain", expected));

    let kind = async |value: Option<&str>, expected: Option<&str>| {
        let answer = server.send(
            Call::to("listkeys", if expected.is_some() { "?" } else { "{}" }).with("content-type", value),
        );
        let answer = answer.await;
        match expected {
            None => assert_eq!(answer.status, 200),
            Some(shown) => {
                let description = format!("Content-Type header is {shown}, not application/json");
                assert_eq!(answer, json(415, &description, "tigertonic.MarshalerError"));
            }
        }
    };
    kind(Some("application/json; charset=utf-8"), None).await;
    kind(Some("application/jsonx"), None).await;
    kind(None, Some("")).await;
    kind(Some("text/plain"), Some("text/plain")).await;
    kind(Some("Application/JSON"), Some("Application/JSON")).await;
}

/// The body is looked at before the caller, as in the original.
#[tokio::test]
async fn then_the_body() {
    let server = Server::new().await;
    let check = async |endpoint: &str, body: &str, description: &str, error: &str| {
        for authorization in [None, Some(String::new()), Some("AAAA".to_owned())] {
            let call = Call { authorization, ..Call::to(endpoint, body) };
            assert_eq!(server.send(call).await, json(400, description, error), "{endpoint} {body}");
        }
    };
    check("listkeys", "", "EOF", "error").await;
    check("listkeys", "{", "unexpected EOF", "error").await;
    check("listkeys", "<", r"invalid character '\u003c' looking for beginning of value", "json.SyntaxError")
        .await;
    let mismatch = "json: cannot unmarshal number into Go struct field EnableKeyRequest.KeyID of type string";
    check("enablekey", r#"{"KeyID":1}"#, mismatch, "json.UnmarshalTypeError").await;
    let base64 = "illegal base64 data at input byte 3";
    check("decrypt", r#"{"CiphertextBlob":"AAA?"}"#, base64, "base64.CorruptInputError").await;
    let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(256 * 1024));
    assert_eq!(server.send(Call::to("listkeys", &long)).await, empty(413));
}

#[tokio::test]
async fn then_the_caller() {
    let server = Server::new().await;
    let check = async |what: &str, expected: u16, call: Call| {
        let expected = if expected == 200 { ("200", false) } else { ("401", true) };
        let answer = server.send(call).await;
        assert_eq!((answer.status.to_string().as_str(), answer.body.is_empty()), expected, "{what}");
        assert_eq!(answer.kind, "application/json");
    };
    let good = || Call::to("listkeys", "{}");
    let code = good().code();
    check("good", 200, good()).await;
    check("a query is not covered", 200, Call { path: "/api/v1/go-kms/listkeys?a=b".to_owned(), ..good() })
        .await;
    check("no code", 401, Call { authorization: Some(String::new()), ..good() }).await;
    check("no date", 401, Call { date: String::new(), ..good() }).await;
    check("another key", 401, Call { key: "another", ..good() }).await;
    check("no base64", 401, Call { authorization: Some("?".to_owned()), ..good() }).await;
    check("with a scheme", 401, Call { authorization: Some(format!("HMAC {code}")), ..good() }).await;
    check("short", 401, Call { authorization: Some(code[..40].to_owned()), ..good() }).await;
    check("unpadded", 401, Call { authorization: Some(code.trim_end_matches('=').to_owned()), ..good() })
        .await;
    check("another path", 401, Call { authorization: Some(code.clone()), ..Call::to("createkey", "{}") })
        .await;
    check("twice", 401, good().with("authorization", Some(&code))).await;
    check("two dates", 401, good().with("x-kms-date", Some(NOW))).await;
    for flipped in 0..32 {
        let mut bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, &code).unwrap();
        bytes[flipped] ^= 1;
        let wrong = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
        check("flipped", 401, Call { authorization: Some(wrong), ..good() }).await;
    }
    for (date, expected) in [
        ("Thu, 01 Jan 2026 11:45:00 UTC", 200),
        ("Thu, 01 Jan 2026 12:15:00 UTC", 200),
        ("Thu, 01 Jan 2026 11:44:59 UTC", 401),
        ("Thu, 01 Jan 2026 12:15:01 UTC", 401),
        ("Wed, 28 Jan 2015 10:42:13 UTC", 401),
        ("Thu, 01 Jan 2026 12:00:00 GMT", 401),
        ("2026-01-01T12:00:00Z", 401),
        ("anything", 401),
    ] {
        check(date, expected, Call { date: date.to_owned(), ..good() }).await;
    }
}

#[tokio::test]
async fn credentials_that_are_gone_or_of_another_kind_prove_nothing() {
    let server = Server::new().await;
    let t = &server.t;
    let create = CreateCredential {
        principal: "go-kms-client".parse().unwrap(),
        kind: NewCredential::AccessKey,
        expires: None,
    };
    let access_key = t.ok(&t.admin, create).await.id;
    let unknown = "shared-key-of-nobody".parse().unwrap();
    for credential in [access_key, unknown] {
        let router = Server::router(t, &credential);
        assert_eq!(send(&router, Call::to("listkeys", "{}")).await, empty(401));
    }
    assert_eq!(server.status(Call::to("listkeys", "{}")).await, 200);
    t.ok(&t.admin, RevokeCredential { id: server.credential.clone() }).await;
    assert_eq!(server.send(Call::to("listkeys", "{}")).await, empty(401));
}

/// A client certificate of another principal, and one that nobody has.
#[tokio::test]
async fn two_credentials_must_agree() {
    let server = Server::new().await;
    let t = &server.t;
    t.principal("other", &[]).await;
    for (number, principal) in [(1, "other"), (2, "go-kms-client")] {
        let kind = NewCredential::ClientCertificate { spki_sha256: [number; 32] };
        let create = CreateCredential { principal: principal.parse().unwrap(), kind, expires: None };
        t.ok(&t.admin, create).await;
    }
    for (number, expected) in [(1, 401), (2, 200), (3, 200)] {
        let connection = Connection { client_spki_sha256: Some([number; 32]), ..crate::server::TLS };
        let call = Call { connection, ..Call::to("listkeys", "{}") };
        assert_eq!(server.status(call).await, expected, "{number}");
    }
}

/// Nothing but 500 without a body for whatever is wrong with a key or a ciphertext, also where the original crashes.
#[tokio::test]
async fn then_everything_else() {
    let server = Server::new().await;
    let (id, disabled) = (server.create_key("").await, server.create_key("").await);
    let blob = server.encrypt(&disabled, b"x").await;
    server.ok("disablekey", &format!(r#"{{"KeyID":"{disabled}"}}"#)).await;
    let check = async |endpoint: &str, body: String| {
        assert_eq!(server.send(Call::to(endpoint, &body)).await, empty(500), "{endpoint} {body}");
    };
    for endpoint in ["enablekey", "disablekey", "generatedatakey", "encrypt"] {
        for key in [UNKNOWN, "", "x", "../../etc/passwd", &format!("{id}\u{0}"), "alias/x"] {
            check(endpoint, serde_json::json!({ "KeyID": key }).to_string()).await;
        }
    }
    check("generatedatakey", format!(r#"{{"KeyID":"{disabled}"}}"#)).await;
    check("encrypt", format!(r#"{{"KeyID":"{disabled}","Plaintext":"eA=="}}"#)).await;
    check("encrypt", format!(r#"{{"KeyID":"{id}","Plaintext":"{}"}}"#, "A".repeat(65_537 / 3 * 4 + 4))).await;
    check("decrypt", format!(r#"{{"CiphertextBlob":"{blob}"}}"#)).await;
    check("reencrypt", format!(r#"{{"CiphertextBlob":"{blob}","DestinationKeyId":"{id}"}}"#)).await;
    let good = server.encrypt(&id, b"x").await;
    for destination in [&*disabled, UNKNOWN, ""] {
        check("reencrypt", format!(r#"{{"CiphertextBlob":"{good}","DestinationKeyId":"{destination}"}}"#))
            .await;
    }
    // The original crashes on fewer than 64 bytes.
    for len in [0, 1, 21, 22, 63, 64, 65, 92, 200] {
        let blob = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, vec![0xC1; len]);
        check("decrypt", format!(r#"{{"CiphertextBlob":"{blob}"}}"#)).await;
        check("reencrypt", format!(r#"{{"CiphertextBlob":"{blob}","DestinationKeyId":"{id}"}}"#)).await;
    }
    check("decrypt", "{}".to_owned()).await;
    check("createkey", format!(r#"{{"Description":"{}"}}"#, "x".repeat(8193))).await;
}

#[tokio::test]
async fn what_the_original_does_not_know_has_a_status_of_its_own() {
    let server = Server::new().await;
    server.t.log.fail(true);
    assert_eq!(server.send(Call::to("listkeys", "{}")).await, empty(503));
    assert_eq!(server.send(Call::to("listkeys", "?")).await, empty(503));
    server.t.log.fail(false);
    assert_eq!(server.status(Call::to("listkeys", "{}")).await, 200);
}

/// Nothing protects the body but TLS.
#[tokio::test]
async fn connections_that_others_can_read_are_refused() {
    let server = Server::new().await;
    let check = async |connection: Connection, expected: u16| {
        let call = Call { connection, ..Call::to("listkeys", "{}") };
        assert_eq!(server.status(call).await, expected, "{connection:?}");
    };
    let plain = |peer: &str| Connection { peer: Some(peer.parse().unwrap()), ..Connection::default() };
    check(plain("192.0.2.7"), 403).await;
    check(plain("2001:db8::7"), 403).await;
    check(Connection::default(), 403).await;
    check(plain("127.0.0.1"), 200).await;
    check(plain("::1"), 200).await;
    check(Connection { secure: true, ..plain("192.0.2.7") }, 200).await;
    let call = Call { connection: plain("192.0.2.7"), ..Call::to("listkeys", "{}") };
    let description = "this API protects a request by TLS alone: use https, or a loopback address";
    assert_eq!(server.send(call).await, json(403, description, "claviger.Plaintext"));
}

#[test]
fn the_window_is_a_quarter_of_an_hour_unless_set() {
    let options = GokmsOptions::new("x".parse().unwrap());
    assert_eq!((options.date_window, options.body_limit), (Duration::from_secs(900), 1 << 20));
}

/// A request without what a listener says of its connection counts as one that others can read.
#[tokio::test]
async fn a_request_without_a_connection_is_refused() {
    let server = Server::new().await;
    let front = GokmsFront {
        service: server.t.service.clone(),
        options: GokmsOptions::new(server.credential.clone()),
    };
    let request = http::Request::post("/api/v1/go-kms/listkeys").body(axum::body::Body::from("{}")).unwrap();
    let answer = tower::ServiceExt::oneshot(router(front), request).await.unwrap();
    assert_eq!(answer.status(), 403);
}
