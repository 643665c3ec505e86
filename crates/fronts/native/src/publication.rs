//! What certificate authorities publish, for everybody: certificates, revocation lists, and the status of certificates.
//!
//! Nobody has to prove who he is, so nothing that is asked here makes an authority sign at will: lists are signed when they
//! are due, and [`Responder`] bounds the rest.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_core::{Error, Result, Service};
use claviger_pki::ocsp::{MAX_REQUEST, Refusal, Responder, StatusAnswer};
use claviger_types::{IssuerId, Timestamp};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Limited};

/// How long others may keep what may be replaced at any time: a revocation takes so long to get around.
const MAX_AGE: i64 = 300;
const OCSP_REQUEST: &str = "application/ocsp-request";
const OCSP_RESPONSE: &str = "application/ocsp-response";

struct Publication {
    service: Service,
    responder: Responder,
}

/// Serves `/pki/<issuer>/ca.cer`, `crl` and `ocsp`.
pub fn router(service: Service) -> Router {
    let responder = Responder::new(service.clone(), crate::FRONT);
    Router::new()
        .route("/pki/{issuer}/ca.cer", get(certificate))
        .route("/pki/{issuer}/crl", get(list))
        .route("/pki/{issuer}/ocsp", get(no_request).post(posted))
        .route("/pki/{issuer}/ocsp/{*request}", get(gotten))
        .with_state(Arc::new(Publication { service, responder }))
}

type Published = State<Arc<Publication>>;

async fn certificate(State(publication): Published, Path(issuer): Path<String>) -> Response {
    answer(find_certificate(&publication.service, &issuer).await)
}

async fn find_certificate(service: &Service, issuer: &str) -> Result<Option<Response>> {
    let Ok(issuer) = issuer.parse::<IssuerId>() else { return Ok(None) };
    let authority = service.published().authority_of(issuer).await?;
    let found = authority.as_ref().and_then(|authority| authority.issuer(issuer));
    // The certificate of a key never changes.
    let keep = (header::CACHE_CONTROL, "public, max-age=86400".to_owned());
    let kind = (header::CONTENT_TYPE, "application/pkix-cert".to_owned());
    Ok(found.map(|issuer| ([kind, keep], issuer.certificate.to_vec()).into_response()))
}

async fn list(State(publication): Published, Path(issuer): Path<String>) -> Response {
    answer(find_list(&publication.service, &issuer).await)
}

async fn find_list(service: &Service, issuer: &str) -> Result<Option<Response>> {
    let Ok(issuer) = issuer.parse::<IssuerId>() else { return Ok(None) };
    let list = service.published().revocation_list(issuer).await?;
    let now = service.clock().now();
    Ok(list.map(|list| {
        let kind = (header::CONTENT_TYPE, "application/pkix-crl".to_owned());
        let keep = (header::CACHE_CONTROL, keep_until(list.refresh, now));
        let tag = (header::ETAG, format!("\"{}\"", list.number));
        ([kind, keep, tag], list.der.to_vec()).into_response()
    }))
}

/// RFC 6960 appendix A.1: the request in base64, which may have been percent-encoded, is part of the path.
async fn gotten(State(publication): Published, Path((issuer, request)): Path<(String, String)>) -> Response {
    let request = BASE64_STANDARD.decode(request.trim_start_matches('/')).unwrap_or_default();
    status(&publication, &issuer, &request, Keep::Shared).await
}

async fn no_request() -> Response {
    let how = "an OCSP request is a POST of application/ocsp-request, or a GET with the request in base64 in the path\n";
    (StatusCode::BAD_REQUEST, how).into_response()
}

async fn posted(State(publication): Published, Path(issuer): Path<String>, request: Request) -> Response {
    if !is_ocsp(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/ocsp-request\n")
            .into_response();
    }
    match read(request.into_body()).await {
        Some(request) => status(&publication, &issuer, &request, Keep::Private).await,
        None => refusal(Refusal::MalformedRequest),
    }
}

/// Whether an answer may be given to others who ask for the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Private,
    Shared,
}

async fn status(publication: &Publication, issuer: &str, request: &[u8], keep: Keep) -> Response {
    let Ok(issuer) = issuer.parse::<IssuerId>() else { return not_found() };
    match publication.responder.answer(issuer, request).await {
        Ok(StatusAnswer::Signed { der, until }) => {
            let now = publication.service.clock().now();
            let keep = if keep == Keep::Shared { keep_until(until, now) } else { "no-store".to_owned() };
            let kind = (header::CONTENT_TYPE, OCSP_RESPONSE.to_owned());
            ([kind, (header::CACHE_CONTROL, keep)], der.to_vec()).into_response()
        }
        Ok(StatusAnswer::Refused(refused)) => refusal(refused),
        Err(error) => {
            tell(&error);
            refusal(Refusal::InternalError)
        }
    }
}

/// Whatever the protocol says, HTTP says that it was understood (RFC 6960 appendix A.2).
fn refusal(refusal: Refusal) -> Response {
    let headers = [(header::CONTENT_TYPE, OCSP_RESPONSE), (header::CACHE_CONTROL, "no-store")];
    (headers, refusal.to_der()).into_response()
}

fn answer(found: Result<Option<Response>>) -> Response {
    match found {
        Ok(found) => found.unwrap_or_else(not_found),
        Err(error) => {
            tell(&error);
            (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response()
        }
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is no such issuer, or it has published nothing yet\n").into_response()
}

fn tell(error: &Error) {
    let source = error.source().map(tracing::field::display);
    tracing::error!(reason = error.reason().name(), source, "what an authority publishes can't be served");
}

fn keep_until(until: Timestamp, now: Timestamp) -> String {
    let left = until.secs().saturating_sub(now.secs()).clamp(0, MAX_AGE);
    format!("public, max-age={left}")
}

fn is_ocsp(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(OCSP_REQUEST))
}

async fn read(body: Body) -> Option<Vec<u8>> {
    let whole = Limited::new(body, MAX_REQUEST).collect().await.ok()?;
    Some(whole.to_bytes().to_vec())
}
