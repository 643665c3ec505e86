//! The file as it is written. Every key is optional but `data`; defaults are here and nowhere else.

use std::{
    collections::BTreeMap,
    fmt::Display,
    net::SocketAddr,
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use claviger_core::{CacheBounds, LimitRates, ProviderRoles};
use claviger_log::Retention;
use claviger_types::{AuditMode, ProviderName};
use serde::Deserialize;

use super::units;
use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    data: PathBuf,
    #[serde(default = "region")]
    region: String,
    account: Option<String>,
    #[serde(default)]
    listen: Listen,
    tls: Option<Tls>,
    #[serde(default)]
    unlock: Vec<Unlock>,
    #[serde(default)]
    audit: Audit,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    caches: Caches,
    #[serde(default)]
    users: BTreeMap<String, String>,
    gokms: Option<GoKms>,
    #[serde(default)]
    kmip: Vec<super::kmip::Wire>,
    pki: Option<Pki>,
    #[serde(default)]
    log: Log,
    #[serde(default)]
    threads: Threads,
    #[serde(default)]
    providers: Vec<Provider>,
    #[serde(default)]
    roles: Roles,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Provider {
    Pkcs11(Device),
    Kmip(KmipServer),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KmipServer {
    name: String,
    host: String,
    #[serde(default = "kmip_port")]
    port: u16,
    server_ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    server_name: Option<String>,
    user: Option<String>,
    password: Option<Password>,
    connections: Option<NonZeroU16>,
    connect_timeout: Option<String>,
    deadline: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
enum Password {
    File { path: PathBuf },
    Fd { fd: u32 },
    Credential { name: String },
    Prompt {},
}

/// The registered one.
fn kmip_port() -> u16 {
    5696
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    name: String,
    module: PathBuf,
    token: String,
    pin: Pin,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    read: Vec<PathBuf>,
    #[serde(default)]
    write: Vec<PathBuf>,
    #[serde(default)]
    unix_sockets: Vec<PathBuf>,
    sessions: Option<NonZeroU16>,
    deadline: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
enum Pin {
    File { path: PathBuf },
    Fd { fd: u32 },
    Credential { name: String },
    Prompt {},
    Device {},
    None {},
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Roles {
    default: Option<String>,
    hardware: Option<String>,
    rollover: Option<String>,
    one_off: Option<String>,
    random: Option<String>,
}

fn region() -> String {
    "us-east-1".to_owned()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Listen {
    https: Option<String>,
    insecure_http: Option<String>,
    socket: Socket,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Socket {
    enabled: bool,
    path: Option<PathBuf>,
    mode: String,
}

impl Default for Socket {
    fn default() -> Self {
        Self { enabled: true, path: None, mode: "0600".to_owned() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
enum Unlock {
    PassphraseFile { path: PathBuf },
    PassphraseFd { fd: u32 },
    Credential { name: String },
    KeyFile { path: PathBuf },
    Prompt {},
    Provider { name: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Audit {
    mode: Mode,
    segment_size: String,
    keep_segments: Option<NonZeroU32>,
    keep_for: Option<String>,
    checkpoint_interval: String,
    checkpoint_records: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Durable,
    Buffered,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            mode: Mode::Durable,
            segment_size: "64MiB".to_owned(),
            keep_segments: None,
            keep_for: None,
            checkpoint_interval: "60s".to_owned(),
            checkpoint_records: 10_000,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    body: String,
    header: String,
    connections: NonZeroUsize,
    header_timeout: String,
    idle_timeout: String,
    deadline: String,
    principal_rate: Option<NonZeroU32>,
    project_rate: Option<NonZeroU32>,
    kept_objects: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: "256KiB".to_owned(),
            header: "16KiB".to_owned(),
            connections: NonZeroUsize::MIN.saturating_add(9_999),
            header_timeout: "10s".to_owned(),
            idle_timeout: "75s".to_owned(),
            deadline: "30s".to_owned(),
            principal_rate: None,
            project_rate: None,
            kept_objects: NonZeroU32::MIN.saturating_add(9_999),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Caches {
    entries: String,
    keys: String,
    aliases: usize,
}

impl Default for Caches {
    fn default() -> Self {
        Self { entries: "128MiB".to_owned(), keys: "32MiB".to_owned(), aliases: 20_000 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pki {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoKms {
    credential: String,
    #[serde(default = "date_window")]
    date_window: String,
}

fn date_window() -> String {
    "15m".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Log {
    format: Format,
    level: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    Text,
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: Format::Text, level: "info".to_owned() }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Threads {
    io: Option<NonZeroUsize>,
    crypto: Option<NonZeroUsize>,
}

impl Config {
    /// Nothing but defaults.
    pub(super) fn of_data(data: PathBuf) -> Self {
        Self {
            data,
            region: region(),
            account: None,
            listen: Listen::default(),
            tls: None,
            unlock: Vec::new(),
            audit: Audit::default(),
            limits: Limits::default(),
            caches: Caches::default(),
            users: BTreeMap::new(),
            gokms: None,
            kmip: Vec::new(),
            pki: None,
            log: Log::default(),
            threads: Threads::default(),
            providers: Vec::new(),
            roles: Roles::default(),
        }
    }
}

impl TryFrom<Config> for super::Config {
    type Error = Failure;

    fn try_from(wire: Config) -> Result<Self, Failure> {
        let providers =
            wire.providers.into_iter().map(super::Provider::try_from).collect::<Result<Vec<_>, _>>()?;
        let roles = roles(wire.roles, &providers)?;
        let names: Vec<_> = providers.iter().map(super::Provider::name).collect();
        let kmip =
            wire.kmip.into_iter().map(|kmip| kmip.checked(&roles, &names)).collect::<Result<_, _>>()?;
        Ok(Self {
            kmip,
            roles,
            unlock: wire.unlock.into_iter().map(|from| unlock(from, &providers)).collect::<Result<_, _>>()?,
            providers,
            data: wire.data,
            region: parse("region", &wire.region)?,
            account: wire.account.map(|account| parse("account", &account)).transpose()?,
            listen: wire.listen.try_into()?,
            tls: wire.tls.map(Into::into),
            audit: wire.audit.try_into()?,
            limits: wire.limits.try_into()?,
            caches: wire.caches.try_into()?,
            users: wire.users.iter().map(user).collect::<Result<_, _>>()?,
            gokms: wire.gokms.map(TryInto::try_into).transpose()?,
            pki_url: wire.pki.map(|pki| public_url("pki.url", &pki.url)).transpose()?,
            log: wire.log.try_into()?,
            threads: super::Threads { io: wire.threads.io, crypto: wire.threads.crypto },
        })
    }
}

impl TryFrom<Provider> for super::Provider {
    type Error = Failure;

    fn try_from(wire: Provider) -> Result<Self, Failure> {
        match wire {
            Provider::Pkcs11(device) => device.try_into().map(Self::Pkcs11),
            Provider::Kmip(server) => server.try_into().map(Self::Kmip),
        }
    }
}

fn provider_name(name: &str) -> Result<ProviderName, Failure> {
    if name == super::SOFTWARE {
        let what = "\"software\" is the name of the provider that is always there";
        return Err(wrong("providers.name", what.into()));
    }
    parse("providers.name", name)
}

impl TryFrom<KmipServer> for super::KmipServer {
    type Error = Failure;

    fn try_from(wire: KmipServer) -> Result<Self, Failure> {
        let user = match (wire.user, wire.password) {
            (Some(user), Some(password)) => Some((user, password.into())),
            (None, None) => None,
            _ => return Err(wrong("providers.user", "user and password go together".into())),
        };
        Ok(Self {
            name: provider_name(&wire.name)?,
            host: wire.host,
            port: wire.port,
            server_ca: wire.server_ca,
            certificate: wire.certificate,
            key: wire.key,
            server_name: wire.server_name,
            user,
            connections: wire.connections,
            connect_timeout: wire
                .connect_timeout
                .map(|text| time("providers.connect_timeout", &text))
                .transpose()?,
            deadline: wire.deadline.map(|text| time("providers.deadline", &text)).transpose()?,
        })
    }
}

impl From<Password> for super::DevicePin {
    fn from(wire: Password) -> Self {
        match wire {
            Password::File { path } => Self::File(path),
            Password::Fd { fd } => Self::Fd(fd),
            Password::Credential { name } => Self::Credential(name),
            Password::Prompt {} => Self::Prompt,
        }
    }
}

impl TryFrom<Device> for super::Device {
    type Error = Failure;

    fn try_from(wire: Device) -> Result<Self, Failure> {
        Ok(Self {
            name: provider_name(&wire.name)?,
            module: wire.module,
            token: wire.token,
            pin: match wire.pin {
                Pin::File { path } => super::DevicePin::File(path),
                Pin::Fd { fd } => super::DevicePin::Fd(fd),
                Pin::Credential { name } => super::DevicePin::Credential(name),
                Pin::Prompt {} => super::DevicePin::Prompt,
                Pin::Device {} => super::DevicePin::Device,
                Pin::None {} => super::DevicePin::None,
            },
            environment: wire.environment,
            read: wire.read,
            write: wire.write,
            unix_sockets: wire.unix_sockets,
            sessions: wire.sessions,
            deadline: wire.deadline.map(|text| time("providers.deadline", &text)).transpose()?,
        })
    }
}

/// Each role is that of a provider that there is, and no two providers have one name.
fn roles(wire: Roles, providers: &[super::Provider]) -> Result<ProviderRoles, Failure> {
    for (place, provider) in providers.iter().enumerate() {
        let name = provider.name();
        if providers.iter().take(place).any(|other| other.name() == name) {
            return Err(wrong("providers.name", format!("there are two providers \"{name}\"")));
        }
    }
    let known = |key: &str, name: Option<String>| match name {
        None => Ok(None),
        Some(name)
            if name == super::SOFTWARE
                || providers.iter().any(|provider| provider.name().as_str() == name) =>
        {
            parse(key, &name).map(Some)
        }
        Some(name) => Err(wrong(key, format!("there is no provider \"{name}\""))),
    };
    let software: ProviderName = parse("roles", super::SOFTWARE)?;
    Ok(ProviderRoles {
        default: known("roles.default", wire.default)?.unwrap_or_else(|| software.clone()),
        hardware: known("roles.hardware", wire.hardware)?,
        rollover: known("roles.rollover", wire.rollover)?,
        one_off: known("roles.one_off", wire.one_off)?,
        random: known("roles.random", wire.random)?.unwrap_or(software),
    })
}

fn user((uid, name): (&String, &String)) -> Result<(u32, claviger_types::PrincipalName), Failure> {
    let uid = uid.parse().map_err(|_| wrong("users", format!("\"{uid}\" is not a numeric user id")))?;
    Ok((uid, parse("users", name)?))
}

impl TryFrom<Listen> for super::Listen {
    type Error = Failure;

    fn try_from(wire: Listen) -> Result<Self, Failure> {
        let insecure_http: Option<SocketAddr> =
            wire.insecure_http.map(|address| parse("listen.insecure_http", &address)).transpose()?;
        if let Some(address) = insecure_http.filter(|address| !address.ip().is_loopback()) {
            let what = "is not a loopback address, and nothing is encrypted there; use listen.https";
            return Err(wrong("listen.insecure_http", format!("{address} {what}")));
        }
        let https = wire.https.map(|address| parse("listen.https", &address)).transpose()?;
        let socket = wire.socket.enabled.then_some(wire.socket).map(super::Socket::try_from).transpose()?;
        Ok(Self { https, insecure_http, socket })
    }
}

impl TryFrom<Socket> for super::Socket {
    type Error = Failure;

    fn try_from(wire: Socket) -> Result<Self, Failure> {
        let mode = u32::from_str_radix(&wire.mode, 8).ok().filter(|mode| *mode <= 0o777);
        let what = || format!("\"{}\" is not an octal mode such as \"0660\"", wire.mode);
        Ok(Self { path: wire.path, mode: mode.ok_or_else(|| wrong("listen.socket.mode", what()))? })
    }
}

impl From<Tls> for super::Tls {
    fn from(wire: Tls) -> Self {
        Self { certificate: wire.certificate, key: wire.key, client_ca: wire.client_ca }
    }
}

fn unlock(wire: Unlock, providers: &[super::Provider]) -> Result<super::Unlock, Failure> {
    Ok(match wire {
        Unlock::PassphraseFile { path } => super::Unlock::PassphraseFile(path),
        Unlock::PassphraseFd { fd } => super::Unlock::PassphraseFd(fd),
        Unlock::Credential { name } => super::Unlock::Credential(name),
        Unlock::KeyFile { path } => super::Unlock::KeyFile(path),
        Unlock::Prompt {} => super::Unlock::Prompt,
        Unlock::Provider { name } => {
            let known = providers.iter().find(|provider| provider.name().as_str() == name);
            let unknown = || wrong("unlock.name", format!("there is no provider \"{name}\" with a device"));
            super::Unlock::Provider(known.ok_or_else(unknown)?.name().clone())
        }
    })
}

impl TryFrom<Audit> for super::Audit {
    type Error = Failure;

    fn try_from(wire: Audit) -> Result<Self, Failure> {
        let age = wire.keep_for.map(|text| time("audit.keep_for", &text)).transpose()?;
        let retention = Retention { segments: wire.keep_segments.map(NonZeroU32::get), age };
        Ok(Self {
            mode: match wire.mode {
                Mode::Durable => AuditMode::Durable,
                Mode::Buffered => AuditMode::Buffered,
            },
            segment_bytes: size("audit.segment_size", &wire.segment_size, 64 << 10..=16 << 30)?,
            retain: (retention != Retention::default()).then_some(retention),
            checkpoint_interval: time("audit.checkpoint_interval", &wire.checkpoint_interval)?,
            checkpoint_records: at_least_one("audit.checkpoint_records", wire.checkpoint_records)?,
        })
    }
}

impl TryFrom<Limits> for super::Limits {
    type Error = Failure;

    fn try_from(wire: Limits) -> Result<Self, Failure> {
        let rates = LimitRates { principal: wire.principal_rate, project: wire.project_rate };
        let limits = Self {
            body: narrow("limits.body", size("limits.body", &wire.body, 16 << 10..=64 << 20)?)?,
            header: narrow("limits.header", size("limits.header", &wire.header, 8 << 10..=1 << 20)?)?,
            connections: wire.connections.get(),
            header_timeout: time("limits.header_timeout", &wire.header_timeout)?,
            idle_timeout: time("limits.idle_timeout", &wire.idle_timeout)?,
            deadline: time("limits.deadline", &wire.deadline)?,
            rates,
            kept_objects: wire.kept_objects,
        };
        // After a rotation of the root key, what calls from before may still store is waited for that long.
        let grace = Duration::from_secs(claviger_core::seal::GRACE_SECS.unsigned_abs() / 2);
        match limits.deadline > grace {
            true => Err(wrong("limits.deadline", format!("at most {}s", grace.as_secs()))),
            false => Ok(limits),
        }
    }
}

impl TryFrom<Caches> for CacheBounds {
    type Error = Failure;

    fn try_from(wire: Caches) -> Result<Self, Failure> {
        Ok(Self {
            entries: size("caches.entries", &wire.entries, 1 << 20..=1 << 40)?,
            live: size("caches.keys", &wire.keys, 1 << 20..=1 << 40)?,
            aliases: wire.aliases,
        })
    }
}

impl TryFrom<GoKms> for super::GoKms {
    type Error = Failure;

    fn try_from(wire: GoKms) -> Result<Self, Failure> {
        Ok(Self {
            credential: parse("gokms.credential", &wire.credential)?,
            date_window: time("gokms.date_window", &wire.date_window)?,
        })
    }
}

/// An address that goes into certificates, where only ASCII is understood; without the slash at its end.
fn public_url(key: &str, text: &str) -> Result<Box<str>, Failure> {
    let url = text.trim_end_matches('/');
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_url = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"<>".contains(&b))
    });
    match is_url && url.len() <= 200 {
        true => Ok(url.into()),
        false => Err(wrong(key, format!("\"{text}\" is not an address such as \"http://pki.example.org\""))),
    }
}

impl TryFrom<Log> for super::Log {
    type Error = Failure;

    fn try_from(wire: Log) -> Result<Self, Failure> {
        let format = match wire.format {
            Format::Text => super::LogFormat::Text,
            Format::Json => super::LogFormat::Json,
        };
        let what = || format!("\"{}\" is none of off, error, warn, info, debug, trace", wire.level);
        Ok(Self { format, level: wire.level.parse().map_err(|_| wrong("log.level", what()))? })
    }
}

pub(super) fn parse<T: FromStr<Err: Display>>(key: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| wrong(key, format!("\"{text}\": {error}")))
}

fn time(key: &str, text: &str) -> Result<Duration, Failure> {
    let time = units::duration(text).map_err(|what| wrong(key, what))?;
    if time.is_zero() { Err(wrong(key, "must be more than nothing".to_owned())) } else { Ok(time) }
}

fn size(key: &str, text: &str, allowed: std::ops::RangeInclusive<u64>) -> Result<u64, Failure> {
    let size = units::bytes(text).map_err(|what| wrong(key, what))?;
    match allowed.contains(&size) {
        true => Ok(size),
        false => {
            Err(wrong(key, format!("{text} is not from {} to {} bytes", allowed.start(), allowed.end())))
        }
    }
}

fn narrow(key: &str, size: u64) -> Result<usize, Failure> {
    usize::try_from(size).map_err(|_| wrong(key, "is more than this machine can address".to_owned()))
}

fn at_least_one(key: &str, number: u64) -> Result<u64, Failure> {
    if number == 0 { Err(wrong(key, "must be at least 1".to_owned())) } else { Ok(number) }
}

pub(super) fn wrong(key: &str, what: String) -> Failure {
    Failure::new(format!("{key}: {what}"))
}
