//! The providers that are configured beside the software provider.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_ports::{KeyslotDevice, KeyslotKind, Provider, Random};
use claviger_provider_kmip::{Config as KmipConfig, KmipKeyslots, KmipProvider, UserPassword};
use claviger_provider_pkcs11::{Config as TokenConfig, Pin, Pkcs11Keyslots, Pkcs11Provider, Pkcs11Uri};
use claviger_types::{ProviderName, SecretBytes};
use zeroize::Zeroizing;

use crate::{
    ambient::SystemRandom,
    config::{self, Config, Device, DevicePin, KmipServer},
    failure::{Failure, Result},
    unlock::{check_protected, credential_path, strip_line_end},
};

/// The devices that are configured. Each is prepared once for all uses of it: its PIN is asked for once, and its provider
/// and its keyslots log in one after the other.
#[derive(Default)]
pub(crate) struct Devices(Vec<Prepared>);

struct Prepared {
    name: ProviderName,
    kind: Kind,
}

enum Kind {
    Token(Arc<TokenConfig>),
    Server(Arc<KmipConfig>),
}

impl Devices {
    /// Reads what is needed to use them. None of them needs to be there. It is kept in `data` that a PIN may be wrong.
    pub(crate) fn prepare(config: &Config, data: &Path) -> Result<Self> {
        let data = std::path::absolute(data).map_err(Failure::at("the data directory has no path"))?;
        let mut forbidden = vec![data.clone()];
        forbidden.extend(config.listen.socket.as_ref().and_then(|socket| socket.path.clone()));
        let prepared = config.providers.iter().map(|provider| {
            let kind = match provider {
                config::Provider::Pkcs11(device) => Kind::Token(Arc::new(token(device, &data, &forbidden)?)),
                config::Provider::Kmip(server) => Kind::Server(Arc::new(server_of(server)?)),
            };
            Ok(Prepared { name: provider.name().clone(), kind })
        });
        prepared.collect::<Result<_>>().map(Self)
    }

    /// Starts their providers.
    pub(crate) fn start(&self, random: &Arc<dyn Random>) -> Result<Vec<Arc<dyn Provider>>> {
        let start = |Prepared { name, kind }: &Prepared| -> Result<Arc<dyn Provider>> {
            let failed = || wrong(name, "its configuration");
            Ok(match kind {
                Kind::Token(config) => Arc::new(
                    Pkcs11Provider::start(name.clone(), config.clone(), random.clone())
                        .map_err(Failure::at(failed()))?,
                ),
                Kind::Server(config) => Arc::new(
                    KmipProvider::start(name.clone(), config.clone(), random.clone())
                        .map_err(Failure::at(failed()))?,
                ),
            })
        };
        self.0.iter().map(start).collect()
    }

    /// Those that open keyslots.
    pub(crate) fn keyslot_devices(&self) -> Vec<Arc<dyn KeyslotDevice>> {
        self.0.iter().map(Prepared::keyslots).collect()
    }

    /// What opens the keyslots of one, and makes new ones with keys of their own.
    pub(crate) fn keyslots(&self, name: &ProviderName) -> Result<Box<dyn KeyslotKind>> {
        let failed = || Failure::at(format!("the provider {name} opens no keyslots"));
        self.get(name)?.keyslots().keyslots(None).map_err(failed())
    }

    /// The token of a provider.
    pub(crate) fn token(&self, name: &ProviderName) -> Result<&Arc<TokenConfig>> {
        match &self.get(name)?.kind {
            Kind::Token(config) => Ok(config),
            Kind::Server(_) => Err(Failure::new(format!("the provider {name} is no PKCS#11 token"))),
        }
    }

    fn get(&self, name: &ProviderName) -> Result<&Prepared> {
        let found = self.0.iter().find(|device| device.name == *name);
        found.ok_or_else(|| {
            Failure::new(format!("there is no provider {name} with a device in the configuration"))
        })
    }
}

impl Prepared {
    fn keyslots(&self) -> Arc<dyn KeyslotDevice> {
        let name = self.name.clone();
        match &self.kind {
            Kind::Token(config) => Arc::new(Pkcs11Keyslots::new(name, config.clone())),
            Kind::Server(config) => Arc::new(KmipKeyslots::new(name, config.clone(), Arc::new(SystemRandom))),
        }
    }
}

