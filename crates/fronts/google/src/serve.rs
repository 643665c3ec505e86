//! One way through for both transports: authenticate, read, parse, call, render.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use claviger_core::{CallContext, Caller, Connection, Error, Reason, Result};
use claviger_types::{RequestId, SecretBytes};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use http_body_util::BodyExt;

use crate::{
    FRONT, Front,
    call::{Call, Failure},
    endpoint::{Endpoint, Wire},
    error, grpc, rest,
};

/// Header of every answer: the id of the call, also in the audit log.
const REQUEST_ID_HEADER: &str = "claviger-request-id";
/// The operation of a call for which there is no method, as the audit log calls it.
const UNKNOWN: &str = "UnknownMethod";

/// A request that has been read and is known to be of a method.
pub(crate) struct Parsed<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) wire: Wire,
}

/// Why a request could not be read, with the operation that it was for if that is known.
pub(crate) struct Unreadable {
    pub(crate) operation: Option<&'static str>,
    pub(crate) error: Error,
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        Self { operation: None, error }
    }
}

/// Serves the REST form.
pub(crate) async fn over_rest(State(front): State<Arc<Front>>, request: Request) -> Response {
    let id = new_id(&front);
    let (parts, body) = request.into_parts();
    let answer = answer(&front, &parts, id, None, rest::parse(&front, &parts, body)).await;
    let rendered = answer.and_then(|(endpoint, wire)| rest::render(endpoint, &wire, &parts));
    let response = rendered.unwrap_or_else(|error| {
        log(&error, id);
        error::rest(&error, id)
    });
    finished(response, id)
}

/// Serves gRPC.
pub(crate) async fn over_grpc(State(front): State<Arc<Front>>, request: Request) -> Response {
    let id = new_id(&front);
    let (parts, body) = request.into_parts();
    let timeout = grpc::timeout(&parts.headers);
    let response = match answer(&front, &parts, id, timeout, grpc::parse(&front, &parts, body)).await {
        Ok((_, wire)) => grpc::render(&wire),
        Err(error) => {
            log(&error, id);
            error::grpc(&error, id).into_http()
        }
    };
    finished(response, id)
}

/// What a request gets; whatever a known caller gets, the audit log knows of it afterwards.
async fn answer<'a>(
    front: &'a Front,
    parts: &Parts,
    id: RequestId,
    timeout: Option<Duration>,
    parsed: impl Future<Output = Result<Parsed<'a>, Unreadable>>,
) -> Result<(&'a Endpoint, Wire)> {
    let service = &front.service;
    let connection = parts.extensions.get::<Connection>().copied().unwrap_or_default();
    // Before the body is read: a stranger's is not worth the memory.
    let caller = front
        .auth
        .authenticate(service, &connection, &parts.headers)
        .await
        .inspect_err(|error| service.refuse(FRONT, error))?;
    let cx = context(front, caller, id, &connection, timeout);
    let (operation, failure) = match within(cx.deadline, parsed).await {
        Ok(Parsed { endpoint, wire }) => {
            let call = Call { service: service.clone(), cx: cx.clone() };
            match (endpoint.row.run)(call, &wire).await {
                Ok(answer) => return Ok((endpoint, answer)),
                Err(failure) => (endpoint.row.operation, failure),
            }
        }
        Err(Unreadable { operation, error }) => (operation.unwrap_or(UNKNOWN), error.into()),
    };
    match failure {
        Failure::Answered(error) => Err(error),
        Failure::Rejected(error) => Err(service.reject(cx, operation, error).await),
    }
}

async fn within<T>(
    deadline: Duration,
    parsed: impl Future<Output = Result<T, Unreadable>>,
) -> Result<T, Unreadable> {
    let late = |_| Error::new(Reason::Timeout, "The request body did not come in time.");
    tokio::time::timeout(deadline, parsed).await.map_err(late)?
}

fn context(
    front: &Front,
    caller: Caller,
    request: RequestId,
    connection: &Connection,
    timeout: Option<Duration>,
) -> CallContext {
    let deadline = front.service.settings().deadline;
    CallContext {
        caller,
        request,
        front: FRONT,
        peer: connection.peer,
        secure: connection.secure,
        deadline: timeout.map_or(deadline, |timeout| timeout.min(deadline)),
        dry_run: false,
    }
}

/// The whole body, in a buffer that is wiped afterwards: it may hold a plaintext.
pub(crate) async fn read(mut body: Body, headers: &HeaderMap, limit: usize) -> Result<SecretBytes> {
    let too_long = || Error::invalid(format!("The request body is longer than {limit} bytes."));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        return Err(too_long());
    }
    let mut frames = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::invalid("The request body did not come whole."))?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > limit {
            return Err(too_long());
        }
        frames.push(data);
    }
    // Of the right size from the start: growing would leave copies behind that nobody overwrites.
    let mut whole = SecretBytes::with_capacity(total);
    for data in frames {
        whole.extend(&data).map_err(|_| too_long())?;
    }
    Ok(whole)
}

fn log(error: &Error, id: RequestId) {
    if let Some(source) = error.source() {
        tracing::error!(request = %id, reason = error.reason().name(), source, "call failed");
    }
}

/// Marks an answer with the id of its call, and keeps it out of caches.
fn finished(mut response: Response, id: RequestId) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Invariant: an id is hexadecimal digits and hyphens.
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    response
}

fn new_id(front: &Front) -> RequestId {
    front.service.request_id()
}
