//! A client of the native API, for the commands: one connection for each call, over the Unix socket or TLS.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::{Method, Request, StatusCode, Uri, header, request::Builder};
use bytes::Bytes;
use claviger_api::{DRY_RUN_HEADER, PREFIX, Problem};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    runtime::Runtime,
};
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// Calls the service; blocks until there is an answer.
pub(super) struct Client {
    server: Server,
    token: Option<Zeroizing<String>>,
    dry_run: bool,
    runtime: Runtime,
}

/// What became of a call that may be refused.
pub(super) enum Outcome<A> {
    Done(A),
    Refused(Problem),
}

/// Where the service is.
pub(super) enum Server {
    /// On this machine: who we are proves who we are.
    Socket(PathBuf),
    /// Over TLS.
    Tls {
        /// Host and port as the server is called.
        authority: String,
        name: ServerName<'static>,
        config: Arc<ClientConfig>,
    },
}

/// Where a TLS server is, and what proves it and us.
pub(super) struct TlsOptions<'a> {
    pub(super) url: &'a str,
    pub(super) ca: &'a Path,
    /// Certificate and key.
    pub(super) identity: Option<(&'a Path, &'a Path)>,
}

impl Client {
    pub(super) fn new(server: Server, token: Option<Zeroizing<String>>, dry_run: bool) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::at("the command can't be run"))?;
        Ok(Self { server, token, dry_run, runtime })
    }

    /// Asks for something.
    pub(super) fn get<A: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<A> {
        self.answer(self.send(Method::GET, path, query, None)?)
    }

    /// Asks for what has to be known before anything is done; also if all is only tried.
    pub(super) fn look<A: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<A> {
        let (status, body) = self.ask(Request::get(uri(path, query)?), None)?;
        match status.is_success() {
            true => self.answer(body),
            false => Err(refusal(status, &body)),
        }
    }

    /// Asks for something that takes no body.
    pub(super) fn post<A: DeserializeOwned>(&self, path: &[&str]) -> Result<A> {
        self.answer(self.send(Method::POST, path, &[], None)?)
    }

    /// Sends something and gets an answer.
    pub(super) fn post_body<B: Serialize, A: DeserializeOwned>(&self, path: &[&str], body: &B) -> Result<A> {
        self.answer(self.send(Method::POST, path, &[], Some(encode(body)?))?)
    }

    /// The same, where a refusal is an answer, too.
    pub(super) fn try_post_body<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
    ) -> Result<Outcome<A>> {
        self.attempt(path, &[], Some(encode(body)?), |answer| self.answer(answer))
    }

    /// The same without a body.
    pub(super) fn try_post<A: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Outcome<A>> {
        self.attempt(path, query, None, |answer| self.answer(answer))
    }

    /// The same for what has no answer but that it was done.
    pub(super) fn try_act_with<B: Serialize>(&self, path: &[&str], body: &B) -> Result<Outcome<()>> {
        self.attempt(path, &[], Some(encode(body)?), |_| Ok(()))
    }

    fn attempt<A>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<Zeroizing<Vec<u8>>>,
        read: impl FnOnce(Zeroizing<Vec<u8>>) -> Result<A>,
    ) -> Result<Outcome<A>> {
        let (status, answer) = self.ask(self.attempted(Method::POST, path, query)?, body)?;
        if status.is_success() {
            return read(answer).map(Outcome::Done);
        }
        match serde_json::from_slice(&answer) {
            Ok(problem) => Ok(Outcome::Refused(problem)),
            Err(_) => Err(refusal(status, &answer)),
        }
    }

    /// Does something that has no answer but that it was done.
    pub(super) fn act(&self, method: Method, path: &[&str]) -> Result<()> {
        self.send(method, path, &[], None).map(drop)
    }

    /// The same, with a body.
    pub(super) fn act_with<B: Serialize>(&self, method: Method, path: &[&str], body: &B) -> Result<()> {
        self.send(method, path, &[], Some(encode(body)?)).map(drop)
    }

    /// Removes something and gets an answer.
    pub(super) fn delete<A: DeserializeOwned>(&self, path: &[&str]) -> Result<A> {
        self.answer(self.send(Method::DELETE, path, &[], None)?)
    }

    fn answer<A: DeserializeOwned>(&self, body: Zeroizing<Vec<u8>>) -> Result<A> {
        serde_json::from_slice(&body)
            .map_err(Failure::at("the server's answer is not understood; is it of another release?"))
    }

    fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let (status, body) = self.ask(self.attempted(method, path, query)?, body)?;
        match status.is_success() {
            true => Ok(body),
            false => Err(refusal(status, &body)),
        }
    }

    /// A request that does nothing if all is only tried.
    fn attempted(&self, method: Method, path: &[&str], query: &[(&str, String)]) -> Result<Builder> {
        let request = Request::builder().method(method).uri(uri(path, query)?);
        Ok(match self.dry_run {
            true => request.header(DRY_RUN_HEADER, "true"),
            false => request,
        })
    }

    fn ask(
        &self,
        request: Builder,
        body: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>)> {
        let mut request =
            request.header(header::HOST, self.server.authority()).header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, &*Zeroizing::new(format!("Bearer {}", **token)));
        }
        let body = Full::new(body.map(Bytes::from_owner).unwrap_or_default());
        let request = request.body(body).map_err(Failure::at("the request can't be made"))?;
        self.runtime.block_on(self.exchange(request))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Zeroizing<Vec<u8>>)> {
        match &self.server {
            Server::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| no_socket(path, error))?;
                converse(stream, request).await
            }
            Server::Tls { authority, name, config } => {
                let failed = || Failure::at(format!("there is no way to {authority}"));
                let tcp = TcpStream::connect(authority).await.map_err(failed())?;
                let tls = TlsConnector::from(config.clone()).connect(name.clone(), tcp);
                converse(tls.await.map_err(|error| untrusted(authority, error))?, request).await
            }
        }
    }
}

