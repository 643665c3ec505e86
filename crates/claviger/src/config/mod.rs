//! The configuration file: TOML, of which every key is known. What is left out has the value that
//! `docs/claviger.toml` shows.

mod kmip;
pub(crate) mod units;
mod wire;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use claviger_core::{CacheBounds, LimitRates, ProviderRoles};
use claviger_log::Retention;
use claviger_types::{AccountId, AuditMode, CredentialId, PrincipalName, ProviderName, Region};
use tracing::level_filters::LevelFilter;

pub(crate) use kmip::Kmip;

use crate::{
    failure::{Failure, Result},
    first,
};

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) region: Region,
    pub(crate) account: Option<AccountId>,
    pub(crate) listen: Listen,
    pub(crate) tls: Option<Tls>,
    pub(crate) unlock: Vec<Unlock>,
    pub(crate) audit: Audit,
    pub(crate) limits: Limits,
    pub(crate) caches: CacheBounds,
    /// As it is written; [`Config::users`] says who comes over the socket.
    users: BTreeMap<u32, PrincipalName>,
    pub(crate) gokms: Option<GoKms>,
    pub(crate) kmip: Vec<Kmip>,
    /// Where everybody finds what certificate authorities publish.
    pub(crate) pki_url: Option<Box<str>>,
    pub(crate) log: Log,
    pub(crate) threads: Threads,
    /// What holds keys beside the software provider.
    pub(crate) providers: Vec<Provider>,
    pub(crate) roles: ProviderRoles,
}

/// What holds keys.
#[derive(Clone, Debug)]
pub(crate) enum Provider {
    Pkcs11(Device),
    Kmip(KmipServer),
}

impl Provider {
    pub(crate) fn name(&self) -> &ProviderName {
        match self {
            Self::Pkcs11(device) => &device.name,
            Self::Kmip(server) => &server.name,
        }
    }
}

/// A KMIP server, and how we come in.
#[derive(Clone, Debug)]
pub(crate) struct KmipServer {
    pub(crate) name: ProviderName,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// PEM files.
    pub(crate) server_ca: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) server_name: Option<String>,
    /// Who we are, and where our password comes from.
    pub(crate) user: Option<(String, DevicePin)>,
    pub(crate) connections: Option<NonZeroU16>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
}

/// A token behind a PKCS#11 module.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) name: ProviderName,
    pub(crate) module: PathBuf,
    /// A PKCS#11 URI (RFC 7512).
    pub(crate) token: String,
    pub(crate) pin: DevicePin,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) read: Vec<PathBuf>,
    pub(crate) write: Vec<PathBuf>,
    /// Sockets that the module connects to.
    pub(crate) unix_sockets: Vec<PathBuf>,
    pub(crate) sessions: Option<NonZeroU16>,
    pub(crate) deadline: Option<Duration>,
}

/// Where the PIN of a token comes from, or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DevicePin {
    File(PathBuf),
    Fd(u32),
    /// A file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    Prompt,
    /// It is typed at the device.
    Device,
    None,
}

/// The provider that is always there.
pub(crate) const SOFTWARE: &str = "software";

/// Where calls come in.
#[derive(Clone, Debug)]
pub(crate) struct Listen {
    pub(crate) https: Option<SocketAddr>,
    /// Always a loopback address.
    pub(crate) insecure_http: Option<SocketAddr>,
    pub(crate) socket: Option<Socket>,
}

/// The Unix socket.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    /// In the data directory, if it is not said.
    pub(crate) path: Option<PathBuf>,
    pub(crate) mode: u32,
}

/// PEM files.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// Whose client certificates are looked at.
    pub(crate) client_ca: Option<PathBuf>,
}

/// What opens a keyslot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unlock {
    PassphraseFile(PathBuf),
    PassphraseFd(u32),
    /// A file in `$CREDENTIALS_DIRECTORY`, put there by systemd: a passphrase.
    Credential(String),
    KeyFile(PathBuf),
    Prompt,
    /// The device of this provider.
    Provider(ProviderName),
}

/// How the audit log is kept.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub(crate) mode: AuditMode,
    pub(crate) segment_bytes: u64,
    pub(crate) retain: Option<Retention>,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) checkpoint_records: u64,
}

/// How much is too much.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) body: usize,
    pub(crate) header: usize,
    pub(crate) connections: usize,
    pub(crate) header_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) rates: LimitRates,
    pub(crate) kept_objects: NonZeroU32,
}

/// The go-kms front.
#[derive(Clone, Debug)]
pub(crate) struct GoKms {
    pub(crate) credential: CredentialId,
    pub(crate) date_window: Duration,
}

/// What is told to the operator.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: LevelFilter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// As many as there are processors, where it is not said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Threads {
    /// For input and output.
    pub(crate) io: Option<NonZeroUsize>,
    /// For slow cryptography.
    pub(crate) crypto: Option<NonZeroUsize>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// That say which key is wrong and how.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(Failure::at(format!("the configuration {} can't be read", path.display())))?;
        Self::parse(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
    }

    /// The same from text; a relative path in it is relative to the working directory.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wire: wire::Config = toml::from_str(text).map_err(|error| Failure::new(error.to_string()))?;
        wire.try_into()
    }

    /// Who comes over the socket, by user id: the user that we run as is the administrator unless it says otherwise.
    pub(crate) fn users(&self) -> Result<BTreeMap<u32, PrincipalName>> {
        if !self.users.is_empty() {
            return Ok(self.users.clone());
        }
        let administrator = first::ADMIN.parse().map_err(Failure::at("a name of ours is not one"))?;
        Ok(BTreeMap::from([(rustix::process::geteuid().as_raw(), administrator)]))
    }

    /// That of a development directory: what `claviger dev` runs with.
    pub(crate) fn development(
        data: PathBuf,
        https: SocketAddr,
        insecure_http: Option<SocketAddr>,
    ) -> Result<Self> {
        let mut config = Self::try_from(wire::Config::of_data(data))?;
        config.listen.https = Some(https);
        config.pki_url = Some(match insecure_http {
            Some(address) => format!("http://{address}").into(),
            None => format!("https://{https}").into(),
        });
        config.listen.insecure_http = insecure_http;
        Ok(config)
    }
}
