//! The providers that are configured beside the software provider.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_ports::{Provider, Random};
use claviger_provider_kmip::{Config as KmipConfig, KmipProvider, UserPassword};
use claviger_provider_pkcs11::{Config as TokenConfig, Pin, Pkcs11Provider, Pkcs11Uri};
use claviger_types::{ProviderName, SecretBytes};
use zeroize::Zeroizing;

use crate::{
    config::{self, Device, DevicePin, KmipServer},
    data_dir::LockedDir,
    failure::{Failure, Result},
    unlock::{check_protected, credential_path, strip_line_end},
};

/// Starts them. None of them needs to be there.
pub(crate) fn start(
    providers: &[config::Provider],
    dir: &LockedDir,
    random: &Arc<dyn Random>,
) -> Result<Vec<Arc<dyn Provider>>> {
    let data = std::path::absolute(dir.path()).map_err(Failure::at("the data directory has no path"))?;
    providers
        .iter()
        .map(|provider| match provider {
            config::Provider::Pkcs11(device) => start_token(device, &data, random),
            config::Provider::Kmip(server) => start_kmip(server, random),
        })
        .collect()
}

/// Where it is kept that a PIN may be wrong.
pub(crate) fn pin_latch(data: &Path, name: &ProviderName) -> PathBuf {
    data.join(format!("pin-{name}.latch"))
}

fn start_token(device: &Device, data: &Path, random: &Arc<dyn Random>) -> Result<Arc<dyn Provider>> {
    let name = &device.name;
    let wrong = |what: &str| format!("the provider {name} can't be started: {what}");
    let uri: Pkcs11Uri = device.token.parse().map_err(Failure::at(wrong("its token is not understood")))?;
    if uri.pin_source.is_some() {
        return Err(Failure::new(wrong(
            "its token names a pin-source; give it as pin = { from = \"file\", … }",
        )));
    }
    let text = |(name, value): (&String, &String)| (OsString::from(name), OsString::from(value));
    let mut config =
        TokenConfig::new(device.module.clone(), uri.token, pin(&device.pin, name)?, pin_latch(data, name));
    config.environment = device.environment.iter().map(text).collect();
    config.read = device.read.clone();
    config.write = device.write.clone();
    config.forbidden = vec![data.to_owned()];
    if let Some(sessions) = device.sessions {
        config.sessions = sessions;
    }
    if let Some(deadline) = device.deadline {
        config.deadline = deadline;
    }
    let provider = Pkcs11Provider::start(name.clone(), config, random.clone());
    Ok(Arc::new(provider.map_err(Failure::at(wrong("its configuration")))?))
}

fn start_kmip(server: &KmipServer, random: &Arc<dyn Random>) -> Result<Arc<dyn Provider>> {
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
    let wrong = format!("the provider {name} can't be started: its configuration");
    Ok(Arc::new(KmipProvider::start(name.clone(), config, random.clone()).map_err(Failure::at(wrong))?))
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
