//! Full TLS 1.3 handshakes without resumption, in a closed loop: connect, handshake, one tiny request, close.
//! `handshakes ADDR CA.pem CONNECTIONS SECONDS` prints handshakes per second and p50/p99 in microseconds.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: handshakes ADDR CA.pem CONNECTIONS SECONDS");
    let (address, ca) = (argument()?, argument()?);
    let (connections, seconds): (usize, u64) = (argument()?.parse()?, argument()?.parse()?);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.resumption = Resumption::disabled();
    let connector = TlsConnector::from(Arc::new(config));
    let end = Instant::now() + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(connect_until(end, address.clone(), connector.clone())))
        .collect();
    let mut times = Vec::new();
    let mut errors = 0;
    for task in tasks {
        let (some, failed) = task.await?;
        times.extend(some);
        errors += failed;
    }
    times.sort_unstable();
    let quantile = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_micros);
    #[expect(clippy::print_stdout, reason = "the result")]
    {
        println!(
            "{{\"per_second\": {:.0}, \"p50_us\": {}, \"p99_us\": {}, \"errors\": {errors}}}",
            times.len() as f64 / seconds as f64,
            quantile(50),
            quantile(99)
        );
    }
    Ok(())
}

async fn connect_until(end: Instant, address: String, connector: TlsConnector) -> (Vec<Duration>, usize) {
    let (mut times, mut errors) = (Vec::new(), 0);
    while Instant::now() < end {
        let started = Instant::now();
        match once(&address, &connector).await {
            Ok(()) => times.push(started.elapsed()),
            Err(_) => errors += 1,
        }
    }
    (times, errors)
}

async fn once(address: &str, connector: &TlsConnector) -> Result<(), Box<dyn Error>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = [0; 256];
    match stream.read(&mut answer).await? {
        0 => Err("no answer".into()),
        _ => Ok(()),
    }
}
