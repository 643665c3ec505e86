use super::*;

/// Every reason, so that a new one must be thought about.
#[test]
fn every_reason_has_a_status_and_no_body() {
    for reason in Reason::ALL {
        let expected = match reason.kind() {
            ErrorKind::Unauthenticated => 401,
            ErrorKind::Denied => 403,
            ErrorKind::LimitExceeded => 429,
            ErrorKind::Unavailable => 503,
            ErrorKind::Timeout => 504,
            _ => 500,
        };
        let response = render(&Error::new(*reason, "secret detail"), RequestId::from_bytes([0; 16]));
        assert_eq!(response.status(), expected, "{reason:?}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(axum::body::HttpBody::size_hint(response.body()).exact(), Some(0), "{reason:?}");
    }
}
