//! Messages with their length in the fifth to eighth byte, as KMIP has them, over TLS.
//! `kmip echo ADDR CERT.pem KEY.pem LENGTH` answers each with so many bytes; `kmip load ADDR CA.pem CERT.pem KEY.pem REQUEST CONNECTIONS SECONDS`
//! sends the same one again and again, one at a time on each connection, and prints how many per second were answered, and how long answers were.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the output is the result")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const HEADER_LEN: usize = 8;
const USAGE: &str = "usage: kmip echo ADDR CERT.pem KEY.pem LENGTH | \
                     kmip load ADDR CA.pem CERT.pem KEY.pem REQUEST CONNECTIONS SECONDS";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["echo", address, certificate, key, length] => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(echo(address, certificate, key, length.parse()?))
        }
        ["load", address, ca, certificate, key, request, connections, seconds] => {
            let config = client(ca, certificate, key)?;
            let request = std::fs::read(request)?;
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().event_interval(8).build()?;
            runtime.spawn(stay_awake());
            runtime.block_on(load(address, config, request, connections.parse()?, seconds.parse()?))
        }
        _ => Err(USAGE.into()),
    }
}

/// Keeps the processor of the load from sleeping. Else each answer would pay for waking it, and on one machine it is the server that pays:
/// more than an echo's whole work where the machine is virtual, and nothing at all where clients are other machines.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

async fn echo(address: &str, certificate: &str, key: &str, length: usize) -> Result<()> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let behind = u32::try_from(length.checked_sub(HEADER_LEN).ok_or(USAGE)?)?;
    let answer = [&[0; 4][..], &behind.to_be_bytes(), &vec![0; length - HEADER_LEN]].concat();
    let answer = Arc::new(answer);
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await?;
            loop {
                read(&mut stream).await?;
                stream.write_all(&answer).await?;
                stream.flush().await?;
            }
            #[expect(unreachable_code, reason = "it says what the task may fail with")]
            Result::<()>::Ok(())
        });
    }
}

async fn load(
    address: &str,
    config: ClientConfig,
    request: Vec<u8>,
    connections: usize,
    seconds: f64,
) -> Result<()> {
    let (connector, request) = (TlsConnector::from(Arc::new(config)), Arc::new(request));
    let (answered, length) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
        let (request, answered, length) = (request.clone(), answered.clone(), length.clone());
        tasks.push(tokio::spawn(async move {
            while Instant::now() < end {
                stream.write_all(&request).await?;
                stream.flush().await?;
                length.store(read(&mut stream).await? as u64, Ordering::Relaxed);
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Result::<()>::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let per_second = answered.load(Ordering::Relaxed) as f64 / seconds;
    println!("{{\"per_second\": {per_second}, \"length\": {}}}", length.load(Ordering::Relaxed));
    Ok(())
}

/// Takes a message, and says how long it is.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<usize> {
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header).await?;
    let [_, _, _, _, length @ ..] = header;
    let length = u32::from_be_bytes(length) as usize;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(HEADER_LEN + length)
}

fn client(ca: &str, certificate: &str, key: &str) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca)?)?;
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key)?)?)
}
