//! A server that answers as a test wants it to.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use claviger_kmip::{
    Attribute, Limits, Outcome, ProtocolVersion, RequestMessage, RequestPayload, ResponseHeader,
    ResponseItem, ResponseMessage, ResponsePayload, ResultReason,
    attributes::Name,
    enums::Operation,
    message::Credential,
    operations::{
        DiscoverVersionsResponse, GetAttributesResponse, LocateResponse, ObjectResponse, QueryResponse,
    },
    ttlv::{HEADER_LEN, message_len},
    value::DateTime,
};
use claviger_provider_kmip::Config;
use claviger_pykmip::Pki;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How requests about keys are answered; what the server is, it says in any case.
#[derive(Clone, Debug, Default)]
pub(crate) enum Manner {
    /// As the protocol has it: there is an object, which is nothing in particular.
    #[default]
    Right,
    /// The same twice.
    Twice,
    /// The same, and then the connection is closed.
    Once,
    /// With these bytes.
    Bytes(Vec<u8>),
    /// With the first half of the right answer, and the connection is closed.
    Half,
    /// Not at all.
    Silent,
    /// The object has this name.
    Named(String),
    /// The same, but what changes something is answered half.
    NamedThenHalf(String),
    /// With a refusal, of every request.
    Refusal(ResultReason),
}

#[derive(Default)]
struct State {
    manner: Manner,
    connections: usize,
    asked: Vec<Operation>,
    users: Vec<(String, String)>,
}

/// What a server does.
pub(crate) type Handler = Arc<dyn Fn(&RequestPayload) -> Result<ResponsePayload, ResultReason> + Send + Sync>;

pub(crate) struct Fake {
    dir: TempDir,
    pki: Pki,
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Fake {
    /// Has to be called in a runtime.
    pub(crate) async fn start() -> Self {
        Self::with(None).await
    }

    /// A server that does what `handler` does.
    pub(crate) async fn with(handler: Option<Handler>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::new(dir.path());
        let acceptor = acceptor(&pki);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(acceptor.clone(), tcp, Arc::clone(&shared), handler.clone()));
            }
        });
        Self { dir, pki, port, state }
    }

    pub(crate) fn config(&self) -> Config {
        let (certificate, key) = (self.pki.certificate("claviger"), self.pki.key("claviger"));
        let mut config = Config::new("localhost".to_owned(), self.port, self.pki.ca(), certificate, key);
        config.first_retry = Duration::from_millis(20);
        config.longest_retry = Duration::from_millis(100);
        config
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn answers(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    /// How often it was asked for an operation.
    pub(crate) fn asked(&self, operation: Operation) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|asked| **asked == operation).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    pub(crate) fn users(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().users.clone()
    }
}

fn acceptor(pki: &Pki) -> TlsAcceptor {
    let certificates =
        |path| CertificateDer::pem_file_iter(path).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(certificates(pki.ca()).remove(0)).unwrap();
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(pki.server_key()).unwrap()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(certificates(pki.server()), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, state: Arc<Mutex<State>>, handler: Option<Handler>) {
    let Ok(mut stream) = acceptor.accept(tcp).await else { return };
    state.lock().unwrap().connections += 1;
    while let Some(request) = read(&mut stream).await {
        let payload = request.items[0].payload.as_ref().unwrap();
        let operation = payload.operation();
        let manner = {
            let mut state = state.lock().unwrap();
            state.asked.push(operation);
            let credentials = request.header.authentication.iter().flat_map(|all| &all.credentials);
            state.users.extend(credentials.filter_map(|credential| match credential {
                Credential::UsernameAndPassword(user) => {
                    let password = user.password.as_ref()?.expose().to_owned();
                    Some((user.username.clone(), password))
                }
                _ => None,
            }));
            let about_itself = matches!(operation, Operation::DiscoverVersions | Operation::Query);
            match &state.manner {
                Manner::Refusal(reason) => Manner::Refusal(*reason),
                _ if about_itself => Manner::Right,
                Manner::NamedThenHalf(_) if operation != Operation::GetAttributes => Manner::Half,
                manner => manner.clone(),
            }
        };
        let name = match &manner {
            Manner::Named(name) | Manner::NamedThenHalf(name) => Some(Name::text(name)),
            _ => None,
        };
        let outcome = match manner {
            Manner::Refusal(reason) => Outcome::Failed { reason, message: Some("no\u{1b}[31m".to_owned()) },
            _ => match handler.as_ref().map_or_else(|| Ok(answer(payload, name)), |handler| handler(payload))
            {
                Ok(answer) => Outcome::Success(answer),
                Err(reason) => Outcome::Failed { reason, message: None },
            },
        };
        let item = ResponseItem {
            operation: Some(operation.into()),
            unique_batch_item_id: request.items[0].unique_batch_item_id.clone(),
            outcome,
        };
        let header = ResponseHeader::at(DateTime(0));
        let response = ResponseMessage { version: request.version, header, items: vec![item] };
        let response = response.encode().unwrap().expose().to_vec();
        let (bytes, goes_on) = match manner {
            Manner::Right | Manner::Refusal(_) | Manner::Named(_) | Manner::NamedThenHalf(_) => {
                (response, true)
            }
            Manner::Twice => (response.repeat(2), true),
            Manner::Once => (response, false),
            Manner::Bytes(bytes) => (bytes, true),
            Manner::Half => (response[..response.len() / 2].to_vec(), false),
            Manner::Silent => (Vec::new(), true),
        };
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || !goes_on {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn read(stream: &mut TlsStream<TcpStream>) -> Option<RequestMessage> {
    let mut bytes = vec![0; HEADER_LEN];
    stream.read_exact(&mut bytes).await.ok()?;
    let len = message_len(bytes[..].try_into().unwrap(), Limits::REQUEST).unwrap();
    bytes.resize(len, 0);
    stream.read_exact(&mut bytes[HEADER_LEN..]).await.ok()?;
    Some(RequestMessage::decode(&bytes, Limits::REQUEST).unwrap_or_else(|error| panic!("{error}")))
}

fn answer(request: &RequestPayload, name: Option<Name>) -> ResponsePayload {
    match request {
        RequestPayload::DiscoverVersions(_) => ResponsePayload::DiscoverVersions(DiscoverVersionsResponse {
            versions: vec![ProtocolVersion::V2_1, ProtocolVersion::V1_3, ProtocolVersion::V1_2],
        }),
        RequestPayload::Query(_) => {
            let vendor_identification = Some("fake".to_owned());
            ResponsePayload::Query(QueryResponse { vendor_identification, ..QueryResponse::default() })
        }
        RequestPayload::Locate(_) => ResponsePayload::Locate(LocateResponse::default()),
        RequestPayload::GetAttributes(request) => ResponsePayload::GetAttributes(GetAttributesResponse {
            unique_identifier: request.unique_identifier.clone().unwrap(),
            attributes: name.map(|name| Attribute::Name(name).into()).into_iter().collect(),
        }),
        RequestPayload::Revoke(request) => ResponsePayload::Revoke(ObjectResponse {
            unique_identifier: request.unique_identifier.clone().unwrap(),
        }),
        RequestPayload::Destroy(request) => ResponsePayload::Destroy(ObjectResponse {
            unique_identifier: request.unique_identifier.clone().unwrap(),
        }),
        other => panic!("nobody asks for {:?}", other.operation()),
    }
}
