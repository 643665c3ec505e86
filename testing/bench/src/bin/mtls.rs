//! Full TLS 1.3 handshakes with certificates on both sides and without resumption, over loopback: the server's key in
//! this process, and in the service. The client's is in this process either way.
//! `mtls URL CA.pem TOKEN KEY p256|rsa2048 CONNECTIONS SECONDS` prints handshakes per second and p50/p99 in microseconds of
//! both, whose turns alternate.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_client::{
    CertificateSlot, Client, RemoteAcceptor, RemoteSigner, SigningOptions, SigningThreads,
};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256,
    PublicKeyData, RsaKeySize, SubjectPublicKeyInfo,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::{NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier},
    sign::{CertifiedKey, SigningKey},
    version::TLS13,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// How often the turn changes in one run.
const TURNS: u32 = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: mtls URL CA.pem TOKEN KEY p256|rsa2048 CONNECTIONS SECONDS";
    let mut argument = || arguments.next().ok_or(usage);
    let (url, ca, token, key, spec) = (argument()?, argument()?, argument()?, argument()?, argument()?);
    let (connections, seconds): (usize, f64) = (argument()?.parse()?, argument()?.parse()?);
    let authority = Authority::new()?;

    let own = match spec.as_str() {
        "p256" => KeyPair::generate()?,
        "rsa2048" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        _ => return Err(usage.into()),
    };
    let local = authority.server(CertificateSlot::new(authority.own(own)?))?;
    let local = start(Acceptor::Local(TlsAcceptor::from(local))).await?;

    let client = Client::https(&url).trust_file(ca)?.token_file(token)?.build()?;
    let threads = SigningThreads::start(&client, SigningOptions::default())?;
    let signer = RemoteSigner::open(&threads, &key).await?;
    let spki = signer.public_key().ok_or("the key has no public half")?;
    let certificate = authority.certificate(&SubjectPublicKeyInfo::from_der(&spki)?)?;
    let slot = CertificateSlot::new(signer.certified(vec![certificate])?);
    let remote = start(Acceptor::Remote(RemoteAcceptor::new(authority.server(slot)?, threads))).await?;

    let connector = authority.client()?;
    let turn = Duration::from_secs_f64(seconds / f64::from(TURNS));
    let (mut of_local, mut of_remote) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        of_local.extend(load(local, &connector, connections, turn).await?);
        of_remote.extend(load(remote, &connector, connections, turn).await?);
    }
    #[expect(clippy::print_stdout, reason = "the result")]
    {
        println!("{{\"local\": {}, \"remote\": {}}}", show(of_local, seconds), show(of_remote, seconds));
    }
    Ok(())
}

fn show(mut times: Vec<Duration>, seconds: f64) -> String {
    times.sort_unstable();
    let quantile = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_micros);
    let rate = times.len() as f64 / seconds;
    format!("{{\"per_second\": {rate:.1}, \"p50_us\": {}, \"p99_us\": {}}}", quantile(50), quantile(99))
}

/// Connects again and again for some time. A handshake that fails ends the measurement.
async fn load(
    port: u16,
    connector: &TlsConnector,
    connections: usize,
    time: Duration,
) -> Result<Vec<Duration>> {
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let connector = connector.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let started = Instant::now();
                    once(port, &connector).await?;
                    times.push(started.elapsed());
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(times)
}

/// Until a byte of the server's has come, which it sends when it has verified the client.
async fn once(port: u16, connector: &TlsConnector) -> Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
    stream.read_u8().await?;
    Ok(())
}

#[derive(Clone)]
enum Acceptor {
    Local(TlsAcceptor),
    Remote(RemoteAcceptor),
}

impl Acceptor {
    async fn greet(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = match self {
            Self::Local(acceptor) => acceptor.accept(stream).await?,
            Self::Remote(acceptor) => acceptor.accept(stream).await?,
        };
        stream.write_u8(1).await?;
        stream.flush().await?;
        Ok(())
    }
}

async fn start(acceptor: Acceptor) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            // What goes wrong, the client sees.
            tokio::spawn(async move { drop(acceptor.greet(stream).await) });
        }
    });
    Ok(port)
}

/// Certifies both sides, with a key in this process.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new([])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    fn certificate(&self, key: &impl PublicKeyData) -> Result<CertificateDer<'static>> {
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Ok(params.signed_by(key, &self.issuer)?.der().clone())
    }

    /// A key in this process, with its certificate.
    fn own(&self, key: KeyPair) -> Result<CertifiedKey> {
        let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Ok(CertifiedKey::from_der(vec![self.certificate(&key)?], private, &aws_lc_rs::default_provider())?)
    }

    fn roots(&self) -> Result<Arc<RootCertStore>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        Ok(Arc::new(roots))
    }

    fn server(&self, resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>> {
        let verifier = WebPkiClientVerifier::builder(self.roots()?).build()?;
        let builder = ServerConfig::builder_with_protocol_versions(&[&TLS13]);
        let mut config = builder.with_client_cert_verifier(verifier).with_cert_resolver(resolver);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }

    fn client(&self) -> Result<TlsConnector> {
        let own = CertificateSlot::new(self.own(KeyPair::generate()?)?);
        let builder = ClientConfig::builder_with_protocol_versions(&[&TLS13]);
        let mut config = builder.with_root_certificates(self.roots()?).with_client_cert_resolver(own);
        config.resumption = Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}
