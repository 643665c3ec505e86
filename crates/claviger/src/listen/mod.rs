//! Listeners, connections, and the end of both: HTTP/1.1 and HTTP/2 over TLS, HTTP/1.1 over loopback and a Unix socket, KMIP
//! over TLS.
//!
//! Requests go to one router, with what is known of their connection ([`claviger_core::Connection`]) in their extensions.

mod accept;
mod bind;
mod connection;
mod kmip;
mod patience;
pub(crate) mod tls;

use std::{convert::Infallible, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use claviger_core::{ProviderChoice, Service};
use claviger_front_kmip::Extractable;
use tokio::{
    net::{TcpListener, UnixListener},
    sync::{Semaphore, mpsc, watch},
};

use crate::{config::Limits, failure::Result};

pub(crate) use bind::{bind_tcp, bind_unix};

/// Sockets that are bound and listen, so that nothing of this can fail any more.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) https: Option<(TcpListener, Arc<rustls::ServerConfig>)>,
    pub(crate) insecure_http: Option<TcpListener>,
    pub(crate) socket: Option<SocketFile>,
    pub(crate) kmip: Vec<KmipListener>,
}

/// Where KMIP is spoken.
pub(crate) struct KmipListener {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Arc<rustls::ServerConfig>,
    pub(crate) provider: ProviderChoice,
    pub(crate) extractable: Extractable,
}

/// A Unix socket, whose file goes away with it.
pub(crate) struct SocketFile {
    pub(crate) listener: UnixListener,
    pub(crate) path: PathBuf,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // One that is left does no harm: the next start takes its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Listeners {
    /// Where HTTPS is, with the port that the system chose if none was given.
    pub(crate) fn https_address(&self) -> Option<SocketAddr> {
        self.https.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// The same of plain HTTP.
    pub(crate) fn insecure_http_address(&self) -> Option<SocketAddr> {
        self.insecure_http.as_ref().and_then(|listener| listener.local_addr().ok())
    }
}

/// What all connections share.
struct Shared {
    router: axum::Router,
    limits: Limits,
    stop: watch::Receiver<bool>,
    /// Each connection has a copy; when all are gone, the receiver knows.
    #[expect(dead_code, reason = "held for its drop")]
    alive: mpsc::Sender<Infallible>,
}

/// Connections over the Unix socket at once: more than people and programs on one machine need, and apart from the
/// others, so that the administrator gets in when those are used up.
const SOCKET_CONNECTIONS: usize = 256;

/// Listeners that are being served.
pub(crate) struct Serving {
    stop: watch::Sender<bool>,
    alive: mpsc::Receiver<Infallible>,
}

/// Begins to accept connections.
pub(crate) fn serve(
    listeners: Listeners,
    service: &Service,
    router: axum::Router,
    limits: &Limits,
) -> Serving {
    let (stop, stopped) = watch::channel(false);
    let (alive, all_gone) = mpsc::channel(1);
    let shared = Arc::new(Shared { router, limits: limits.clone(), stop: stopped, alive });
    let network = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    if let Some((listener, config)) = listeners.https {
        let acceptor = tokio_rustls::TlsAcceptor::from(config);
        tokio::spawn(accept::accept_tls(listener, acceptor, network.clone(), shared.clone()));
    }
    for listener in listeners.kmip {
        tokio::spawn(kmip::accept(listener, service.clone(), network.clone(), shared.clone()));
    }
    if let Some(listener) = listeners.insecure_http {
        tokio::spawn(accept::accept_plain(listener, network, shared.clone()));
    }
    if let Some(socket) = listeners.socket {
        let permits = Arc::new(Semaphore::new(SOCKET_CONNECTIONS));
        tokio::spawn(accept::accept_unix(socket, permits, shared));
    }
    Serving { stop, alive: all_gone }
}

impl Serving {
    /// Stops accepting, lets every request that has begun end, and waits for that at most `patience`.
    ///
    /// Returns whether all ended.
    pub(crate) async fn stop(mut self, patience: Duration) -> bool {
        // No receiver means that nothing is served any more.
        let _ = self.stop.send(true);
        tokio::time::timeout(patience, self.alive.recv()).await.is_ok()
    }
}

/// Resolves when the listeners are to stop.
async fn stopping(stop: &mut watch::Receiver<bool>) {
    // An error means that whoever would stop us is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The same for a protocol that is not negotiated.
pub(crate) fn plain_tls_config(tls: &crate::config::Tls) -> Result<Arc<rustls::ServerConfig>> {
    let mut config = tls::server_config(tls)?;
    config.alpn_protocols.clear();
    Ok(Arc::new(config))
}

/// The configuration's TLS, checked.
pub(crate) fn tls_config(tls: &crate::config::Tls) -> Result<Arc<rustls::ServerConfig>> {
    tls::server_config(tls).map(Arc::new)
}
