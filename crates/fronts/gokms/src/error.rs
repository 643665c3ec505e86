//! How answers and errors look on the wire: one exhaustive match, so that a new kind of error can't be forgotten.

use axum::{body::Body, response::Response};
use claviger_core::{Error, ErrorKind, Reason};
use claviger_types::RequestId;
use http::{HeaderValue, Method, StatusCode, header};

use crate::{
    go_json,
    wire::{DecodeError, WireResponse},
};

const METHODS: &str = "OPTIONS, POST";

/// What is wrong with a request before anybody asks who sent it.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no such path.
    NotFound { method: Method, path: String, json: bool },
    /// The method is not that of the path.
    MethodNotAllowed { json: bool },
    /// The caller does not take JSON.
    NotAcceptable(String),
    /// The body is not said to be JSON.
    UnsupportedMediaType(String),
    /// The body is not what it should be.
    Decode(DecodeError),
    /// The body is too long; there is no such limit in the original.
    TooLarge,
    /// The body did not come whole.
    Incomplete,
    /// Others may have read and changed the request.
    Plaintext,
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl Fault {
    /// As the domain counts and records it; without anything that the request holds.
    pub(crate) fn to_error(&self) -> Error {
        match self {
            Self::NotFound { .. } | Self::MethodNotAllowed { .. } => {
                Error::new(Reason::Unsupported, "There is no such operation.")
            }
            Self::Plaintext => Error::new(Reason::MissingCredential, "The connection is not encrypted."),
            Self::NotAcceptable(_)
            | Self::UnsupportedMediaType(_)
            | Self::Decode(_)
            | Self::TooLarge
            | Self::Incomplete => Error::invalid("The request is not as it must be."),
        }
    }

    pub(crate) fn render(&self) -> Response {
        match self {
            Self::NotFound { method, path, json } => describe(
                StatusCode::NOT_FOUND,
                "tigertonic.NotFound",
                &format!("{method} {path} not found"),
                *json,
            ),
            Self::MethodNotAllowed { json } => {
                let description = format!("only {METHODS} are allowed");
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let mut response = describe(status, "tigertonic.MethodNotAllowed", &description, *json);
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
                response
            }
            Self::NotAcceptable(accept) => {
                let description = format!(r#"Accept header {accept:?} does not allow "application/json""#);
                describe(StatusCode::NOT_ACCEPTABLE, MARSHALER, &description, false)
            }
            Self::UnsupportedMediaType(kind) => {
                let description = format!("Content-Type header is {kind}, not application/json");
                describe(StatusCode::UNSUPPORTED_MEDIA_TYPE, MARSHALER, &description, true)
            }
            Self::Decode(error) => describe(StatusCode::BAD_REQUEST, error.name(), &error.to_string(), true),
            Self::TooLarge => empty(StatusCode::PAYLOAD_TOO_LARGE),
            Self::Incomplete => empty(StatusCode::BAD_REQUEST),
            Self::Plaintext => {
                let description =
                    "this API protects a request by TLS alone: use https, or a loopback address";
                describe(StatusCode::FORBIDDEN, "claviger.Plaintext", description, true)
            }
        }
    }
}

const MARSHALER: &str = "tigertonic.MarshalerError";

/// The status of an error after the checks of the protocol. The original knows 401 and 500; the others are for what it
/// has not, and no answer has a body.
const fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Denied => StatusCode::FORBIDDEN,
        ErrorKind::LimitExceeded => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Conflict
        | ErrorKind::IntegrityFailure
        | ErrorKind::Internal
        | ErrorKind::Invalid
        | ErrorKind::InvalidState
        | ErrorKind::NotFound
        | ErrorKind::Unsupported => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error of the domain. Its cause is for the operator.
pub(crate) fn render(error: &Error, request: RequestId) -> Response {
    if let Some(source) = error.source() {
        tracing::error!(request = %request, reason = error.reason().name(), source, "call failed");
    }
    empty(status(error.kind()))
}

/// An answer.
pub(crate) fn json(answer: WireResponse) -> Response {
    respond(StatusCode::OK, "application/json", answer.to_json())
}

/// The answer to `OPTIONS`.
pub(crate) fn options(json: bool) -> Response {
    let mut response = match json {
        true => {
            respond(StatusCode::OK, "application/json", "{\"allow\":[\"OPTIONS\",\"POST\"]}\n".to_owned())
        }
        false => respond(StatusCode::OK, "text/plain", METHODS.to_owned()),
    };
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
    response
}

fn describe(status: StatusCode, name: &str, description: &str, json: bool) -> Response {
    if !json {
        return respond(status, "text/plain", format!("{name}: {description}"));
    }
    let mut body = String::from("{\"description\":");
    go_json::quote(description, &mut body);
    body.push_str(",\"error\":");
    go_json::quote(name, &mut body);
    body.push_str("}\n");
    respond(status, "application/json", body)
}

fn empty(status: StatusCode) -> Response {
    respond(status, "application/json", String::new())
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests;
