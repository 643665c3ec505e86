//! A service in this process, on a Unix socket or behind TLS.

use std::path::PathBuf;

use axum::{Extension, Router};
use claviger_client::{
    Client, RemoteSigner, SigningOptions, SigningThreads,
    api::{CreateKey, KeySpec, KeyUsage},
};
use claviger_core::Connection;
use claviger_front_native::{NativeFront, router};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::TestService;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
};
use tokio_rustls::TlsAcceptor;

use crate::certificates::Authority;

pub(crate) struct Service {
    pub(crate) t: TestService,
    dir: TempDir,
}

const UID: u32 = 1000;

impl Service {
    /// On the runtime of the test, like everything else.
    pub(crate) async fn start() -> Self {
        let service = Self { t: TestService::new().await, dir: TempDir::new().unwrap() };
        let router = service.router(Connection { secure: true, uid: Some(UID), ..Connection::default() });
        let listener = UnixListener::bind(service.socket()).unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, router.clone()));
            }
        });
        service
    }

    /// Also at an HTTPS address, with a certificate of `authority`.
    pub(crate) async fn listen(&self, authority: &Authority) -> String {
        let router = self.router(Connection { secure: true, ..Connection::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let acceptor = TlsAcceptor::from(authority.server_config());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, router) = (acceptor.clone(), router.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, router).await;
                    }
                });
            }
        });
        url
    }

    fn router(&self, connection: Connection) -> Router {
        let socket_users = [(UID, "admin".parse().unwrap())].into();
        router(NativeFront { service: self.t.service.clone(), socket_users }).layer(Extension(connection))
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn client(&self) -> Client {
        Client::unix(self.socket()).build().unwrap()
    }

    pub(crate) async fn token(&self) -> String {
        let principal = "admin".parse().unwrap();
        let operation = CreateCredential { principal, kind: NewCredential::BearerToken, expires: None };
        let made = self.t.ok(&self.t.admin, operation).await;
        String::from_utf8(made.secret.unwrap().expose().to_vec()).unwrap()
    }

    pub(crate) fn threads(&self) -> SigningThreads {
        SigningThreads::start(&self.client(), SigningOptions::default()).unwrap()
    }

    /// The id of a new key.
    pub(crate) async fn key(&self, spec: KeySpec, usage: KeyUsage) -> String {
        let request = CreateKey {
            cipher_mode: None,
            spec: Some(spec),
            usage: Some(usage),
            origin: None,
            description: String::new(),
            tags: Default::default(),
            policy: None,
            bypass_lockout_check: false,
            provider: None,
            one_off: false,
        };
        self.client().create_key(&request).await.unwrap().summary.id
    }

    pub(crate) async fn signer(&self, threads: &SigningThreads, spec: KeySpec) -> RemoteSigner {
        let key = self.key(spec, KeyUsage::Sign).await;
        RemoteSigner::open(threads, &key).await.unwrap()
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let service = TowerToHyperService::new(router);
    // A client that goes away is none of our business.
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
