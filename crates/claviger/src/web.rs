//! What is served beside the fronts: health, readiness, metrics.

use axum::{
    Router,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use claviger_core::{Connection, Service};
use claviger_crypto::sha256;
use claviger_ports::ProviderState;
use claviger_types::TokenHash;

/// `/healthz`: the process answers. `/readyz`: calls can be served. `/metrics`: for those of
/// [`may_read_metrics`].
pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(service)
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// The reason is for the operator: it names no keys, principals or secrets, but parts of the service.
async fn readyz(State(service): State<Service>) -> Response {
    match service.ready().await {
        Ok(()) => {
            // Without the reasons, which may name files: everybody may ask.
            let unusable = service.providers().into_iter().filter_map(|(name, state)| match state {
                ProviderState::Usable => None,
                ProviderState::Probing(_) => Some(format!("provider {name}: probing\n")),
                ProviderState::Unusable(_) => Some(format!("provider {name}: unusable\n")),
            });
            format!("ok\n{}", unusable.collect::<String>()).into_response()
        }
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response(),
    }
}

async fn metrics(State(service): State<Service>, headers: HeaderMap, extensions: Extensions) -> Response {
    let connection = extensions.get::<Connection>().copied().unwrap_or_default();
    if !may_read_metrics(&service, &connection, &headers).await {
        let ask = [(header::WWW_AUTHENTICATE, "Bearer")];
        let why = "metrics are for loopback, the Unix socket, and holders of a bearer token\n";
        return (StatusCode::UNAUTHORIZED, ask, why).into_response();
    }
    service.providers();
    let format = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (format, service.metrics().render()).into_response()
}

/// Metrics tell how much is done and how often it fails, but of no key and no principal. They are for whoever is on
/// this machine (and does not merely come through a proxy on it), and for every principal with a bearer token.
async fn may_read_metrics(service: &Service, connection: &Connection, headers: &HeaderMap) -> bool {
    let is_forwarded = ["forwarded", "x-forwarded-for", "via"].iter().any(|name| headers.contains_key(*name));
    let is_local = connection.uid.is_some() || connection.peer.is_some_and(|peer| peer.is_loopback());
    if is_local && !is_forwarded {
        return true;
    }
    let Some(token) = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes())) else {
        return false;
    };
    if !connection.secure {
        return false;
    }
    match service.directory().bearer_token(TokenHash(sha256(token)), service.clock().now()).await {
        Ok(_) => true,
        Err(error) => {
            service.refuse("metrics", &error);
            false
        }
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
