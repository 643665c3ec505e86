//! The native API: REST and JSON under `/claviger/v1`, for people and programs that administer Claviger, and for
//! everything that the other protocols cannot say.
//!
//! Every endpoint stands in one table, [`endpoints`], from which the router and the OpenAPI document are made, so that
//! neither can know one that the other does not. A handler parses, calls one operation of the domain and renders.
#![forbid(unsafe_code)]

mod auth;
mod call;
mod convert;
mod endpoint;
mod endpoints;
mod error;
mod handlers;
mod names;
mod openapi;
pub mod publication;
mod serve;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Router,
    response::IntoResponse,
    routing::{MethodFilter, any, get, on},
};
use claviger_core::Service;
use claviger_types::PrincipalName;
use http::{Method, header};

use crate::endpoint::Endpoint;

/// The front and what it serves.
pub struct NativeFront {
    /// The key service.
    pub service: Service,
    /// Who is who at the Unix socket: a user of the machine is this principal of the installation's project.
    pub socket_users: BTreeMap<u32, PrincipalName>,
}

/// How the front is called in metrics and in the audit log.
pub(crate) const FRONT: &str = "native";

/// Serves everything under `/claviger/v1/`.
///
/// Requests should carry a [`claviger_core::Connection`] as an extension; without one nobody is proved by his connection,
/// and tokens are refused.
pub fn router(front: NativeFront) -> Router {
    let front = Arc::new(front);
    let mut router = Router::new();
    for endpoint in endpoints::all() {
        router = router.route(&path(endpoint.path), on(filter(&endpoint.method), serve::handler(endpoint)));
    }
    router
        .method_not_allowed_fallback(serve::wrong_method)
        .route(
            &path("/openapi.json"),
            get(async || ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()),
        )
        .route(&path("/{*rest}"), any(serve::unknown_path))
        .with_state(front)
}

/// What [`openapi_json`] makes; a test keeps it current. To make it at each start would take more memory than an empty service has.
const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

/// The OpenAPI 3.1 document of the API, made from the same table as the router.
pub fn openapi_json() -> String {
    openapi::document(&endpoints::all())
}

/// How long a request to this path may take, if that is longer than any other: the copy of a whole store, the stretching
/// of many passphrases.
pub fn patience(path: &str) -> Option<Duration> {
    let tail = path.strip_prefix(claviger_api::PREFIX)?;
    endpoints::PATIENT.iter().find(|(patient, _)| *patient == tail).map(|(_, deadline)| *deadline)
}

/// Operation, action, method and path of every endpoint: what each asks policies for.
pub fn authorization_table() -> Vec<(&'static str, &'static str, Method, String)> {
    let row = |endpoint: Endpoint| {
        (endpoint.operation, endpoint.action, endpoint.method.clone(), path(endpoint.path))
    };
    endpoints::all().into_iter().map(row).collect()
}

fn path(tail: &str) -> String {
    format!("{}{tail}", claviger_api::PREFIX)
}

fn filter(method: &Method) -> MethodFilter {
    match *method {
        Method::DELETE => MethodFilter::DELETE,
        Method::GET => MethodFilter::GET,
        Method::PUT => MethodFilter::PUT,
        _ => MethodFilter::POST,
    }
}
