//! A TLS server whose private key never leaves the service: every handshake is signed there.
//!
//! `cargo run -p claviger-client --example tls_server -- https://kms.example:7443 ca.pem token chain.pem alias/web 127.0.0.1:8443`
#![allow(clippy::print_stdout, reason = "an example talks to who runs it")]

use std::{error::Error, sync::Arc, time::Duration};

use claviger_client::{CertificateFile, Client, RemoteAcceptor, SigningOptions, SigningThreads};
use rustls::ServerConfig;
use tokio::{io::AsyncWriteExt, net::TcpListener};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: tls_server URL CA TOKEN CHAIN KEY ADDRESS");
    let (url, ca, token, chain, key) = (argument()?, argument()?, argument()?, argument()?, argument()?);

    // Allowed kms:GetPublicKey and kms:Sign on that key, and nothing else.
    let client = Client::https(&url).trust_file(ca)?.token_file(token)?.build()?;
    let threads = SigningThreads::start(&client, SigningOptions::default())?;
    let mut file = CertificateFile::new(&threads, chain, &key);
    let slot = file.open().await?;
    // A renewed certificate, and another key behind the alias, are taken up without a restart.
    tokio::spawn(file.watch(slot.clone(), Duration::from_secs(60)));

    let config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(slot);
    let acceptor = RemoteAcceptor::new(Arc::new(config), threads);
    let listener = TcpListener::bind(argument()?).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            match acceptor.accept(stream).await {
                // A client that goes away is none of our business.
                Ok(mut tls) => {
                    let _ = tls.write_all(b"signed by reference\n").await;
                    let _ = tls.shutdown().await;
                }
                Err(error) => println!("{peer}: {error}"),
            }
        });
    }
}
