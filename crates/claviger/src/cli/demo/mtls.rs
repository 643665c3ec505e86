use std::{error::Error, sync::Arc};

use claviger_client::{
    CertificateSlot, ErrorKind, RemoteAcceptor, RemoteConnector, RemoteSigner, SigningOptions,
    SigningThreads,
    api::{Base64, Sign, SigningAlgorithm},
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, pki_types::ServerName, server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::stage::{Party, Stage};
use crate::failure::{Failure, Result};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Lets the server try to sign with the client's key.
pub(super) async fn refusal(stage: &Stage) -> Result<String> {
    let request = Sign {
        message: Base64(b"as somebody else".to_vec()),
        message_type: None,
        algorithm: SigningAlgorithm::EcdsaSha256,
    };
    match stage.server.service.sign(&stage.client.key, &request).await {
        Err(error) if error.kind() == ErrorKind::Denied => {
            Ok(format!("The server tries to sign with the client's key, and is refused:\n  {error}\n"))
        }
        Err(error) => Err(Failure::new("the server should be refused, but not like this").because(error)),
        Ok(_) => Err(Failure::new("the server could sign with the client's key")),
    }
}

/// Lets both talk; the answer is what the client heard.
pub(super) async fn talk(stage: &Stage) -> Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(stage.authority.clone()).map_err(failed)?;
    let roots = Arc::new(roots);
    let (slot, threads) = certified(&stage.server).await?;
    let verifier = WebPkiClientVerifier::builder(roots.clone()).build().map_err(failed)?;
    let config = ServerConfig::builder().with_client_cert_verifier(verifier).with_cert_resolver(slot);
    let acceptor = RemoteAcceptor::new(Arc::new(config), threads);
    let (slot, threads) = certified(&stage.client).await?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_client_cert_resolver(slot);
    let connector = RemoteConnector::new(Arc::new(config), threads);

    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let served = tokio::spawn(serve(listener, acceptor));
    let name = ServerName::try_from("localhost").map_err(failed)?;
    let stream = TcpStream::connect(address).await.map_err(failed)?;
    let mut tls = connector.connect(name, stream).await.map_err(failed)?;
    tls.write_all(REQUEST).await.map_err(failed)?;
    let mut answer = String::new();
    tls.read_to_string(&mut answer).await.map_err(failed)?;
    served.await.map_err(failed)?.map_err(failed)?;
    let (_, connection) = tls.get_ref();
    let version = connection.protocol_version().map_or_else(String::new, |version| format!("{version:?}"));
    let body = answer.split_once("\r\n\r\n").map_or(&*answer, |(_, body)| body);
    Ok(format!("https://{address} answers over {version}:\n  {body}"))
}

/// Answers one request, by the name in the certificate that its client proved to hold the key of.
async fn serve(listener: TcpListener, acceptor: RemoteAcceptor) -> std::io::Result<()> {
    let (stream, _) = listener.accept().await?;
    let mut tls = acceptor.accept(stream).await?;
    let mut request = vec![0; REQUEST.len()];
    tls.read_exact(&mut request).await?;
    let proved = tls.get_ref().1.peer_certificates().map_or(0, <[_]>::len);
    let body = format!("Hello, whose key is in the service too ({proved} certificate proved).\n");
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n", body.len());
    tls.write_all(head.as_bytes()).await?;
    tls.write_all(body.as_bytes()).await?;
    tls.shutdown().await
}

fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
    Failure::new("mutual TLS with keys of the service failed").because(source)
}

async fn certified(party: &Party) -> Result<(Arc<CertificateSlot>, SigningThreads)> {
    let threads = SigningThreads::start(&party.service, SigningOptions::default()).map_err(failed)?;
    let signer = RemoteSigner::open(&threads, &party.key).await.map_err(failed)?;
    let certified = signer.certified(party.chain.clone()).map_err(failed)?;
    Ok((CertificateSlot::new(certified), threads))
}
