use std::{future::Future, io, sync::Arc};

use rustls::{ClientConfig, ServerConfig, pki_types::ServerName, server::Acceptor};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, TlsConnector, client, server};

use super::SigningThreads;
use crate::{Error, ErrorKind};

/// Accepts TLS connections with keys that stay in the service, without holding up the runtime: what
/// `tokio_rustls::TlsAcceptor` is for keys in memory.
///
/// How many handshakes are under way is for the caller to bound, as is how many connections there are.
#[derive(Clone)]
pub struct RemoteAcceptor {
    config: Arc<ServerConfig>,
    threads: SigningThreads,
}

/// Connects with keys that stay in the service, without holding up the runtime: what `tokio_rustls::TlsConnector` is for
/// keys in memory.
#[derive(Clone)]
pub struct RemoteConnector {
    connector: TlsConnector,
    threads: SigningThreads,
}

impl RemoteAcceptor {
    /// Accepts with `config`, whose certificate resolver has keys of these threads.
    pub fn new(config: Arc<ServerConfig>, threads: SigningThreads) -> Self {
        Self { config, threads }
    }

    /// Does the handshake of a connection that was accepted. The runtime must have its timer enabled.
    ///
    /// # Errors
    /// What went wrong in the handshake. `TimedOut` if it took longer than it may. If there was no signature, its source
    /// is our [`Error`].
    pub async fn accept<IO>(&self, stream: IO) -> io::Result<server::TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let config = self.config.clone();
        within(&self.threads, async {
            // Nothing signs before the ClientHello is whole, however slowly it comes.
            let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            flatten(self.threads.drive(async move { start.into_stream(config).await }).await)
        })
        .await
    }
}

impl RemoteConnector {
    /// Connects with `config`, whose certificate resolver has keys of these threads.
    pub fn new(config: Arc<ClientConfig>, threads: SigningThreads) -> Self {
        Self { connector: TlsConnector::from(config), threads }
    }

    /// Does the handshake of a connection to the server `name`. The runtime must have its timer enabled.
    ///
    /// # Errors
    /// As [`RemoteAcceptor::accept`].
    pub async fn connect<IO>(
        &self,
        name: ServerName<'static>,
        stream: IO,
    ) -> io::Result<client::TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connect = self.connector.connect(name, stream);
        within(&self.threads, async { flatten(self.threads.drive(connect).await) }).await
    }
}

async fn within<T>(
    threads: &SigningThreads,
    handshake: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let deadline = threads.handshake_deadline();
    timeout(deadline, handshake).await.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("the handshake took longer than {deadline:?}")))
    })
}

fn flatten<T>(driven: Result<io::Result<T>, Error>) -> io::Result<T> {
    driven.unwrap_or_else(|error| {
        let kind = match error.kind() {
            ErrorKind::Overloaded => io::ErrorKind::ResourceBusy,
            _ => io::ErrorKind::Other,
        };
        Err(io::Error::new(kind, error))
    })
}
