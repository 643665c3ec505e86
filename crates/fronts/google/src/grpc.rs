//! gRPC: one message each way (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
//!
//! Every method is unary, so that this is a prefix of five bytes before a message. It is done here and not by a server of
//! `tonic`, whose errors and status codes are used, so that both transports share one way of reading, with its limits,
//! its buffers that are wiped, and its records of what could not be read.

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use claviger_core::{Error, Reason, Result};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use http_body_util::{BodyExt, Full};
use zeroize::Zeroizing;

use crate::{
    Front,
    endpoint::Endpoint,
    serve::{Parsed, Unreadable, read},
};

const CONTENT_TYPE: &str = "application/grpc";
/// A flag and a length.
const PREFIX: usize = 5;

/// Finds the method of a request and its message.
pub(crate) async fn parse<'a>(front: &'a Front, parts: &Parts, body: Body) -> Result<Parsed<'a>, Unreadable> {
    let endpoint = find(front, parts.uri.path())?;
    let message = async {
        check_headers(&parts.headers)?;
        let body = read(body, &parts.headers, front.options.body_limit.saturating_add(PREFIX)).await?;
        message(body.expose()).map(|message| Zeroizing::new(message.to_vec()))
    };
    match message.await {
        Ok(wire) => Ok(Parsed { endpoint, wire }),
        Err(error) => Err(Unreadable { operation: Some(endpoint.row.operation), error }),
    }
}

/// The answer, followed by the status that it went well.
pub(crate) fn render(wire: &[u8]) -> Response {
    let mut framed = Zeroizing::new(Vec::with_capacity(PREFIX + wire.len()));
    framed.push(0);
    // Invariant: answers are far below 4 GiB.
    framed.extend_from_slice(&(wire.len() as u32).to_be_bytes());
    framed.extend_from_slice(wire);
    let trailers = HeaderMap::from_iter([(
        header::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )]);
    let body = Full::new(Bytes::from_owner(framed))
        .with_trailers(std::future::ready(Some(Ok::<_, Infallible>(trailers))));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// How long the client waits for an answer.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number = number.parse::<u64>().ok().filter(|_| number.len() <= 8)?;
    Some(match unit {
        "H" => Duration::from_secs(number.saturating_mul(3600)),
        "M" => Duration::from_secs(number.saturating_mul(60)),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

fn find<'a>(front: &'a Front, path: &str) -> Result<&'a Endpoint> {
    let index = front.by_path.get(path).copied();
    index
        .and_then(|index| front.endpoints.get(index))
        .ok_or_else(|| Error::new(Reason::Unsupported, "There is no such method."))
}

fn check_headers(headers: &HeaderMap) -> Result<()> {
    let is_plain = |kind: &str| matches!(kind, "application/grpc" | "application/grpc+proto");
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if !text("content-type").is_some_and(is_plain) {
        return Err(Error::invalid("The content type must be application/grpc."));
    }
    match text("grpc-encoding") {
        None | Some("identity") => Ok(()),
        Some(_) => Err(Error::new(Reason::Unsupported, "Messages must not be compressed.")),
    }
}

/// The one message of a body.
fn message(body: &[u8]) -> Result<&[u8]> {
    let wrong = || Error::invalid("The request must be one message, whole.");
    let (flag, rest) = body.split_first().ok_or_else(wrong)?;
    let (length, message) = rest.split_first_chunk::<4>().ok_or_else(wrong)?;
    match *flag {
        0 if u32::from_be_bytes(*length) as usize == message.len() => Ok(message),
        1 => Err(Error::new(Reason::Unsupported, "Messages must not be compressed.")),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests;
