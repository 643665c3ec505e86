use axum::response::{IntoResponse, Response};
use claviger_api::{Problem, ProblemKind};
use claviger_core::{Error, ErrorKind, Reason};
use claviger_types::RequestId;
use http::{HeaderValue, StatusCode, header};

/// Seconds after which a call that found something out of order may be tried again.
const RETRY_UNAVAILABLE: &str = "5";
/// Seconds after which a call that came too often may be tried again.
const RETRY_THROTTLED: &str = "1";

/// The problem document of an error (RFC 9457).
pub(crate) fn problem(error: &Error, request: RequestId) -> Response {
    with_status(status(error.reason()), error, request)
}

/// The same under another status, for what is wrong with the HTTP of a request.
pub(crate) fn with_status(status: StatusCode, error: &Error, request: RequestId) -> Response {
    let body = Problem {
        problem_type: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail: error.public().to_owned(),
        kind: kind(error.kind()),
        reason: error.reason().name().to_owned(),
        request_id: request.to_string(),
    };
    // Invariant: strings and numbers serialize.
    let text = serde_json::to_string(&body).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
    let headers = response.headers_mut();
    let mut set = |name, value| drop(headers.insert(name, HeaderValue::from_static(value)));
    match status {
        StatusCode::UNAUTHORIZED => set(header::WWW_AUTHENTICATE, "Bearer realm=\"claviger\""),
        StatusCode::TOO_MANY_REQUESTS => set(header::RETRY_AFTER, RETRY_THROTTLED),
        StatusCode::SERVICE_UNAVAILABLE => set(header::RETRY_AFTER, RETRY_UNAVAILABLE),
        _ => {}
    }
    response
}

fn status(reason: Reason) -> StatusCode {
    match reason {
        Reason::AlreadyExists | Reason::ConcurrentChange | Reason::Quota => StatusCode::CONFLICT,
        Reason::KeyDisabled | Reason::KeyState | Reason::NotExtractable => StatusCode::CONFLICT,
        Reason::ClockSkew
        | Reason::ExpiredCredential
        | Reason::MissingCredential
        | Reason::UnknownCredential
        | Reason::WrongProof => StatusCode::UNAUTHORIZED,
        Reason::Denied => StatusCode::FORBIDDEN,
        Reason::NotFound => StatusCode::NOT_FOUND,
        Reason::DryRun => StatusCode::PRECONDITION_FAILED,
        Reason::ExpiredImportToken
        | Reason::IncorrectKeyMaterial
        | Reason::InvalidAliasName
        | Reason::InvalidArn
        | Reason::InvalidGrantId
        | Reason::InvalidGrantToken
        | Reason::InvalidImportToken
        | Reason::InvalidKeyUsage
        | Reason::InvalidMarker
        | Reason::InvalidRequest
        | Reason::InvalidTag
        | Reason::MalformedPolicy => StatusCode::BAD_REQUEST,
        Reason::IncorrectKey
        | Reason::InvalidCiphertext
        | Reason::InvalidMac
        | Reason::InvalidSignature
        | Reason::UnwrapFailed
        | Reason::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Reason::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Reason::Internal | Reason::StoredDataDamaged => StatusCode::INTERNAL_SERVER_ERROR,
        Reason::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Reason::Timeout => StatusCode::GATEWAY_TIMEOUT,
    }
}

fn kind(kind: ErrorKind) -> ProblemKind {
    match kind {
        ErrorKind::Conflict => ProblemKind::Conflict,
        ErrorKind::Denied => ProblemKind::Denied,
        ErrorKind::IntegrityFailure => ProblemKind::IntegrityFailure,
        ErrorKind::Internal => ProblemKind::Internal,
        ErrorKind::Invalid => ProblemKind::Invalid,
        ErrorKind::InvalidState => ProblemKind::InvalidState,
        ErrorKind::LimitExceeded => ProblemKind::LimitExceeded,
        ErrorKind::NotFound => ProblemKind::NotFound,
        ErrorKind::Timeout => ProblemKind::Timeout,
        ErrorKind::Unauthenticated => ProblemKind::Unauthenticated,
        ErrorKind::Unavailable => ProblemKind::Unavailable,
        ErrorKind::Unsupported => ProblemKind::Unsupported,
    }
}

#[cfg(test)]
mod tests;
