use axum::{Router, body::Body};
use claviger_core::Connection;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Status and JSON body (null if there is none) of a request over a connection.
pub(crate) async fn send(
    router: &Router,
    connection: Connection,
    mut request: Request<String>,
) -> (u16, Value) {
    request.extensions_mut().insert(connection);
    let answer = router.clone().oneshot(request.map(Body::from)).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// A connection over TLS from this machine.
pub(crate) fn tls() -> Connection {
    Connection { peer: Some([127, 0, 0, 1].into()), secure: true, ..Connection::default() }
}
