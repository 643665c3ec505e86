//! How an error looks on the wire: one exhaustive match, so that a new reason can't be forgotten.

use axum::response::{IntoResponse, Response};
use claviger_core::{Error, Reason};
use claviger_types::RequestId;
use http::{HeaderValue, StatusCode, header};
use prost::Message;
use serde::Serialize;
use tonic::{Code, Status};

use crate::wire::rpc;

/// Who says so, in the details of an error.
const DOMAIN: &str = "claviger";
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const REQUEST_INFO: &str = "type.googleapis.com/google.rpc.RequestInfo";

/// The code that the API has for a reason.
pub(crate) const fn code(reason: Reason) -> Code {
    match reason {
        Reason::AlreadyExists => Code::AlreadyExists,
        Reason::ConcurrentChange => Code::Aborted,
        Reason::ClockSkew
        | Reason::ExpiredCredential
        | Reason::MissingCredential
        | Reason::UnknownCredential
        | Reason::WrongProof => Code::Unauthenticated,
        Reason::Denied => Code::PermissionDenied,
        Reason::DryRun
        | Reason::ExpiredImportToken
        | Reason::InvalidKeyUsage
        | Reason::KeyDisabled
        | Reason::KeyState
        | Reason::NotExtractable => Code::FailedPrecondition,
        Reason::IncorrectKey
        | Reason::IncorrectKeyMaterial
        | Reason::InvalidAliasName
        | Reason::InvalidArn
        | Reason::InvalidCiphertext
        | Reason::InvalidGrantId
        | Reason::InvalidGrantToken
        | Reason::InvalidImportToken
        | Reason::InvalidMac
        | Reason::InvalidMarker
        | Reason::InvalidRequest
        | Reason::InvalidSignature
        | Reason::InvalidTag
        | Reason::MalformedPolicy
        | Reason::UnwrapFailed => Code::InvalidArgument,
        Reason::Internal => Code::Internal,
        Reason::NotFound => Code::NotFound,
        Reason::Quota | Reason::Throttled => Code::ResourceExhausted,
        Reason::StoredDataDamaged => Code::DataLoss,
        Reason::Timeout => Code::DeadlineExceeded,
        Reason::Unavailable => Code::Unavailable,
        Reason::Unsupported => Code::Unimplemented,
    }
}

/// The HTTP status of a code, as `google/rpc/code.proto` has them, and its name.
const fn http(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::Ok => (StatusCode::OK, "OK"),
        Code::Cancelled => (StatusCode::REQUEST_TIMEOUT, "CANCELLED"),
        Code::Unknown => (StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN"),
        Code::InvalidArgument => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Code::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::AlreadyExists => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
        Code::PermissionDenied => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED"),
        Code::FailedPrecondition => (StatusCode::BAD_REQUEST, "FAILED_PRECONDITION"),
        Code::Aborted => (StatusCode::CONFLICT, "ABORTED"),
        Code::OutOfRange => (StatusCode::BAD_REQUEST, "OUT_OF_RANGE"),
        Code::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED"),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        Code::DataLoss => (StatusCode::INTERNAL_SERVER_ERROR, "DATA_LOSS"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
    }
}

/// The error as the REST form has it.
pub(crate) fn rest(error: &Error, request: RequestId) -> Response {
    let code = code(error.reason());
    let (status, name) = http(code);
    let body = Body {
        error: Inner {
            code: status.as_u16(),
            message: error.public(),
            status: name,
            details: [
                Detail::Info { reason: reason_name(error.reason()), domain: DOMAIN },
                Detail::Request { request_id: request.to_string() },
            ],
        },
    };
    // Invariant: strings and numbers serialize.
    let text = serde_json::to_string(&body).unwrap_or_default();
    let mut response =
        (status, [(header::CONTENT_TYPE, "application/json; charset=UTF-8")], text).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let ask = HeaderValue::from_static("Bearer realm=\"claviger\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
    }
    response
}

/// The error as gRPC has it.
pub(crate) fn grpc(error: &Error, request: RequestId) -> Status {
    let code = code(error.reason());
    let any = |type_url: &str, value: Vec<u8>| prost_types::Any { type_url: type_url.to_owned(), value };
    let info = rpc::ErrorInfo {
        reason: reason_name(error.reason()),
        domain: DOMAIN.to_owned(),
        ..Default::default()
    };
    let about = rpc::RequestInfo { request_id: request.to_string(), ..Default::default() };
    let details = rpc::Status {
        code: code as i32,
        message: error.public().to_owned(),
        details: vec![any(ERROR_INFO, info.encode_to_vec()), any(REQUEST_INFO, about.encode_to_vec())],
    };
    Status::with_details(code, error.public(), details.encode_to_vec().into())
}

/// `KeyDisabled` as `KEY_DISABLED`, which is the form that reasons have in Google's error details.
fn reason_name(reason: Reason) -> String {
    let mut name = String::new();
    for (index, c) in reason.name().char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    details: [Detail; 2],
}

#[derive(Serialize)]
#[serde(tag = "@type")]
enum Detail {
    #[serde(rename = "type.googleapis.com/google.rpc.ErrorInfo")]
    Info { reason: String, domain: &'static str },
    #[serde(rename = "type.googleapis.com/google.rpc.RequestInfo", rename_all = "camelCase")]
    Request { request_id: String },
}

#[cfg(test)]
mod tests;
