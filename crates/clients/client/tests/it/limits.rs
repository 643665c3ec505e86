//! Slow peers, services that do not answer, and more handshakes than may wait.

use std::{io, num::NonZeroUsize, sync::Arc, time::Duration};

use claviger_client::{
    CertificateSlot, Error, ErrorKind, RemoteAcceptor, SigningOptions, SigningThreads, api::KeySpec,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs, pki_types::ServerName, version::TLS13,
};
use tokio::io::{AsyncWriteExt, duplex};
use tokio_rustls::TlsConnector;

use crate::{
    certificates::Authority,
    scripted::{Reply, Scripted},
    service::Service,
};

fn options(threads: usize, queue: usize, signature: u64, handshake: u64) -> SigningOptions {
    SigningOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        queue,
        signature: Duration::from_millis(signature),
        handshake: Duration::from_millis(handshake),
    }
}

fn client(roots: RootCertStore) -> TlsConnector {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13]).unwrap();
    TlsConnector::from(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn server(slot: Arc<CertificateSlot>) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13]).unwrap();
    Arc::new(builder.with_no_client_auth().with_cert_resolver(slot))
}

/// Accepts a connection of a client that does its part.
async fn accept(acceptor: RemoteAcceptor, connector: TlsConnector) -> io::Result<()> {
    let (here, there) = duplex(4096);
    let name = ServerName::try_from("localhost").unwrap();
    let client = tokio::spawn(async move {
        // Open until the server is done, who says more than the client waits for.
        let _open = connector.connect(name, there).await;
        std::future::pending::<()>().await
    });
    let accepted = acceptor.accept(here).await.map(drop);
    client.abort();
    accepted
}

#[track_caller]
fn kind(error: &io::Error) -> Option<ErrorKind> {
    let mut source = error.get_ref().map(|error| error as &(dyn std::error::Error + 'static));
    while let Some(error) = source {
        if let Some(ours) = error.downcast_ref::<Error>() {
            return Some(ours.kind());
        }
        // rustls's `Other` holds it without being a source of it.
        if let Some(rustls::Error::Other(other)) = error.downcast_ref() {
            return other.0.downcast_ref::<Error>().map(Error::kind);
        }
        source = error.source();
    }
    None
}

#[tokio::test]
async fn slow_peers_hold_no_thread_and_are_given_up() {
    let service = Service::start().await;
    let threads = SigningThreads::start(&service.client(), options(1, 4, 5000, 3000)).unwrap();
    let authority = Authority::new();
    let slot = CertificateSlot::new(authority.certified(service.signer(&threads, KeySpec::EcP256).await));
    let acceptor = RemoteAcceptor::new(server(slot), threads);
    let mut ends = Vec::new();
    for _ in 0..8 {
        let (here, mut there) = duplex(4096);
        // The beginning of a ClientHello.
        there.write_all(&[22, 3, 1, 2, 0, 1, 0]).await.unwrap();
        let acceptor = acceptor.clone();
        ends.push((there, tokio::spawn(async move { acceptor.accept(here).await.map(drop) })));
    }
    accept(acceptor, client(authority.roots())).await.unwrap();
    for (there, accepting) in ends {
        assert_eq!(accepting.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(there);
    }
}

/// A service that tells a public key and signs nothing.
async fn silent(signature: u64, queue: usize) -> (Scripted, RemoteAcceptor, Authority) {
    let service = Service::start().await;
    let signer = service.signer(&service.threads(), KeySpec::EcP256).await;
    let public = service.client().public_key(signer.key()).await.unwrap();
    let public: &'static str = serde_json::to_string(&public).unwrap().leak();
    let scripted = Scripted::start(vec![Reply::Answer(200, "", public)]);
    let client = scripted.client().retries(0).build().unwrap();
    let threads = SigningThreads::start(&client, options(1, queue, signature, 60_000)).unwrap();
    let signer = claviger_client::RemoteSigner::open(&threads, signer.key()).await.unwrap();
    let authority = Authority::new();
    let slot = CertificateSlot::new(authority.certified(signer));
    (scripted, RemoteAcceptor::new(server(slot), threads), authority)
}

#[tokio::test]
async fn a_signature_has_a_deadline() {
    let (_service, acceptor, authority) = silent(100, 4).await;
    let error = accept(acceptor, client(authority.roots())).await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::Timeout), "{error:?}");
}

#[tokio::test]
async fn more_handshakes_than_may_wait_are_refused() {
    let (service, acceptor, authority) = silent(60_000, 1).await;
    let start = || tokio::spawn(accept(acceptor.clone(), client(authority.roots())));
    let first = start();
    // One request was for the public key.
    service.wait_for_requests(2).await;
    // The only thread is taken; one may wait for it, the other not, whoever comes first.
    let (second, third) = (start(), start());
    let (refused, waiting) = tokio::select! {
        refused = second => (refused, first),
        refused = third => (refused, first),
    };
    let error = refused.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert_eq!(kind(&error), Some(ErrorKind::Overloaded));
    assert!(!waiting.is_finished());
    waiting.abort();
}
