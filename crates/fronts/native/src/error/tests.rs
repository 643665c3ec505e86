use claviger_core::{Error, Reason};
use claviger_types::RequestId;
use expect_test::expect;
use http_body_util::BodyExt;

use super::problem;

/// Every reason has its rendering, and a new one must be looked at here.
#[test]
fn each_reason_has_its_status_and_kind() {
    let rows: Vec<String> = Reason::ALL
        .iter()
        .map(|reason| {
            let response = problem(&Error::new(*reason, "text"), RequestId::from_bytes([0; 16]));
            let kind = super::kind(reason.kind());
            format!("{} {} {kind}\n", response.status().as_u16(), reason.name())
        })
        .collect();
    expect![[r#"
        409 AlreadyExists conflict
        409 ConcurrentChange conflict
        401 ClockSkew unauthenticated
        403 Denied denied
        412 DryRun invalid
        401 ExpiredCredential unauthenticated
        400 ExpiredImportToken invalid
        422 IncorrectKey integrity-failure
        400 IncorrectKeyMaterial invalid
        500 Internal internal
        400 InvalidArn invalid
        422 InvalidCiphertext integrity-failure
        400 InvalidGrantId invalid
        400 InvalidGrantToken invalid
        400 InvalidImportToken invalid
        400 InvalidKeyUsage invalid
        422 InvalidMac integrity-failure
        400 InvalidMarker invalid
        400 InvalidAliasName invalid
        400 InvalidRequest invalid
        422 InvalidSignature integrity-failure
        409 KeyDisabled invalid-state
        409 KeyState invalid-state
        500 StoredDataDamaged integrity-failure
        400 MalformedPolicy invalid
        401 MissingCredential unauthenticated
        404 NotFound not-found
        409 NotExtractable invalid-state
        409 Quota limit-exceeded
        400 InvalidTag invalid
        429 Throttled limit-exceeded
        504 Timeout timeout
        401 UnknownCredential unauthenticated
        503 Unavailable unavailable
        422 Unsupported unsupported
        422 UnwrapFailed integrity-failure
        401 WrongProof unauthenticated
    "#]]
    .assert_eq(&rows.concat());
}

#[tokio::test]
async fn a_problem_says_what_and_which_call_and_nothing_of_the_cause() {
    let error =
        Error::new(Reason::Unavailable, "The store is unavailable.").caused_by("disk /dev/sda1 is full");
    let response = problem(&error, RequestId::from_bytes([7; 16]));
    let headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let text = headers.concat() + std::str::from_utf8(&body).unwrap();
    expect![[r#"
        content-type: application/problem+json
        retry-after: 5
        {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The store is unavailable.","kind":"unavailable","reason":"Unavailable","request_id":"07070707-0707-0707-0707-070707070707"}"#]].assert_eq(&text);
}

#[test]
fn headers_say_how_to_go_on() {
    let header = |reason, name: &str| {
        let response = problem(&Error::new(reason, "text"), RequestId::from_bytes([0; 16]));
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(Reason::Throttled, "retry-after").as_deref(), Some("1"));
    assert_eq!(header(Reason::Unavailable, "retry-after").as_deref(), Some("5"));
    assert_eq!(
        header(Reason::UnknownCredential, "www-authenticate").as_deref(),
        Some("Bearer realm=\"claviger\"")
    );
    assert_eq!(header(Reason::Denied, "retry-after"), None);
}
