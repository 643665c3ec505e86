use super::{TlsOptions, refusal, uri};
use axum::http::StatusCode;
use std::path::Path;

#[track_caller]
fn check_uri(path: &[&str], query: &[(&str, String)], expected: &str) {
    assert_eq!(uri(path, query).unwrap().to_string(), expected);
}

#[test]
fn no_part_of_a_path_leads_elsewhere() {
    check_uri(&["keys"], &[], "/claviger/v1/keys");
    check_uri(&["keys", "alias/a"], &[], "/claviger/v1/keys/alias%2Fa");
    check_uri(&["keys", "..", "encrypt"], &[], "/claviger/v1/keys/%2E%2E/encrypt");
    check_uri(&["keys", "a?b#c d"], &[], "/claviger/v1/keys/a%3Fb%23c%20d");
    check_uri(&["principals", "a.b"], &[], "/claviger/v1/principals/a.b");
    check_uri(
        &["keys"],
        &[("limit", "5".into()), ("after", "a&b=c".into())],
        "/claviger/v1/keys?limit=5&after=a%26b%3Dc",
    );
}

#[test]
fn refusals_say_what_to_do() {
    let body = br#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"No.","kind":"denied","reason":"Denied","request_id":"1"}"#;
    let text = refusal(StatusCode::FORBIDDEN, body).to_string();
    assert_eq!(text, "No (Denied, request 1); 'claviger policies test' shows which statement decides");
    let text = refusal(StatusCode::BAD_GATEWAY, b"<html>").to_string();
    assert_eq!(text, "the server answered 502 Bad Gateway; is it a server of Claviger?");
}

#[test]
fn urls_that_are_not_https_are_refused() {
    for url in
        ["http://127.0.0.1:7443", "127.0.0.1", "https://", "https://a/b", "https://a/?b", "ftp://a", ""]
    {
        let options = TlsOptions { url, ca: Path::new("/nonexistent"), identity: None };
        let Err(failure) = super::Server::tls(&options) else { panic!("{url}") };
        assert!(failure.to_string().starts_with("--url"), "{url}: {failure}");
    }
}
