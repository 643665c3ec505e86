//! The denominator: a bare HTTPS server on the same stack and versions as the product, which answers every request with
//! 200 bytes, and what says that it is gRPC with trailers behind them, as gRPC has to. `ref-echo ADDR CERT.pem KEY.pem`
#![forbid(unsafe_code)]

use std::{convert::Infallible, error::Error, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
static BODY: [u8; 200] = [b'e'; 200];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: ref-echo ADDR CERT.pem KEY.pem");
    let (address, certificate, key) = (argument()?, argument()?, argument()?);
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let answer = |headers: HeaderMap, _: Bytes| async move {
        let is_grpc = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/grpc");
        let trailers = is_grpc.then(|| HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))]));
        let body = Full::new(Bytes::from_static(&BODY));
        let body = body.with_trailers(std::future::ready(trailers.map(Ok::<_, Infallible>)));
        ([(header::CONTENT_TYPE, "application/octet-stream")], Body::new(body))
    };
    let router = Router::new().fallback(answer);
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = TowerToHyperService::new(router);
            // A client that goes away is how every measurement ends.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
