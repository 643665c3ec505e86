//! The AWS KMS API (JSON 1.1, Signature Version 4) over the domain.
//!
//! A request is read whole, its signature is verified, its operation looked up in [`operations`], and then: parse the
//! wire form ([`wire`]), convert it to an operation of the domain ([`convert`]), call, render the answer. Custom key
//! stores and multi-region keys are refused as unsupported.
#![forbid(unsafe_code)]

mod auth;
mod call;
mod convert;
mod error;
mod handlers;
mod names;
mod operations;
mod reply;
pub mod sigv4;
mod wire;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use claviger_core::{CallContext, Caller, Connection, Service};
use claviger_types::{RequestId, SecretBytes};
use http::{HeaderMap, Request, header, request::Parts};
use http_body_util::BodyExt;

use crate::{
    call::Call,
    error::{Failure, Fault},
    operations::Operation,
    reply::Reply,
};

/// The front and what it serves.
pub struct AwsFront {
    /// The key service.
    pub service: Service,
    /// How it is served.
    pub options: Options,
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Paths besides `/` under which clients may have configured their endpoint, like `/kms`. They are part of what
    /// clients sign, so the router must see them: it can't be nested under them.
    pub path_prefixes: Vec<String>,
    /// Longest request body in bytes.
    pub body_limit: usize,
    /// How far the time of a request may be from ours, either way.
    pub clock_skew: Duration,
}

impl Default for Options {
    /// No prefixes, 64 KiB, 5 minutes.
    fn default() -> Self {
        Self { path_prefixes: Vec::new(), body_limit: 64 * 1024, clock_skew: Duration::from_secs(300) }
    }
}

/// The names of the operations of the API, all of them, sorted.
pub fn operation_names() -> impl Iterator<Item = &'static str> {
    operations::OPERATIONS.iter().map(|operation| operation.name)
}

/// Serves the API: `POST` to `/` and to every prefix.
///
/// Requests should carry a [`Connection`] as an extension.
pub fn router(front: AwsFront) -> Router {
    let mut router = Router::new().route("/", post(serve));
    for prefix in &front.options.path_prefixes {
        let prefix = format!("/{}", prefix.trim_matches('/'));
        if prefix != "/" {
            router = router.route(&prefix, post(serve)).route(&format!("{prefix}/"), post(serve));
        }
    }
    router.with_state(Arc::new(front))
}

/// How the front is called in metrics and in the audit log.
const FRONT: &str = "aws";

async fn serve(State(front): State<Arc<AwsFront>>, request: Request<Body>) -> Response {
    let id = front.service.request_id();
    let (parts, body) = request.into_parts();
    let answer = match admit(&front, &parts, body).await {
        Ok((caller, body)) => answer(&front, &parts, caller, body, id).await,
        Err(fault) => {
            front.service.refuse(FRONT, &fault.error);
            Err(fault)
        }
    };
    match answer {
        Ok(reply) => reply.into_response(id),
        Err(fault) => {
            if let Some(source) = fault.error.source() {
                tracing::error!(request = %id, reason = fault.error.reason().name(), source, "call failed");
            }
            fault.into_response(id)
        }
    }
}

/// The caller and the body of a request that is signed as it must be.
async fn admit(front: &AwsFront, parts: &Parts, body: Body) -> Result<(Caller, SecretBytes), Fault> {
    let body = read(parts, body, front.options.body_limit).await?;
    let caller = auth::authenticate(&front.service, &front.options, parts, body.expose()).await?;
    Ok((caller, body))
}

/// The whole body, in a buffer that is overwritten afterwards: it may hold a plaintext.
async fn read(parts: &Parts, mut body: Body, limit: usize) -> Result<SecretBytes, Fault> {
    let length =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        return Err(Fault::too_large());
    }
    // Large enough from the start: growing would leave copies behind that nobody overwrites.
    let mut whole = SecretBytes::with_capacity(length.unwrap_or(limit));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::serialization("The request body did not come whole."))?;
        let Ok(data) = frame.into_data() else { continue };
        whole.extend(&data).map_err(|_| Fault::too_large())?;
    }
    Ok(whole)
}

/// What a known caller gets; whatever it is, the audit log knows of it afterwards.
async fn answer(
    front: &AwsFront,
    parts: &Parts,
    caller: Caller,
    body: SecretBytes,
    request: RequestId,
) -> Result<Reply, Fault> {
    let connection = parts.extensions.get::<Connection>().copied().unwrap_or_default();
    let account = caller.identity.account();
    let cx = CallContext {
        caller,
        request,
        front: FRONT,
        peer: connection.peer,
        secure: connection.secure,
        deadline: front.service.settings().deadline,
        dry_run: false,
    };
    let mut call = Call { service: front.service.clone(), cx: Some(cx), account, body };
    let (name, failure) = match requested(&parts.headers) {
        Err(fault) => ("UnknownOperation", Failure::Rejected(fault)),
        Ok(operation) => match (operation.handler)(&mut call).await {
            Ok(reply) => return Ok(reply),
            Err(failure) => (operation.name, failure),
        },
    };
    match (failure, call.cx) {
        (Failure::Rejected(Fault { code, error }), Some(cx)) => {
            let reason = error.reason();
            let recorded = front.service.reject(cx, name, error).await;
            // What could not be recorded is answered as that.
            Err(if recorded.reason() == reason { Fault { code, error: recorded } } else { recorded.into() })
        }
        (Failure::Rejected(fault), None) => Err(fault),
        (Failure::Answered(error), _) => Err(error.into()),
    }
}

/// The operation that the headers name.
fn requested(headers: &HeaderMap) -> Result<&'static Operation, Fault> {
    let json = |value: &http::HeaderValue| value.as_bytes().starts_with(b"application/x-amz-json-1.1");
    if !headers.get(header::CONTENT_TYPE).is_none_or(json) {
        return Err(Fault::serialization("The content type must be application/x-amz-json-1.1."));
    }
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok()?.strip_prefix("TrentService."))
        .and_then(operations::find)
        .ok_or_else(Fault::unknown_operation)
}
