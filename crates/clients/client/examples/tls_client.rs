//! A TLS client that proves itself with a private key that never leaves the service.
//!
//! `cargo run -p claviger-client --example tls_client -- https://kms.example:7443 kms-ca.pem token chain.pem alias/me ca.pem localhost 127.0.0.1:8443`
//!
//! What the server says is written to the standard output.

use std::{
    error::Error,
    io::{Write, stdout},
    sync::Arc,
};

use claviger_client::{CertificateFile, Client, RemoteConnector, SigningOptions, SigningThreads};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{io::AsyncReadExt, net::TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument =
        || arguments.next().ok_or("usage: tls_client URL KMS-CA TOKEN CHAIN KEY CA NAME ADDRESS");
    let (url, kms_ca, token, chain, key) = (argument()?, argument()?, argument()?, argument()?, argument()?);
    let (ca, name, address) = (argument()?, argument()?, argument()?);

    // Allowed kms:GetPublicKey and kms:Sign on that key, and nothing else.
    let client = Client::https(&url).trust_file(kms_ca)?.token_file(token)?.build()?;
    let threads = SigningThreads::start(&client, SigningOptions::default())?;
    let slot = CertificateFile::new(&threads, chain, &key).open().await?;

    // Whom to trust is one question, of whom the service's certificate is another.
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_client_cert_resolver(slot);
    let connector = RemoteConnector::new(Arc::new(config), threads);
    let stream = TcpStream::connect(address).await?;
    let mut tls = connector.connect(ServerName::try_from(name)?, stream).await?;
    let mut said = Vec::new();
    tls.read_to_end(&mut said).await?;
    stdout().write_all(&said)?;
    Ok(())
}
