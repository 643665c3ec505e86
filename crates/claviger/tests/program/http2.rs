use std::{net::SocketAddr, path::Path};

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::{client::Tls, process::Running};

#[tokio::test]
async fn requests_share_a_connection() {
    let dir = tempfile::tempdir().unwrap();
    let (running, exports) = Running::dev(&dir.path().join("data"), &[]);
    let address: SocketAddr =
        exports["AWS_ENDPOINT_URL_KMS"].strip_prefix("https://").unwrap().parse().unwrap();
    let tls = Tls::new(Path::new(&exports["AWS_CA_BUNDLE"]), &[b"h2"], None);
    let connector = tokio_rustls::TlsConnector::from(tls.config.clone());
    let socket = TcpStream::connect(address).await.unwrap();
    let stream = connector.connect("localhost".try_into().unwrap(), socket).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/nothing-here", 404)] {
        let request =
            hyper::Request::get(format!("https://localhost{path}")).body(Empty::<Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        response.into_body().collect().await.unwrap();
    }
    // An orderly end closes it although the client would go on.
    tokio::task::spawn_blocking(|| running.stop()).await.unwrap();
    connection.await.unwrap().unwrap();
    assert!(sender.is_closed());
}
