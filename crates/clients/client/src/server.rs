use std::{io, path::PathBuf, sync::Arc};

use http::Uri;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::TlsConnector;

use crate::{Error, ErrorKind};

/// Where the service is.
#[derive(Debug)]
pub(crate) enum Server {
    /// On this machine: who we are proves who we are.
    Socket(PathBuf),
    /// Over TLS.
    Tls {
        /// Host and port as the service is called.
        authority: String,
        name: ServerName<'static>,
        config: Arc<ClientConfig>,
    },
}

/// A connection to the service.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Server {
    /// `https://HOST[:PORT]`.
    pub(crate) fn tls(url: &str, config: ClientConfig) -> Result<Self, Error> {
        let (authority, name) = parse(url).ok_or_else(|| {
            let message = format!("'{url}' is not https:// and the name of a server, perhaps with :port");
            Error::new(ErrorKind::Invalid, message)
        })?;
        Ok(Self::Tls { authority, name, config: Arc::new(config) })
    }

    /// What it is called in requests.
    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::Socket(_) => "localhost",
            Self::Tls { authority, .. } => authority,
        }
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, Error> {
        match self {
            Self::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                let failed = format!("no service can be called at {}", path.display());
                Ok(Box::new(stream.map_err(Error::at(ErrorKind::Unreachable, failed))?))
            }
            Self::Tls { authority, name, config } => {
                let failed = format!("there is no way to {authority}");
                let tcp = dial(authority).await.map_err(Error::at(ErrorKind::Unreachable, failed))?;
                let failed = format!("{authority} is not trusted, does not trust us, or does not speak TLS");
                let tls = TlsConnector::from(config.clone()).connect(name.clone(), tcp).await;
                Ok(Box::new(tls.map_err(Error::at(ErrorKind::Unreachable, failed))?))
            }
        }
    }
}

async fn dial(authority: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn parse(url: &str) -> Option<(String, ServerName<'static>)> {
    let uri: Uri = url.parse().ok()?;
    if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return None;
    }
    let host = uri.host()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let authority = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    Some((authority, ServerName::try_from(bare).ok()?))
}

#[cfg(test)]
mod tests;
