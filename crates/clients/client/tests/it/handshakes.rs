//! Handshakes whose keys are in a service on the same runtime: if a signature held up the runtime, it would never come.

use std::{io, sync::Arc};

use claviger_client::{
    CertificateFile, CertificateSlot, RemoteAcceptor, RemoteConnector, SigningThreads, api::KeySpec,
};
use rustls::{
    ClientConfig, HandshakeKind, ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::ServerName,
    sign::SigningKey,
    version::{TLS12, TLS13},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{client, server};

use crate::{certificates::Authority, service::Service};

type Pair = (server::TlsStream<DuplexStream>, client::TlsStream<DuplexStream>);

fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

async fn handshake(
    threads: &SigningThreads,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
) -> io::Result<Pair> {
    let (here, there) = duplex(4096);
    let acceptor = RemoteAcceptor::new(server, threads.clone());
    let connector = RemoteConnector::new(client, threads.clone());
    let name = ServerName::try_from("localhost").unwrap();
    tokio::try_join!(acceptor.accept(here), connector.connect(name, there))
}

async fn talk((mut server, mut client): Pair) {
    let (question, answer) = (vec![1; 20_000], vec![2; 20_000]);
    let serve = async {
        let mut read = vec![0; question.len()];
        server.read_exact(&mut read).await.unwrap();
        server.write_all(&answer).await.unwrap();
        server.shutdown().await.unwrap();
        read
    };
    let ask = async {
        client.write_all(&question).await.unwrap();
        client.flush().await.unwrap();
        let mut read = Vec::new();
        client.read_to_end(&mut read).await.unwrap();
        read
    };
    assert_eq!(tokio::join!(serve, ask), (question.clone(), answer.clone()));
}

async fn check(spec: KeySpec, version: &'static SupportedProtocolVersion) {
    let service = Service::start().await;
    let (threads, authority) = (service.threads(), Authority::new());
    let server = CertificateSlot::new(authority.certified(service.signer(&threads, spec).await));
    let client = CertificateSlot::new(authority.certified(service.signer(&threads, spec).await));
    let server = authority.mutual_server(provider(), version, server);
    let client = authority.mutual_client(provider(), version, client);
    let pair = handshake(&threads, server, client).await.unwrap();
    assert_eq!(pair.0.get_ref().1.protocol_version(), Some(version.version), "{spec}");
    assert!(pair.0.get_ref().1.peer_certificates().is_some());
    talk(pair).await;
}

async fn check_all() {
    for spec in [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Ed25519, KeySpec::Rsa2048] {
        check(spec, &TLS12).await;
        check(spec, &TLS13).await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn every_key_signs_on_a_current_thread_runtime() {
    check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_signs_on_a_multi_thread_runtime() {
    check_all().await;
}

/// TLS 1.2 with a client that knows no PSS.
#[tokio::test]
async fn rsa_signs_with_pkcs1_where_there_is_no_pss() {
    let service = Service::start().await;
    let threads = service.threads();
    let signer = service.signer(&threads, KeySpec::Rsa2048).await;
    use rustls::SignatureScheme as S;
    let chosen = |offered: &[S]| signer.choose_scheme(offered).map(|signer| signer.scheme());
    assert_eq!(chosen(&[S::RSA_PKCS1_SHA256, S::ECDSA_NISTP256_SHA256]), Some(S::RSA_PKCS1_SHA256));
    assert_eq!(chosen(&[S::RSA_PKCS1_SHA384, S::RSA_PSS_SHA256]), Some(S::RSA_PSS_SHA256));
    assert_eq!(chosen(&[S::ED25519]), None);
}

/// The server asks for another ClientHello and signs only then: this too must not be done on the runtime.
#[tokio::test(flavor = "current_thread")]
async fn a_second_client_hello_is_signed_elsewhere_too() {
    let service = Service::start().await;
    let (threads, authority) = (service.threads(), Authority::new());
    let slot = CertificateSlot::new(authority.certified(service.signer(&threads, KeySpec::EcP256).await));
    let one_group = |group| CryptoProvider { kx_groups: vec![group], ..provider() };
    use aws_lc_rs::kx_group::{SECP256R1, X25519};
    let server = authority.mutual_server(one_group(SECP256R1), &TLS13, slot.clone());
    let groups = CryptoProvider { kx_groups: vec![X25519, SECP256R1], ..provider() };
    let client = authority.mutual_client(groups, &TLS13, slot);
    let pair = handshake(&threads, server, client).await.unwrap();
    assert_eq!(pair.0.get_ref().1.handshake_kind(), Some(HandshakeKind::FullWithHelloRetryRequest));
    talk(pair).await;
}

#[tokio::test]
async fn resumed_sessions_need_no_signature() {
    let service = Service::start().await;
    let (threads, authority) = (service.threads(), Authority::new());
    let slot = CertificateSlot::new(authority.certified(service.signer(&threads, KeySpec::EcP256).await));
    let server = authority.mutual_server(provider(), &TLS13, slot.clone());
    let client = authority.mutual_client(provider(), &TLS13, slot);
    talk(handshake(&threads, server.clone(), client.clone()).await.unwrap()).await;
    let signed = service.t.log.records().len();
    let pair = handshake(&threads, server, client).await.unwrap();
    assert_eq!(pair.0.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
    assert_eq!(service.t.log.records().len(), signed);
}

#[tokio::test]
async fn what_cannot_be_verified_is_refused() {
    let service = Service::start().await;
    let (threads, authority) = (service.threads(), Authority::new());
    let slot = CertificateSlot::new(authority.certified(service.signer(&threads, KeySpec::EcP256).await));
    let stranger = Authority::new();
    let server = authority.mutual_server(provider(), &TLS13, slot.clone());
    let client = stranger.mutual_client(provider(), &TLS13, slot.clone());
    assert!(handshake(&threads, server, client).await.is_err(), "a server of somebody else");
    // The key signs, but the certificate is one of another key.
    let other = service.signer(&threads, KeySpec::EcP256).await;
    let certificate = slot.current().cert.clone();
    assert!(other.certified(certificate).is_err());
}

/// A thread that waits for a signature itself, as any code over rustls does that is not ours.
#[tokio::test(flavor = "current_thread")]
async fn other_threads_can_wait_for_a_signature() {
    let service = Service::start().await;
    let threads = service.threads();
    let signer = service.signer(&threads, KeySpec::Ed25519).await;
    let signature = tokio::task::spawn_blocking(move || {
        let signer = signer.choose_scheme(&[rustls::SignatureScheme::ED25519]).unwrap();
        signer.sign(b"message").unwrap()
    });
    assert_eq!(signature.await.unwrap().len(), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_taken_up() {
    let service = Service::start().await;
    let (threads, authority) = (service.threads(), Authority::new());
    let signer = service.signer(&threads, KeySpec::EcP256).await;
    let (path, key) = (service.path("chain.pem"), signer.key().to_owned());
    let spki = signer.public_key().unwrap().to_vec();
    let write = |certificate: &[u8]| std::fs::write(&path, pem(certificate)).unwrap();
    let first = authority.certificate(&spki);
    write(&first);
    let mut file = CertificateFile::new(&threads, &path, &key);
    let slot = file.open().await.unwrap();
    assert_eq!(slot.current().cert, vec![first.clone()]);
    assert!(file.load().await.unwrap().is_none(), "nothing is new");
    // What is not of the key is left alone.
    let other = service.signer(&threads, KeySpec::EcP256).await;
    write(&authority.certificate(&other.public_key().unwrap()));
    assert!(file.load().await.is_err());
    let second = authority.certificate(&spki);
    write(&second);
    let watching = tokio::spawn(file.watch(slot.clone(), std::time::Duration::from_millis(5)));
    while slot.current().cert != vec![second.clone()] {
        tokio::task::yield_now().await;
    }
    watching.abort();
}

fn pem(der: &[u8]) -> String {
    let text = base64(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

fn base64(der: &[u8]) -> String {
    let value = serde_json::to_value(claviger_client::api::Base64(der.to_vec())).unwrap();
    value.as_str().unwrap().to_owned()
}
