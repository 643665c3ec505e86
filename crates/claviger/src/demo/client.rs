use std::{net::SocketAddr, sync::Arc};

use axum::http::{Request, header};
use bytes::Bytes;
use claviger_client::{CertificateSlot, RemoteConnector, SigningThreads};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use tokio::net::TcpStream;

use super::setup::Authority;
use crate::failure::{Failure, Result};

const LONGEST_RESPONSE: usize = 64 << 10;

/// Asks the server as the client that the certificate in `slot` names, and tells what it said.
pub(super) async fn ask(
    address: SocketAddr,
    authority: &Authority,
    threads: SigningThreads,
    slot: Arc<CertificateSlot>,
) -> Result<String> {
    let failed = || "the client got no response";
    let name = ServerName::try_from("localhost").map_err(Failure::at(failed()))?;
    let stream = TcpStream::connect(address).await.map_err(Failure::at(failed()))?;
    let connector = RemoteConnector::new(config(authority, slot)?, threads);
    let stream = connector.connect(name, stream).await.map_err(Failure::at(failed()))?;
    let version = stream.get_ref().1.protocol_version();
    let version = version.map_or_else(String::new, |version| format!("{version:?}"));
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(Failure::at(failed()))?;
    // It ends with the request, and says by it what is wrong.
    let connection = tokio::spawn(connection);
    let request = Request::get("/").header(header::HOST, "localhost").body(Empty::<Bytes>::new());
    let request = request.map_err(Failure::at(failed()))?;
    let response = sender.send_request(request).await.map_err(Failure::at(failed()))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LONGEST_RESPONSE).collect().await;
    let body = body.map_err(Failure::at(failed()))?.to_bytes();
    connection.abort();
    match status.is_success() {
        true => {
            let (port, text) = (address.port(), String::from_utf8_lossy(&body));
            Ok(format!("GET https://localhost:{port}/ over {version} says:\n  {text}"))
        }
        false => Err(Failure::new(format!("the server answered {status}"))),
    }
}

fn config(authority: &Authority, slot: Arc<CertificateSlot>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone()).map_err(Failure::at("the authority can't be trusted"))?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Failure::at("TLS can't be used"))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_client_cert_resolver(slot)))
}
