//! The provider that keeps its keys in a KMIP server keeps the contract with our own front as that server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "servers that are only for tests")]

use std::{
    fs,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use claviger_conformance::provider::{Gap, run};
use claviger_core::{Connection, ProviderChoice};
use claviger_front_kmip::{Extractable, KmipFront, Patience, serve};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_ports::{Provider, ProviderState};
use claviger_provider_kmip::{Config, KmipProvider};
use claviger_pykmip::Pki;
use claviger_testkit::{SeededRandom, TestService};
use claviger_types::{KeySpec, KeyUsage};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const CLIENT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":
    ["kms:CreateKey","kms:GenerateRandom","claviger:RegisterObject","claviger:LocateObjects"]}}"#;

/// What the client's certificate is known by; that it is the client's, TLS has verified.
const SPKI: [u8; 32] = [7; 32];

#[test]
fn contract() {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::new(directory.path());
    let servers = tokio::runtime::Runtime::new().unwrap();
    let port = servers.block_on(listen(acceptor(&pki)));
    let (providers, turn) = (OnceLock::new(), AtomicUsize::new(0));
    let next = || -> Arc<dyn Provider> {
        let both: &[Arc<KmipProvider>; 2] =
            providers.get_or_init(|| [1, 2].map(|seed| ready(config(&pki, port), seed)));
        both[turn.fetch_add(1, Ordering::Relaxed) % both.len()].clone()
    };
    run(next, &gaps());
}

/// What KMIP 1.4, which the provider speaks, has no words for; and raw keys, which are for one mode there and for all modes here.
fn gaps() -> Vec<Gap> {
    let kinds = KeySpec::ALL.into_iter().flat_map(|spec| KeyUsage::ALL.map(|usage| (spec, usage)));
    let missing = kinds.filter(|(spec, usage)| {
        let unknown =
            matches!(spec, KeySpec::Ed25519 | KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87);
        let is_other = matches!(usage, KeyUsage::KeyAgreement | KeyUsage::RawEncrypt);
        spec.allows(*usage) && (unknown || is_other)
    });
    missing.flat_map(|(spec, usage)| [Gap::Generate(spec, usage), Gap::Import(spec, usage)]).collect()
}

async fn listen(acceptor: TlsAcceptor) -> u16 {
    let t = TestService::new().await;
    t.principal("vault", &[CLIENT]).await;
    let kind = NewCredential::ClientCertificate { spki_sha256: SPKI };
    t.ok(&t.admin, CreateCredential { principal: "vault".parse().unwrap(), kind, expires: None }).await;
    let front = Arc::new(KmipFront {
        service: t.service.clone(),
        provider: ProviderChoice::Default,
        extractable: Extractable::None,
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        // The service lives as long as it is served.
        let _t = t;
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, front) = (acceptor.clone(), front.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let known =
                    Connection { secure: true, client_spki_sha256: Some(SPKI), ..Connection::default() };
                let patience = Patience { idle: Duration::from_secs(60), message: Duration::from_secs(60) };
                serve(&front, stream, known, patience, std::future::pending()).await;
            });
        }
    });
    port
}

fn acceptor(pki: &Pki) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(pki.ca()).unwrap()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let certificate = CertificateDer::from_pem_slice(&fs::read(pki.server()).unwrap()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(pki.server_key()).unwrap()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

fn config(pki: &Pki, port: u16) -> Config {
    let (certificate, key) = (pki.certificate("claviger"), pki.key("claviger"));
    let mut config = Config::new("localhost".to_owned(), port, pki.ca(), certificate, key);
    config.deadline = Duration::from_secs(60);
    config
}

fn ready(config: Config, seed: u64) -> Arc<KmipProvider> {
    let random = Arc::new(SeededRandom::new(seed));
    let provider = KmipProvider::start("kmip".parse().unwrap(), Arc::new(config), random).unwrap();
    let started = Instant::now();
    while provider.state() != ProviderState::Usable {
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", provider.state());
        std::thread::sleep(Duration::from_millis(10));
    }
    Arc::new(provider)
}
