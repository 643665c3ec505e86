//! The go-kms API over the domain: eight endpoints below `/api/v1/go-kms/`, JSON, and one shared key.
//!
//! Requests are checked in the order of the original server, whose answers tell it: path and method, `Accept`,
//! `Content-Type`, JSON, and only then the caller. Where it crashes, the answer is 500 without a body, as for everything
//! else that goes wrong after that.
//!
//! # What the protocol does not protect
//! The code that a client sends covers method, date and path. The body is protected by TLS alone, so anything else than
//! TLS is refused unless it stays on the machine; a request that was seen can be repeated until its date is too old.
#![forbid(unsafe_code)]

mod auth;
mod convert;
mod error;
mod go_base64;
mod go_json;
mod names;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::State, response::Response, routing::any};
use claviger_core::{CallContext, Caller, Connection, Error, Service};
use claviger_types::{CredentialId, RequestId};
use http::{HeaderMap, Method, Request, header, request::Parts};
use http_body_util::BodyExt;
use zeroize::Zeroizing;

use crate::{
    convert::Failure,
    error::Fault,
    wire::{Endpoint, WireRequest},
};

pub use wire::{ENDPOINTS, parse_request};

/// The front and what it serves.
pub struct GokmsFront {
    /// The key service.
    pub service: Service,
    /// How it is served.
    pub options: GokmsOptions,
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct GokmsOptions {
    /// The shared key that callers prove to know; it must be of that kind.
    pub credential: CredentialId,
    /// How far the date of a request may be from ours, either way.
    pub date_window: Duration,
    /// Longest request body in bytes.
    pub body_limit: usize,
}

impl GokmsOptions {
    /// 15 minutes and 1 MiB.
    pub fn new(credential: CredentialId) -> Self {
        Self { credential, date_window: Duration::from_secs(15 * 60), body_limit: 1 << 20 }
    }
}

/// Serves the API.
///
/// Requests must carry a [`Connection`] as an extension: without one they count as unencrypted and are refused.
pub fn router(front: GokmsFront) -> Router {
    Router::new()
        .route("/api/v1/go-kms/", any(serve))
        .route("/api/v1/go-kms/{*endpoint}", any(serve))
        .with_state(Arc::new(front))
}

/// How the front is called in metrics and in the audit log.
const FRONT: &str = "gokms";

async fn serve(State(front): State<Arc<GokmsFront>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let call = Call::new(&front, parts);
    if !call.is_private() {
        return call.refuse(Fault::Plaintext);
    }
    let endpoint = match call.endpoint() {
        Ok(endpoint) => endpoint,
        Err((name, fault)) => return call.fail(name, fault).await,
    };
    if call.parts.method == Method::OPTIONS {
        return error::options(call.accepts_json());
    }
    match call.read(endpoint, body).await {
        Ok(request) => call.answer(endpoint, request).await,
        Err(fault) => call.fail(endpoint.operation, fault).await,
    }
}

/// One request on its way.
struct Call<'a> {
    front: &'a GokmsFront,
    parts: Parts,
    /// The path as clients sign it: percent-decoded, without the query.
    path: Vec<u8>,
    connection: Connection,
    id: RequestId,
}

impl<'a> Call<'a> {
    fn new(front: &'a GokmsFront, parts: Parts) -> Self {
        Self {
            front,
            path: names::decode_path(parts.uri.path()),
            connection: parts.extensions.get().copied().unwrap_or_default(),
            id: front.service.request_id(),
            parts,
        }
    }

    /// Whether nobody on the way can read or change the body, which nothing else protects.
    fn is_private(&self) -> bool {
        self.connection.secure || self.connection.peer.is_some_and(|peer| peer.is_loopback())
    }

    fn accepts_json(&self) -> bool {
        let accept = first(&self.parts.headers, header::ACCEPT);
        let allows = |kind: &str| accept.contains(kind);
        accept.is_empty() || ["*/*", "application/*", "application/json"].into_iter().any(allows)
    }

