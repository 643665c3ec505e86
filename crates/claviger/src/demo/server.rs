use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use axum::http::{Response, header};
use bytes::Bytes;
use claviger_client::{CertificateSlot, RemoteAcceptor, SigningThreads};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, CertificateRevocationListDer},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::{Admin, setup::Authority};
use crate::{
    cli::print,
    failure::{Failure, Result},
};

/// The HTTPS server, which lets in who has a certificate of the authority that is not revoked.
pub(super) struct Server {
    acceptor: watch::Sender<RemoteAcceptor>,
    threads: SigningThreads,
    slot: Arc<CertificateSlot>,
    revocations: CertificateRevocationListDer<'static>,
    serving: JoinHandle<()>,
}

/// How many connections there may be at once.
const CONNECTIONS: usize = 64;
/// How long a connection may last.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// How old the revocation list may be in use when there is a newer one.
const REFRESH: Duration = Duration::from_secs(2);

impl Server {
    pub(super) async fn start(
        listener: TcpListener,
        admin: &Admin,
        authority: &Authority,
        threads: SigningThreads,
        slot: Arc<CertificateSlot>,
    ) -> Result<Self> {
        let revocations = admin.revocations(&authority.name).await?;
        let config = config(authority, slot.clone(), revocations.clone())?;
        let (acceptor, current) = watch::channel(RemoteAcceptor::new(config, threads.clone()));
        let serving = tokio::spawn(serve(listener, current));
        Ok(Self { acceptor, threads, slot, revocations, serving })
    }

    /// Serves until `end`, and sees that what is revoked meanwhile is refused.
    pub(super) async fn serve_until(
        mut self,
        admin: &Admin,
        authority: &Authority,
        end: impl Future<Output = ()>,
    ) -> Result<()> {
        let renewing = async {
            loop {
                sleep(REFRESH).await;
                let newest = admin.revocations(&authority.name).await?;
                if newest.as_ref() != self.revocations.as_ref() {
                    let config = config(authority, self.slot.clone(), newest.clone())?;
                    self.acceptor.send_replace(RemoteAcceptor::new(config, self.threads.clone()));
                    self.revocations = newest;
                    print("there is a new revocation list\n")?;
                }
            }
        };
        tokio::select! {
            ended = renewing => ended,
            () = end => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn config(
    authority: &Authority,
    slot: Arc<CertificateSlot>,
    revocations: CertificateRevocationListDer<'static>,
) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone()).map_err(Failure::at("the authority can't be trusted"))?;
    // The authority itself is the anchor, so that the client's certificate is the only one that it could have revoked.
    // A list that is out of date is none.
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .with_crls([revocations])
        .only_check_end_entity_revocation()
        .enforce_revocation_expiration()
        .build()
        .map_err(Failure::at("certificates of clients can't be verified"))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Failure::at("TLS can't be used"))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(slot);
    // A session that is resumed is not verified again: it could outlive the certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

async fn serve(listener: TcpListener, acceptor: watch::Receiver<RemoteAcceptor>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Invariant: the semaphore is never closed, so that there is always another place.
    while let Ok(place) = places.clone().acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many files are open, perhaps: that passes.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let acceptor = acceptor.borrow().clone();
        tokio::spawn(async move {
            let _ = timeout(CONNECTION_TIME, converse(acceptor, stream)).await;
            drop(place);
        });
    }
}

async fn converse(acceptor: RemoteAcceptor, stream: TcpStream) {
    let stream = match acceptor.accept(stream).await {
        Ok(stream) => stream,
        // Whether somebody reads what is printed is not the server's business.
        Err(error) => return drop(print(&format!("refused: {error}\n"))),
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let client = certificates.and_then(|chain| chain.first()).and_then(subject).unwrap_or_default();
    let answer = service_fn(move |_| {
        let text =
            format!("Hello {client}. Neither of us has the private key that it has just proved to have.\n");
        let response = Response::builder().header(header::CONTENT_TYPE, "text/plain");
        std::future::ready(Ok::<_, Infallible>(
            response.body(Full::new(Bytes::from(text))).unwrap_or_default(),
        ))
    });
    let mut builder = http1::Builder::new();
    // A client that goes away is none of our business.
    let _ = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
}

fn subject(certificate: &CertificateDer<'static>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.subject().to_string())
}
