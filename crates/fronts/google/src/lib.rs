//! The Google Cloud KMS API over the domain: gRPC (`google.cloud.kms.v1.KeyManagementService`, `google.iam.v1.IAMPolicy`,
//! `google.cloud.location.Locations`) and its REST form under `/v1`.
//!
//! Messages and HTTP bindings are made from Google's own protocol definitions. Every method stands in one table,
//! [`endpoints`], which serves both transports: a request becomes a message, a handler parses it, calls one operation of
//! the domain and renders the answer. What is not offered answers `UNIMPLEMENTED`.
#![forbid(unsafe_code)]

mod algorithms;
mod auth;
mod call;
mod checksum;
mod convert;
mod endpoint;
mod endpoints;
mod error;
mod filter;
mod grpc;
mod handlers;
mod iam;
mod json;
mod names;
mod order;
mod page;
mod rest;
mod serve;
mod template;
mod wire;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Router,
    routing::{any, post},
};
use claviger_core::{Result, Service};

pub use auth::{jwt, service_account_email};

use crate::{auth::Authenticator, endpoint::Endpoint};

/// The front and what it serves.
pub struct GoogleFront {
    /// The key service.
    pub service: Service,
    /// How it is served.
    pub options: Options,
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Longest request body in bytes.
    pub body_limit: usize,
    /// How far the time of a token may be from ours, either way.
    pub clock_skew: Duration,
}

impl Default for Options {
    /// 256 KiB, which a plaintext and additional data of 64 KiB each need in base64; one minute.
    fn default() -> Self {
        Self { body_limit: 256 * 1024, clock_skew: Duration::from_secs(60) }
    }
}

/// How the front is called in metrics and in the audit log.
const FRONT: &str = "google";

/// What the handlers of both transports share.
pub(crate) struct Front {
    service: Service,
    options: Options,
    auth: Authenticator,
    endpoints: Vec<Endpoint>,
    /// Places among the endpoints, by the path of gRPC.
    by_path: HashMap<String, usize>,
}

/// Serves `/v1/…`, `/token` and the paths of the gRPC services.
///
/// Requests should carry a [`claviger_core::Connection`] as an extension; without one nobody is proved by his connection,
/// and tokens are refused.
///
/// # Errors
/// Never in a build whose tests pass: if the table of methods is not one of the protocol definitions.
pub fn router(front: GoogleFront) -> Result<Router> {
    let GoogleFront { service, options } = front;
    let endpoints = endpoints::all()?;
    let by_path =
        endpoints.iter().enumerate().map(|(index, endpoint)| (endpoint.grpc_path(), index)).collect();
    let auth = Authenticator::new(options.clock_skew);
    let front = Arc::new(Front { service, options, auth, endpoints, by_path });
    let mut router = Router::new()
        .route("/v1/{*path}", any(serve::over_rest))
        .route("/token", post(auth::exchange::serve));
    for service in wire::SERVICES {
        router = router.route(&format!("/{service}/{{method}}"), post(serve::over_grpc));
    }
    Ok(router.with_state(front))
}

/// Method, operation and action of every method that is offered: what each asks policies for.
pub fn authorization_table() -> Result<Vec<(&'static str, &'static str, &'static str)>> {
    let endpoints = endpoints::all()?;
    let row = |endpoint: Endpoint| Some((endpoint.row.rpc, endpoint.row.operation, endpoint.row.action?));
    Ok(endpoints.into_iter().filter_map(row).collect())
}
