use std::{fmt, fs, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderValue;
use rustls::{
    ClientConfig, RootCertStore,
    client::ResolvesClientCert,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use zeroize::Zeroizing;

use crate::{Client, Error, ErrorKind, client::Settings, server::Server};

/// Makes a [`Client`].
#[must_use]
pub struct Builder {
    place: Place,
    roots: RootCertStore,
    identity: Option<Arc<dyn ResolvesClientCert>>,
    token: Option<HeaderValue>,
    provider: Arc<CryptoProvider>,
    settings: Settings,
}

enum Place {
    Socket(PathBuf),
    Url(String),
}

impl Builder {
    pub(crate) fn https(url: &str) -> Self {
        Self::new(Place::Url(url.to_owned()))
    }

    pub(crate) fn unix(path: PathBuf) -> Self {
        Self::new(Place::Socket(path))
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            roots: RootCertStore::empty(),
            identity: None,
            token: None,
            provider: Arc::new(aws_lc_rs::default_provider()),
            settings: Settings::default(),
        }
    }

    /// Trusts services whose certificate is of this authority. Nothing is trusted that is not named.
    ///
    /// # Errors
    /// If it is not a certificate.
    pub fn trust(mut self, authority: CertificateDer<'_>) -> Result<Self, Error> {
        let failed = "the authority is not a certificate that can be trusted";
        self.roots.add(authority.into_owned()).map_err(Error::at(ErrorKind::Invalid, failed))?;
        Ok(self)
    }

    /// The same, for every certificate in a PEM file.
    ///
    /// # Errors
    /// If it cannot be read, or holds none.
    pub fn trust_file(self, path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let certificates = certificates(&path)?;
        certificates.into_iter().try_fold(self, Self::trust)
    }

    /// Proves who calls by a bearer token.
    ///
    /// # Errors
    /// If it is not one.
    pub fn token(mut self, token: &str) -> Result<Self, Error> {
        let text = Zeroizing::new(format!("Bearer {}", token.trim_end()).into_bytes());
        let header = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
        let mut header =
            header.map_err(|_| Error::new(ErrorKind::Invalid, "the token is not a bearer token"))?;
        header.set_sensitive(true);
        self.token = Some(header);
        Ok(self)
    }

    /// The same, with a token from a file.
    ///
    /// # Errors
    /// If it cannot be read, or is not one.
    pub fn token_file(self, path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let failed = format!("{} can't be read as a token", path.display());
        let text = fs::read_to_string(&path).map_err(Error::at(ErrorKind::Invalid, failed))?;
        self.token(&Zeroizing::new(text))
    }

    /// Proves who calls by a client certificate.
    pub fn identity(mut self, identity: Arc<dyn ResolvesClientCert>) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The same, with a certificate chain and its key in PEM files.
    ///
    /// # Errors
    /// If they cannot be read, or do not go together.
    pub fn identity_files(self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, Error> {
        let (chain, key) = (chain.into(), key.into());
        let failed = format!("there is no private key in PEM to be read in {}", key.display());
        let private = PrivateKeyDer::from_pem_file(&key).map_err(Error::at(ErrorKind::Invalid, failed))?;
        let failed = format!("{} does not go with {}", key.display(), chain.display());
        let certified = CertifiedKey::from_der(certificates(&chain)?, private, &self.provider)
            .map_err(Error::at(ErrorKind::Invalid, failed))?;
        Ok(self.identity(Arc::new(SingleCertAndKey::from(certified))))
    }

    /// Uses this cryptography for TLS, and not that of rustls with AWS-LC.
    pub fn provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = provider;
        self
    }

    /// How long a call may take with all that it is repeated; 10 seconds if this is not said.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// How often a call is sent again that was not answered and may be repeated; 4 times if this is not said.
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// How many connections there may be at once; 32 if this is not said. Further calls wait.
    pub fn connections(mut self, most: usize) -> Self {
        self.settings.connections = most.max(1);
        self
    }

    /// Lets the service check and decide every call, and do none. Calls that would succeed fail with the reason `DryRun`.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.settings.dry_run = dry_run;
        self
    }

    /// The client. It calls nobody before its first call.
    ///
    /// # Errors
    /// If the URL is not one, or no authority is trusted.
    pub fn build(self) -> Result<Client, Error> {
        let server = match self.place {
            Place::Socket(path) => Server::Socket(path),
            Place::Url(_) if self.roots.is_empty() => {
                let message = "no authority is trusted; name that of the service's certificate";
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            Place::Url(url) => Server::tls(&url, tls(self.provider, self.roots, self.identity)?)?,
        };
        Ok(Client::new(server, self.token, self.settings))
    }
}

fn tls(
    provider: Arc<CryptoProvider>,
    roots: RootCertStore,
    identity: Option<Arc<dyn ResolvesClientCert>>,
) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::at(ErrorKind::Invalid, "the provider does not have what TLS needs"))?
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(identity),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A chain of certificates in a PEM file.
pub(crate) fn certificates(path: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let failed = || format!("{} can't be read as certificates in PEM", path.display());
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(Error::at(ErrorKind::Invalid, failed()))?;
    match certificates.is_empty() {
        true => Err(Error::new(ErrorKind::Invalid, failed())),
        false => Ok(certificates),
    }
}

/// Neither the token nor anything else that proves who calls.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place: &dyn fmt::Debug = match &self.place {
            Place::Socket(path) => path,
            Place::Url(url) => url,
        };
        f.debug_struct("Builder").field("place", place).finish_non_exhaustive()
    }
}
