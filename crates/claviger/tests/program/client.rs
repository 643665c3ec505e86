//! The smallest HTTP/1.1 client: one request for each connection.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};

use crate::process::{PATIENCE, read_to_end};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// `GET path` over plain TCP.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    exchange(&mut stream, path, headers)
}

/// The same over a Unix socket.
pub(crate) fn get_unix(socket: &Path, path: &str) -> Answer {
    exchange(&mut UnixStream::connect(socket).unwrap(), path, "")
}

/// The same over TLS with what `tls` trusts; an error if there is no connection.
pub(crate) fn get_tls(
    address: SocketAddr,
    name: &str,
    path: &str,
    headers: &str,
    tls: &Tls,
) -> std::io::Result<Answer> {
    let mut stream = tls.connect(address, name)?;
    stream.conn.complete_io(&mut stream.sock)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(error),
        _ => Ok(parse(&bytes)),
    }
}

/// How the client does TLS.
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
}

impl Tls {
    /// Trusts the certificates in `ca`, and offers `protocols`.
    pub(crate) fn new(ca: &Path, protocols: &[&[u8]], client: Option<(&Path, &Path)>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => config
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_file(certificate).unwrap()],
                    PrivateKeyDer::from_pem_file(key).unwrap(),
                )
                .unwrap(),
        };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Self { config: Arc::new(config) }
    }

    pub(crate) fn connect(
        &self,
        address: SocketAddr,
        name: &str,
    ) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let session = ClientConnection::new(self.config.clone(), name).map_err(std::io::Error::other)?;
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(StreamOwned::new(session, socket))
    }
}

fn exchange(stream: &mut (impl Read + Write), path: &str, headers: &str) -> Answer {
    // A server that refuses may close before everything is written.
    let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    parse(&read_to_end(stream))
}

pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let status =
        text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    Answer { status: status.unwrap_or_else(|| panic!("not an answer: {text:?}")), text }
}
