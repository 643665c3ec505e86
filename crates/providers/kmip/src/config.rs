use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use claviger_types::SecretBytes;
use rustls::pki_types::ServerName;

/// Which server, and how it is used. [`Config::new`] has defaults for everything but the first five.
pub struct Config {
    /// Its host name or address.
    pub host: String,
    /// Its port; 5696 is that of KMIP.
    pub port: u16,
    /// Certificates in PEM that its certificate must lead to. No others are trusted.
    pub server_ca: PathBuf,
    /// Our certificate in PEM, with what leads to its root. The files are read again whenever the server is looked for.
    pub certificate: PathBuf,
    /// The private key of our certificate in PEM.
    pub key: PathBuf,
    /// Which name the server's certificate must have, if it is not the host.
    pub server_name: Option<String>,
    /// Sent with every request, where the server wants more than a certificate.
    pub credential: Option<UserPassword>,
    /// How many connections there are at most, and so how many calls the server gets at once.
    pub connections: NonZeroU16,
    /// How many calls may wait for a connection. More are refused as busy.
    pub waiting: usize,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// How long a call may take, once it has begun, and how long it may wait for a connection before.
    pub deadline: Duration,
    /// The same for making and taking over a key, and for each step of finding out what the server can do.
    pub generation_deadline: Duration,
    /// How long an idle connection is kept.
    pub idle: Duration,
    /// The longest response in bytes.
    pub response_limit: u32,
    /// How often a server that can be used is asked whether it is still there.
    pub check_interval: Duration,
    /// How long to wait after the first failure to reach the server; twice as long after each that follows.
    pub first_retry: Duration,
    /// The longest such wait.
    pub longest_retry: Duration,
    /// How long to wait after the server has refused our certificate or password: it may lock us out if we insist.
    pub refused_retry: Duration,
}

/// A credential of the kind User Name and Password (KMIP 1.2 §2.1.2).
pub struct UserPassword {
    /// The name.
    pub user: String,
    /// The password: UTF-8.
    pub password: SecretBytes,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidConfig {
    /// Neither a host name nor an address.
    #[error("\"{0}\" is no name that a certificate could have")]
    ServerName(String),
    /// A password is text.
    #[error("the password is not UTF-8")]
    Password,
    /// There is no runtime to run on.
    #[error("a provider is started within a Tokio runtime")]
    NoRuntime,
}

impl Config {
    /// Four connections, 256 waiting calls, five seconds to connect, ten for a call and sixty to make a key.
    #[must_use]
    pub fn new(host: String, port: u16, server_ca: PathBuf, certificate: PathBuf, key: PathBuf) -> Self {
        Self {
            host,
            port,
            server_ca,
            certificate,
            key,
            server_name: None,
            credential: None,
            connections: NonZeroU16::MIN.saturating_add(3),
            waiting: 256,
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            generation_deadline: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            response_limit: 4 << 20,
            check_interval: Duration::from_secs(30),
            first_retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(60),
            refused_retry: Duration::from_secs(600),
        }
    }

    /// # Errors
    /// If it could never be used.
    pub(crate) fn check(&self) -> Result<(), InvalidConfig> {
        self.expected_name()?;
        match &self.credential {
            Some(credential) if str::from_utf8(credential.password.expose()).is_err() => {
                Err(InvalidConfig::Password)
            }
            _ => Ok(()),
        }
    }

    /// The name that the server's certificate must have.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn expected_name(&self) -> Result<ServerName<'static>, InvalidConfig> {
        let name = self.server_name.as_ref().unwrap_or(&self.host);
        ServerName::try_from(name.clone()).map_err(|_| InvalidConfig::ServerName(name.clone()))
    }

    /// For people.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
