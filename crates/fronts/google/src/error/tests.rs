use claviger_core::{Error, Reason};
use claviger_types::RequestId;
use expect_test::expect;
use http_body_util::BodyExt;

use super::{grpc, rest};

/// Every reason has its rendering, and a new one must be looked at here.
#[tokio::test]
async fn each_reason_has_its_code_and_status() {
    let mut rows = String::new();
    for reason in Reason::ALL {
        let error = Error::new(*reason, "text");
        let response = rest(&error, RequestId::from_bytes([0; 16]));
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], status);
        let code = grpc(&error, RequestId::from_bytes([0; 16])).code();
        rows += &format!(
            "{status} {} {code:?} {}\n",
            body["error"]["status"].as_str().unwrap(),
            body["error"]["details"][0]["reason"].as_str().unwrap()
        );
    }
    expect![[r#"
        409 ALREADY_EXISTS AlreadyExists ALREADY_EXISTS
        409 ABORTED Aborted CONCURRENT_CHANGE
        401 UNAUTHENTICATED Unauthenticated CLOCK_SKEW
        403 PERMISSION_DENIED PermissionDenied DENIED
        400 FAILED_PRECONDITION FailedPrecondition DRY_RUN
        401 UNAUTHENTICATED Unauthenticated EXPIRED_CREDENTIAL
        400 FAILED_PRECONDITION FailedPrecondition EXPIRED_IMPORT_TOKEN
        400 INVALID_ARGUMENT InvalidArgument INCORRECT_KEY
        400 INVALID_ARGUMENT InvalidArgument INCORRECT_KEY_MATERIAL
        500 INTERNAL Internal INTERNAL
        400 INVALID_ARGUMENT InvalidArgument INVALID_ARN
        400 INVALID_ARGUMENT InvalidArgument INVALID_CIPHERTEXT
        400 INVALID_ARGUMENT InvalidArgument INVALID_GRANT_ID
        400 INVALID_ARGUMENT InvalidArgument INVALID_GRANT_TOKEN
        400 INVALID_ARGUMENT InvalidArgument INVALID_IMPORT_TOKEN
        400 FAILED_PRECONDITION FailedPrecondition INVALID_KEY_USAGE
        400 INVALID_ARGUMENT InvalidArgument INVALID_MAC
        400 INVALID_ARGUMENT InvalidArgument INVALID_MARKER
        400 INVALID_ARGUMENT InvalidArgument INVALID_ALIAS_NAME
        400 INVALID_ARGUMENT InvalidArgument INVALID_REQUEST
        400 INVALID_ARGUMENT InvalidArgument INVALID_SIGNATURE
        400 FAILED_PRECONDITION FailedPrecondition KEY_DISABLED
        400 FAILED_PRECONDITION FailedPrecondition KEY_STATE
        500 DATA_LOSS DataLoss STORED_DATA_DAMAGED
        400 INVALID_ARGUMENT InvalidArgument MALFORMED_POLICY
        401 UNAUTHENTICATED Unauthenticated MISSING_CREDENTIAL
        404 NOT_FOUND NotFound NOT_FOUND
        400 FAILED_PRECONDITION FailedPrecondition NOT_EXTRACTABLE
        429 RESOURCE_EXHAUSTED ResourceExhausted QUOTA
        400 INVALID_ARGUMENT InvalidArgument INVALID_TAG
        429 RESOURCE_EXHAUSTED ResourceExhausted THROTTLED
        504 DEADLINE_EXCEEDED DeadlineExceeded TIMEOUT
        401 UNAUTHENTICATED Unauthenticated UNKNOWN_CREDENTIAL
        503 UNAVAILABLE Unavailable UNAVAILABLE
        501 UNIMPLEMENTED Unimplemented UNSUPPORTED
        400 INVALID_ARGUMENT InvalidArgument UNWRAP_FAILED
        401 UNAUTHENTICATED Unauthenticated WRONG_PROOF
    "#]]
    .assert_eq(&rows);
}

#[tokio::test]
async fn an_error_says_what_and_which_call_and_nothing_of_the_cause() {
    let error =
        Error::new(Reason::Unavailable, "The store is unavailable.").caused_by("disk /dev/sda1 is full");
    let id = RequestId::from_bytes([7; 16]);
    let body = rest(&error, id).into_body().collect().await.unwrap().to_bytes();
    expect![[r#"{"error":{"code":503,"message":"The store is unavailable.","status":"UNAVAILABLE","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"UNAVAILABLE","domain":"claviger"},{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"07070707-0707-0707-0707-070707070707"}]}}"#]].assert_eq(std::str::from_utf8(&body).unwrap());
    let status = grpc(&error, id);
    assert_eq!(status.message(), "The store is unavailable.");
    let details = String::from_utf8_lossy(status.details()).into_owned();
    assert!(details.contains("UNAVAILABLE") && !details.contains("sda1"), "{details}");
}

#[test]
fn who_is_not_known_is_asked_for_a_token() {
    let header = |reason| {
        let response = rest(&Error::new(reason, "text"), RequestId::from_bytes([0; 16]));
        response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(Reason::UnknownCredential).as_deref(), Some("Bearer realm=\"claviger\""));
    assert_eq!(header(Reason::Denied), None);
}