    /// The endpoint that path and method name, or what is wrong with them; an endpoint also answers `OPTIONS`.
    fn endpoint(&self) -> Result<&'static Endpoint, (&'static str, Fault)> {
        let method = &self.parts.method;
        let json = self.accepts_json();
        let Some(endpoint) = Endpoint::at(&self.path) else {
            let path = String::from_utf8_lossy(&self.path).into_owned();
            return Err(("UnknownOperation", Fault::NotFound { method: method.clone(), path, json }));
        };
        match *method == Method::POST || *method == Method::OPTIONS {
            true => Ok(endpoint),
            false => Err((endpoint.operation, Fault::MethodNotAllowed { json })),
        }
    }

    async fn read(&self, endpoint: &Endpoint, body: Body) -> Result<WireRequest, Fault> {
        if !self.accepts_json() {
            return Err(Fault::NotAcceptable(first(&self.parts.headers, header::ACCEPT)));
        }
        let kind = first(&self.parts.headers, header::CONTENT_TYPE);
        if !kind.starts_with("application/json") {
            return Err(Fault::UnsupportedMediaType(kind));
        }
        let body = read_body(body, self.front.options.body_limit).await?;
        Ok(wire::parse(endpoint, &body)?)
    }

    async fn authenticate(&self) -> Result<Caller, Error> {
        let Self { front, parts, path, connection, .. } = self;
        auth::authenticate(&front.service, &front.options, parts, path, connection).await
    }

    fn context(&self, caller: Caller) -> CallContext {
        CallContext {
            caller,
            request: self.id,
            front: FRONT,
            peer: self.connection.peer,
            secure: self.connection.secure,
            deadline: self.front.service.settings().deadline,
            dry_run: false,
        }
    }

    async fn answer(&self, endpoint: &Endpoint, request: WireRequest) -> Response {
        let service = &self.front.service;
        let cx = match self.authenticate().await {
            Ok(caller) => self.context(caller),
            Err(error) => {
                service.refuse(FRONT, &error);
                return error::render(&error, self.id);
            }
        };
        match convert::run(service, cx.clone(), request).await {
            Ok(json) => error::json(json),
            Err(Failure::Answered(error)) => error::render(&error, self.id),
            Err(Failure::Rejected(error)) => {
                error::render(&service.reject(cx, endpoint.operation, error).await, self.id)
            }
        }
    }

    /// The answer to a request that is wrong before anybody asked who sent it. The audit log knows of it if it was a
    /// known caller.
    async fn fail(&self, operation: &'static str, fault: Fault) -> Response {
        let service = &self.front.service;
        let error = match self.authenticate().await {
            Ok(caller) => service.reject(self.context(caller), operation, fault.to_error()).await,
            Err(_) => return self.refuse(fault),
        };
        // What could not be recorded is answered as that.
        match error.reason() == fault.to_error().reason() {
            true => fault.render(),
            false => error::render(&error, self.id),
        }
    }

    fn refuse(&self, fault: Fault) -> Response {
        self.front.service.refuse(FRONT, &fault.to_error());
        fault.render()
    }
}

/// The first value of a header, or nothing: what Go takes a header to be.
fn first(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// The whole body, in a buffer that is overwritten afterwards: it may hold a plaintext.
async fn read_body(mut body: Body, limit: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut whole = Zeroizing::new(Vec::with_capacity(1024));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::Incomplete)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Fault::TooLarge);
        }
        grow(&mut whole, data.len(), limit);
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

/// Makes room by hand, because a `Vec` that grows by itself leaves what it held behind.
fn grow(whole: &mut Zeroizing<Vec<u8>>, more: usize, limit: usize) {
    let needed = whole.len() + more;
    if needed > whole.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity((needed * 2).min(limit)));
        larger.extend_from_slice(whole);
        *whole = larger;
    }
}