impl Server {
    /// From a URL, with what proves the server and us.
    pub(super) fn tls(options: &TlsOptions<'_>) -> Result<Self> {
        let url = options.url;
        let wrong = || {
            Failure::usage(format!(
                "--url {url}: it is https:// and the name of a server, perhaps with :port"
            ))
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        let host = uri.host().ok_or_else(wrong)?;
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(443));
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|_| wrong())?;
        Ok(Self::Tls { authority, name, config: Arc::new(tls_config(options)?) })
    }

    fn authority(&self) -> &str {
        match self {
            Self::Socket(_) => "localhost",
            Self::Tls { authority, .. } => authority,
        }
    }
}

fn tls_config(options: &TlsOptions<'_>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(options.ca)? {
        let failed = format!("{} holds a certificate that can't be trusted", options.ca.display());
        roots.add(certificate).map_err(Failure::at(failed))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Failure::at("TLS can't be set up"))?
        .with_root_certificates(roots);
    let Some((certificate, key)) = options.identity else { return Ok(builder.with_no_client_auth()) };
    let failed = format!("there is no private key in PEM to be read in {}", key.display());
    let private = PrivateKeyDer::from_pem_file(key).map_err(Failure::at(failed))?;
    let failed = format!("{} does not go with {}", key.display(), certificate.display());
    builder.with_client_auth_cert(certificates(certificate)?, private).map_err(Failure::at(failed))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = format!("{} can't be read as certificates in PEM", path.display());
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(Failure::at(failed))
}

async fn converse<I>(stream: I, request: Request<Full<Bytes>>) -> Result<(StatusCode, Zeroizing<Vec<u8>>)>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = || Failure::at("the server did not answer; whether it did what was asked is not known");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed())?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(failed())?;
    let status = response.status();
    let mut body = response.into_body();
    let mut whole = Zeroizing::new(Vec::new());
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(failed())?.into_data() {
            whole.extend_from_slice(&data);
        }
    }
    driver.abort();
    Ok((status, whole))
}

/// Each part of the path is encoded, so that nothing in it can lead elsewhere.
fn uri(path: &[&str], query: &[(&str, String)]) -> Result<Uri> {
    let mut text = PREFIX.to_owned();
    for part in path {
        text.push('/');
        encode_part(part, &mut text);
    }
    for (index, (name, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        encode_part(value, &mut text);
    }
    text.parse().map_err(Failure::at("the request can't be made"))
}

/// Percent-encoding of everything but the unreserved characters of RFC 3986 §2.3.
fn encode_part(part: &str, out: &mut String) {
    use std::fmt::Write as _;
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            b'.' if part != "." && part != ".." => out.push('.'),
            // Invariant: writing to a String does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

fn encode<B: Serialize>(body: &B) -> Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(body).map(Zeroizing::new).map_err(Failure::at("the request can't be made"))
}

/// What a refusal means, and what to do about it.
fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return Failure::new(format!("the server answered {status}; is it a server of Claviger?"));
    };
    if problem.reason == "DryRun" {
        return Failure::tried();
    }
    let hint = match problem.reason.as_str() {
        "Denied" => "; 'claviger policies test' shows which statement decides",
        "MissingCredential" => "; see --token-file and --client-cert, or the [users] of the configuration",
        "UnknownCredential" => "; it may be revoked, or its principal disabled",
        "ConcurrentChange" | "Throttled" | "Timeout" => "; try again",
        "Internal" | "StoredDataDamaged" => "; the server's log says why",
        _ => "",
    };
    let detail = problem.detail.trim_end_matches('.');
    Failure::new(format!("{detail} ({}, request {}){hint}", problem.reason, problem.request_id))
}

fn no_socket(path: &Path, error: io::Error) -> Failure {
    let shown = path.display();
    let what = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => format!(
            "no service listens at {shown}: start it with 'claviger serve' or 'claviger dev', or say where it is with \
             --data, --socket or --url"
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "{shown} may not be used by this user: call as the owner of the data directory, or use --url"
            )
        }
        _ => format!("{shown} can't be used"),
    };
    Failure::new(what).because(error)
}

fn untrusted(authority: &str, error: io::Error) -> Failure {
    Failure::new(format!("{authority} is not trusted, or does not speak TLS; see --ca")).because(error)
}

#[cfg(test)]
mod tests;
