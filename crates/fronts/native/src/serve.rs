use std::{pin::Pin, sync::Arc};

use axum::{
    body::Body,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    response::Response,
};
use claviger_api::{DRY_RUN_HEADER, REQUEST_ID_HEADER};
use claviger_core::{CallContext, Connection, Error, Reason, Result};
use claviger_types::RequestId;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use zeroize::Zeroizing;

use crate::{
    FRONT, NativeFront,
    auth::authenticate,
    call::{Call, Failure},
    endpoint::{Endpoint, Raw},
    error,
};

type Served = Pin<Box<dyn Future<Output = Response> + Send>>;
type PathParts = Result<RawPathParams, RawPathParamsRejection>;

/// Serves an endpoint: authenticate, read, parse, call, render.
pub(crate) fn handler(
    endpoint: Endpoint,
) -> impl Fn(State<Arc<NativeFront>>, PathParts, Request) -> Served + Clone + Send + Sync + 'static {
    let endpoint = Arc::new(endpoint);
    move |State(front), path, request| {
        let endpoint = endpoint.clone();
        Box::pin(async move {
            let id = new_id(&front);
            let answer = match answer(&front, &endpoint, path, request, id).await {
                Ok(response) => response,
                Err(error) => {
                    if let Some(source) = error.source() {
                        tracing::error!(request = %id, reason = error.reason().name(), source, "call failed");
                    }
                    error::problem(&error, id)
                }
            };
            finished(answer, id)
        })
    }
}

/// Answers for paths that are none of ours.
pub(crate) async fn unknown_path(State(front): State<Arc<NativeFront>>) -> Response {
    let error =
        Error::new(Reason::NotFound, "There is no such path; /claviger/v1/openapi.json lists what there is.");
    refused(&front, StatusCode::NOT_FOUND, &error)
}

/// Answers for methods that a path does not have.
pub(crate) async fn wrong_method(State(front): State<Arc<NativeFront>>) -> Response {
    let error =
        Error::invalid("The path does not have this method; /claviger/v1/openapi.json lists what there is.");
    refused(&front, StatusCode::METHOD_NOT_ALLOWED, &error)
}

async fn answer(
    front: &NativeFront,
    endpoint: &Endpoint,
    path: PathParts,
    request: Request,
    id: RequestId,
) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let connection = parts.extensions.get::<Connection>().copied().unwrap_or_default();
    // Before the body is read: a stranger's is not worth the memory.
    let caller = authenticate(front, &connection, &parts.headers)
        .await
        .inspect_err(|error| front.service.refuse(FRONT, error))?;
    let cx = CallContext {
        caller,
        request: id,
        front: FRONT,
        peer: connection.peer,
        secure: connection.secure,
        deadline: crate::patience(parts.uri.path()).unwrap_or(front.service.settings().deadline),
        dry_run: false,
    };
    let prepared = prepare(front, endpoint, path, &parts, body, cx.clone()).await;
    let failure = match prepared {
        Ok((call, raw)) => match (endpoint.run)(call, raw).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        },
        Err(error) => error.into(),
    };
    match failure {
        Failure::Answered(error) => Err(error),
        Failure::Rejected(error) => Err(front.service.reject(cx, endpoint.operation, error).await),
    }
}

async fn prepare(
    front: &NativeFront,
    endpoint: &Endpoint,
    path: PathParts,
    parts: &Parts,
    body: Body,
    cx: CallContext,
) -> Result<(Call, Raw)> {
    let path = path.map_err(|_| Error::invalid("The path is not percent-encoded UTF-8."))?;
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let dry_run = is_dry_run(&parts.headers)?;
    let whole = read(body, &parts.headers, endpoint.body_limit);
    let body = tokio::time::timeout(front.service.settings().deadline, whole)
        .await
        .map_err(|_| Error::new(Reason::Timeout, "The request body did not come in time."))??;
    let raw = Raw {
        query: parts.uri.query().unwrap_or_default().to_owned(),
        is_json: is_json(&parts.headers),
        body,
    };
    Ok((Call { service: front.service.clone(), cx: CallContext { dry_run, ..cx }, path }, raw))
}

/// The whole body, in a buffer that is wiped afterwards: it may hold a plaintext.
async fn read(mut body: Body, headers: &HeaderMap, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
    let too_long = || Error::invalid(format!("The request body is longer than {limit} bytes."));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        return Err(too_long());
    }
    let mut whole = Zeroizing::new(Vec::with_capacity(length.unwrap_or(1024)));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::invalid("The request body did not come whole."))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(too_long());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn is_dry_run(headers: &HeaderMap) -> Result<bool> {
    match headers.get(DRY_RUN_HEADER).map(HeaderValue::as_bytes) {
        None | Some(b"false") => Ok(false),
        Some(b"true") => Ok(true),
        Some(_) => Err(Error::invalid(format!("The header {DRY_RUN_HEADER} is true or false."))),
    }
}

fn refused(front: &NativeFront, status: StatusCode, error: &Error) -> Response {
    front.service.refuse(FRONT, error);
    let id = new_id(front);
    finished(error::with_status(status, error, id), id)
}

fn finished(mut response: Response, id: RequestId) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Invariant: an id is hexadecimal digits and hyphens.
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    response
}

fn new_id(front: &NativeFront) -> RequestId {
    front.service.request_id()
}