/// Where it is kept that a PIN may be wrong.
pub(crate) fn pin_latch(data: &Path, name: &ProviderName) -> PathBuf {
    data.join(format!("pin-{name}.latch"))
}

fn wrong(name: &ProviderName, what: &str) -> String {
    format!("the provider {name} can't be started: {what}")
}

fn token(device: &Device, data: &Path, forbidden: &[PathBuf]) -> Result<TokenConfig> {
    let name = &device.name;
    let uri: Pkcs11Uri =
        device.token.parse().map_err(Failure::at(wrong(name, "its token is not understood")))?;
    if uri.pin_source.is_some() {
        return Err(Failure::new(wrong(
            name,
            "its token names a pin-source; give it as pin = { from = \"file\", … }",
        )));
    }
    let text = |(name, value): (&String, &String)| (OsString::from(name), OsString::from(value));
    let mut config =
        TokenConfig::new(device.module.clone(), uri.token, pin(&device.pin, name)?, pin_latch(data, name));
    config.environment = device.environment.iter().map(text).collect();
    config.read = device.read.clone();
    config.write = device.write.clone();
    config.unix_sockets = device.unix_sockets.clone();
    config.forbidden = forbidden.to_vec();
    if let Some(sessions) = device.sessions {
        config.sessions = sessions;
    }
    if let Some(deadline) = device.deadline {
        config.deadline = deadline;
    }
    Ok(config)
}

fn server_of(server: &KmipServer) -> Result<KmipConfig> {
    let name = &server.name;
    check_protected(&server.key)?;
    let mut config = KmipConfig::new(
        server.host.clone(),
        server.port,
        server.server_ca.clone(),
        server.certificate.clone(),
        server.key.clone(),
    );
    config.server_name = server.server_name.clone();
    if let Some((user, source)) = &server.user {
        config.credential = Some(UserPassword { user: user.clone(), password: password(source, name)? });
    }
    if let Some(connections) = server.connections {
        config.connections = connections;
    }
    if let Some(connect_timeout) = server.connect_timeout {
        config.connect_timeout = connect_timeout;
    }
    if let Some(deadline) = server.deadline {
        config.deadline = deadline;
    }
    Ok(config)
}

/// The password of a user in a KMIP server.
fn password(source: &DevicePin, name: &ProviderName) -> Result<SecretBytes> {
    let failed = || Failure::at(format!("the password of the provider {name} can't be read"));
    let read = |path: &Path| fs::read(path).map(Zeroizing::new).map_err(failed());
    let mut bytes = match source {
        DevicePin::File(path) => {
            check_protected(path)?;
            read(path)?
        }
        DevicePin::Credential(credential) => {
            read(&credential_path(credential, env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from))?)?
        }
        DevicePin::Fd(fd) => read(Path::new(&format!("/dev/fd/{fd}")))?,
        DevicePin::Prompt => {
            let asked = rpassword::prompt_password(format!("Password of {name}: ")).map_err(failed())?;
            return Ok(SecretBytes::new(asked.into_bytes()));
        }
        DevicePin::Device | DevicePin::None => {
            return Err(Failure::new(format!("the provider {name} has a user without a password")));
        }
    };
    strip_line_end(&mut bytes);
    Ok(SecretBytes::from(bytes))
}

fn pin(source: &DevicePin, name: &ProviderName) -> Result<Pin> {
    let failed = || Failure::at(format!("the PIN of the provider {name} can't be read"));
    let file = |path: PathBuf| -> Result<Pin> {
        check_protected(&path)?;
        Ok(Pin::File(std::path::absolute(path).map_err(failed())?))
    };
    match source {
        DevicePin::File(path) => file(path.clone()),
        DevicePin::Credential(credential) => {
            file(credential_path(credential, env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from))?)
        }
        DevicePin::Fd(fd) => {
            let opened = File::open(format!("/dev/fd/{fd}")).map_err(failed())?;
            Pin::read(opened).map_err(failed())
        }
        DevicePin::Prompt => {
            let asked = rpassword::prompt_password(format!("PIN of {name}: ")).map_err(failed())?;
            Ok(Pin::Given(SecretBytes::new(asked.into_bytes())))
        }
        DevicePin::Device => Ok(Pin::ProtectedPath),
        DevicePin::None => Ok(Pin::None),
    }
}
