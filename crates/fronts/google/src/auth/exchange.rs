//! `POST /token`: an access token for an assertion (RFC 7523), as Google's libraries ask for one where they do not call
//! with a token of their own.
//!
//! The access token is the assertion itself, marked as exchanged. Whoever has the one can get the other, so that nothing is
//! gained by making another secret; and there is nothing to remember or to share: it outlives a restart, every node knows
//! it, and it is worth nothing from the moment in which its key is revoked.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use claviger_core::{Connection, Error, ErrorKind, Result};
use claviger_types::SecretBytes;
use http::{StatusCode, header, request::Parts};
use serde::Serialize;

use super::{
    jwt::{Purpose, Token},
    wrong,
};
use crate::{FRONT, Front, serve::read, template::percent_decoded};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What marks an assertion that was exchanged.
pub(crate) const PREFIX: &str = "clvg_";
/// Longest form in bytes: an assertion and its parameters.
const LIMIT: usize = 8 * 1024;

#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
}

/// RFC 6749 §5.2.
#[derive(Serialize)]
struct Refused<'a> {
    error: &'static str,
    error_description: &'a str,
}

#[derive(Default)]
struct Form {
    grant_type: String,
    assertion: String,
}

/// Serves the exchange.
pub(crate) async fn serve(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    match exchange(&front, &parts, body).await {
        Ok(granted) => (no_store, axum::Json(granted)).into_response(),
        Err(error) => {
            front.service.refuse(FRONT, &error);
            if let Some(source) = error.source() {
                tracing::error!(reason = error.reason().name(), source, "a token was not given");
            }
            let (status, name) = match error.kind() {
                ErrorKind::Unauthenticated => (StatusCode::BAD_REQUEST, "invalid_grant"),
                ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "invalid_request"),
                ErrorKind::Unsupported => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
                _ => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
            };
            let body = Refused { error: name, error_description: error.public() };
            (status, no_store, axum::Json(body)).into_response()
        }
    }
}

async fn exchange(front: &Front, parts: &Parts, body: Body) -> Result<Granted> {
    let connection = parts.extensions.get::<Connection>().copied().unwrap_or_default();
    if !connection.secure {
        return Err(wrong("Tokens are given only over connections that are encrypted."));
    }
    let deadline = front.service.settings().deadline;
    let body = tokio::time::timeout(deadline, read(body, &parts.headers, LIMIT))
        .await
        .map_err(|_| Error::invalid("The form did not come in time."))??;
    let form = form(&body).ok_or_else(|| Error::invalid("The request must be a form, whole."))?;
    if form.grant_type != GRANT {
        let text = format!("The grant type must be {GRANT}.");
        return Err(Error::new(claviger_core::Reason::Unsupported, text));
    }
    let now = front.service.clock().now();
    let token = Token::parse(&form.assertion)?;
    // The address as the client sees it. What it says itself is good enough: the key signs for nobody but us, since it
    // was made here, and the audience only tells an assertion from a token for calls.
    let token_uri = format!("https://{}/token", authority(parts).unwrap_or_default());
    let purpose = Purpose::Exchange { token_uri: &token_uri };
    front.auth.verified(&front.service, &token, purpose, now).await?;
    let expires_in = token.expires().secs().saturating_sub(now.secs()).max(1);
    Ok(Granted { access_token: format!("{PREFIX}{}", form.assertion), token_type: "Bearer", expires_in })
}

fn authority(parts: &Parts) -> Option<&str> {
    let of_uri = parts.uri.authority().map(http::uri::Authority::as_str);
    of_uri.or_else(|| parts.headers.get(header::HOST)?.to_str().ok())
}

fn form(body: &SecretBytes) -> Option<Form> {
    let text = std::str::from_utf8(body.expose()).ok()?;
    let mut form = Form::default();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decoded(&value.replace('+', " "))?;
        let member = match name {
            "grant_type" => &mut form.grant_type,
            "assertion" => &mut form.assertion,
            _ => continue,
        };
        if !member.is_empty() {
            return None;
        }
        *member = value;
    }
    Some(form)
}
