use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
    routing::future::RouteFuture,
};
use claviger_core::Connection;
use futures_util::{FutureExt, future::Map};
use hyper::{
    body::Incoming,
    rt::{Read, Write},
    server::conn::{http1, http2},
    service::Service,
};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Timeout, error::Elapsed, timeout},
};
use tower::Service as _;

use super::{
    Shared,
    patience::{Patience, Watched},
    stopping,
};

/// What is spoken over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Serves a connection until it ends, or until a request ends after the listeners were told to stop. The permit is
/// given back then.
pub(super) async fn serve<I>(
    io: I,
    protocol: Protocol,
    known: Connection,
    permit: OwnedSemaphorePermit,
    shared: Arc<Shared>,
) where
    I: Read + Write + Unpin + Send + 'static,
{
    let handler =
        Handler { router: shared.router.clone(), known, deadline: shared.limits.deadline + READING };
    let ended = match protocol {
        Protocol::Http1 => serve_http1(io, handler, &shared).await,
        Protocol::Http2 => serve_http2(io, handler, &shared).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
    drop((permit, shared));
}

/// A call has its own deadline; this much longer may a request take with the reading of its body.
const READING: Duration = Duration::from_secs(10);

async fn serve_http1<I>(io: I, handler: Handler, shared: &Shared) -> hyper::Result<()>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let patience = Patience::new(shared.limits.header_timeout, shared.limits.idle_timeout);
    let connection = http1::Builder::new()
        .timer(patience.timer())
        .header_read_timeout(shared.limits.idle_timeout)
        .max_header_size(shared.limits.header)
        .max_buf_size(shared.limits.header.max(MIN_BUFFER))
        .serve_connection(Watched::new(io, patience.clone()), handler);
    let mut connection = pin!(connection);
    let mut stop = shared.stop.clone();
    tokio::select! {
        ended = patience.watch(connection.as_mut()) => return ended,
        () = stopping(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    patience.watch(connection).await
}

/// Bytes that are read at once.
const MIN_BUFFER: usize = 64 << 10;

async fn serve_http2<I>(io: I, handler: Handler, shared: &Shared) -> hyper::Result<()>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(shared.limits.header).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .keep_alive_interval(shared.limits.idle_timeout)
        .keep_alive_timeout(shared.limits.header_timeout)
        .serve_connection(io, handler);
    let mut connection = pin!(connection);
    let mut stop = shared.stop.clone();
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stopping(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Requests at once over one HTTP/2 connection.
const STREAMS: u32 = 256;
/// Bytes of a body that may be on their way.
const WINDOW: u32 = 256 << 10;

/// Gives a request to the router, with what is known of the connection.
struct Handler {
    router: axum::Router,
    known: Connection,
    deadline: Duration,
}

type Answer = Result<Result<Response<Body>, Infallible>, Elapsed>;

impl Service<Request<Incoming>> for Handler {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Map<Timeout<RouteFuture<Infallible>>, fn(Answer) -> Result<Response<Body>, Infallible>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.known);
        let patience = claviger_front_native::patience(request.uri().path());
        let deadline = patience.map_or(self.deadline, |patience| patience + READING);
        // A router is shared, and a copy of it is a reference.
        let answer = self.router.clone().call(request);
        timeout(deadline, answer).map(or_too_late)
    }
}

fn or_too_late(answer: Answer) -> Result<Response<Body>, Infallible> {
    answer.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
        // What is left of the body would be taken for the next request.
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
        Ok(response)
    })
}
