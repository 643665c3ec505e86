//! The providers that are configured beside the software provider.

use std::{
    env,
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_ports::{KeyslotDevice, KeyslotKind, Provider, Random};
use claviger_provider_pkcs11::{Config as TokenConfig, Pin, Pkcs11Keyslots, Pkcs11Provider, Pkcs11Uri};
use claviger_types::{ProviderName, SecretBytes};

use crate::{
    config::{Config, Device, DevicePin},
    failure::{Failure, Result},
    unlock::{check_protected, credential_path},
};

/// The devices that are configured. Each is prepared once for all uses of it: its PIN is asked for once, and its provider
/// and its keyslots log in one after the other.
#[derive(Default)]
pub(crate) struct Devices(Vec<Token>);

struct Token {
    name: ProviderName,
    config: Arc<TokenConfig>,
}

impl Devices {
    /// Reads what is needed to use them. None of them needs to be there. It is kept in `data` that a PIN may be wrong.
    pub(crate) fn prepare(config: &Config, data: &Path) -> Result<Self> {
        let data = std::path::absolute(data).map_err(Failure::at("the data directory has no path"))?;
        let mut forbidden = vec![data.clone()];
        forbidden.extend(config.listen.socket.as_ref().and_then(|socket| socket.path.clone()));
        let prepared = config.providers.iter().map(|device| {
            Ok(Token { name: device.name.clone(), config: Arc::new(token(device, &data, &forbidden)?) })
        });
        prepared.collect::<Result<_>>().map(Self)
    }

    /// Starts their providers.
    pub(crate) fn start(&self, random: &Arc<dyn Random>) -> Result<Vec<Arc<dyn Provider>>> {
        let start = |Token { name, config }: &Token| -> Result<Arc<dyn Provider>> {
            let provider = Pkcs11Provider::start(name.clone(), config.clone(), random.clone());
            Ok(Arc::new(provider.map_err(Failure::at(wrong(name, "its configuration")))?))
        };
        self.0.iter().map(start).collect()
    }

    /// Those that open keyslots: all.
    pub(crate) fn keyslot_devices(&self) -> Vec<Arc<dyn KeyslotDevice>> {
        self.0.iter().map(Token::keyslots).collect()
    }

    /// What opens the keyslots of one, and makes new ones with keys of their own.
    pub(crate) fn keyslots(&self, name: &ProviderName) -> Result<Box<dyn KeyslotKind>> {
        let failed = || Failure::at(format!("the provider {name} opens no keyslots"));
        self.get(name)?.keyslots().keyslots(None).map_err(failed())
    }

    /// The token of a provider.
    pub(crate) fn token(&self, name: &ProviderName) -> Result<&Arc<TokenConfig>> {
        Ok(&self.get(name)?.config)
    }

    fn get(&self, name: &ProviderName) -> Result<&Token> {
        let found = self.0.iter().find(|token| token.name == *name);
        found.ok_or_else(|| {
            Failure::new(format!("there is no provider {name} with a device in the configuration"))
        })
    }
}

impl Token {
    fn keyslots(&self) -> Arc<dyn KeyslotDevice> {
        Arc::new(Pkcs11Keyslots::new(self.name.clone(), self.config.clone()))
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
