use axum::{body::Body, response::Response};
use bytes::Bytes;
use claviger_types::RequestId;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    error::{Code, Failure, Fault},
    wire::write_json,
};

/// The body of an answer. If there are secrets in it, it is overwritten when the transport has no more use for it, as far
/// as it is our copy.
pub(crate) struct Reply(Bytes);

/// What a handler comes to.
pub(crate) type Answer = Result<Reply, Failure>;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("no-cache, no-store, must-revalidate, private");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

impl Reply {
    /// The answer of an operation that answers nothing.
    pub(crate) fn empty() -> Self {
        Self(Bytes::new())
    }

    /// An answer in JSON with `secret_len` secret bytes in it: the text never moves to a larger buffer and leaves a copy
    /// behind.
    pub(crate) fn secret(body: &impl Serialize, secret_len: usize) -> Self {
        let mut out = Zeroizing::new(Vec::with_capacity(1024 + secret_len.div_ceil(3) * 4));
        write_json(&mut out, body);
        Self(Bytes::from_owner(out))
    }

    /// An answer in JSON without secrets.
    pub(crate) fn public(body: &impl Serialize) -> Answer {
        let mut out = Vec::with_capacity(2048);
        write_json(&mut out, body);
        Ok(Self(out.into()))
    }

    /// As HTTP has it.
    pub(crate) fn into_response(self, request: RequestId) -> Response {
        respond(StatusCode::OK, self.0, request)
    }
}

impl Fault {
    /// As HTTP has it.
    pub(crate) fn into_response(self, request: RequestId) -> Response {
        let Code { name, status } = self.code;
        let body = crate::error::ErrorBody { name, message: self.error.public() };
        // Invariant: texts serialize.
        respond(status, serde_json::to_vec(&body).unwrap_or_default().into(), request)
    }
}

fn respond(status: StatusCode, body: Bytes, request: RequestId) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut buffer = [0; 36];
    if let Ok(id) = HeaderValue::from_str(request.encode(&mut buffer)) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("0"));
    response
}
