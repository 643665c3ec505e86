//! One connection, on which one request is answered after the other.

use std::sync::Arc;

use claviger_kmip::{
    Limits,
    ttlv::{HEADER_LEN, message_len},
};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use zeroize::Zeroizing;

use crate::{config::Config, error::CallError};

/// A connection on which nothing is under way. Whoever gives up in the middle of an exchange drops it with that.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    pub(crate) used: Instant,
}

impl Connection {
    /// Connects. The server's certificate is checked before anything is sent.
    ///
    /// # Errors
    /// `Unreachable`, with text for people.
    pub(crate) async fn open(config: &Config, tls: Arc<ClientConfig>) -> Result<Self, CallError> {
        let address = config.address();
        let failed = |what: &str| CallError::Unreachable(format!("{address}: {what}"));
        let name = config.expected_name().map_err(|error| failed(&error.to_string()))?;
        let connect = async {
            let tcp = TcpStream::connect((config.host.as_str(), config.port))
                .await
                .map_err(|error| failed(&format!("it can't be connected to: {error}")))?;
            tcp.set_nodelay(true).map_err(|error| failed(&error.to_string()))?;
            TlsConnector::from(tls)
                .connect(name, tcp)
                .await
                .map_err(|error| failed(&format!("TLS fails: {error}")))
        };
        match tokio::time::timeout(config.connect_timeout, connect).await {
            Ok(stream) => Ok(Self { stream: stream?, used: Instant::now() }),
            Err(_) => Err(failed("it does not let itself be connected to in time")),
        }
    }

    /// Sends a request and reads its response.
    ///
    /// # Errors
    /// `Broken`; the connection is of no use any more.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        limits: Limits,
    ) -> Result<Zeroizing<Vec<u8>>, CallError> {
        let broken = |error| CallError::broken(&error);
        self.stream.write_all(request).await.map_err(broken)?;
        self.stream.flush().await.map_err(broken)?;
        let mut header = [0; HEADER_LEN];
        self.stream.read_exact(&mut header).await.map_err(broken)?;
        let len = message_len(&header, limits).map_err(|error| CallError::garbage(&error))?;
        // Sized at once: growing would leave copies behind.
        let mut response = Zeroizing::new(vec![0; len]);
        let (front, rest) = response.split_at_mut_checked(HEADER_LEN).ok_or_else(CallError::nonsense)?;
        front.copy_from_slice(&header);
        self.stream.read_exact(rest).await.map_err(broken)?;
        self.used = Instant::now();
        Ok(response)
    }
}
