//! `claviger dev`: a service without configuration, for development, on loopback only.

mod certificates;
mod environment;
mod google;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use claviger_core::{FirstCredential, seal::KeyFile};
use claviger_ports::{Clock, Random};
use claviger_types::SecretBytes;
use zeroize::Zeroizing;

pub(crate) use certificates::Certificates;
pub(crate) use environment::Environment;
pub(crate) use google::google;

use crate::{
    ambient::{SystemClock, SystemRandom},
    config::{Config, GoKms, Tls},
    data_dir::{DataDir, LockedDir},
    failure::{Failure, Result},
    files, first,
    open::Opened,
};

/// The data directory: an empty or new one is marked, one of `claviger dev` is used again, any other refused.
pub(crate) fn directory(path: &Path) -> Result<LockedDir> {
    let dir = DataDir::create(path)?.lock()?;
    if dir.is_development() {
        return Ok(dir);
    }
    if !dir.is_empty()? {
        return Err(Failure::new(format!(
            "{} is not empty and not a directory of 'claviger dev'; choose another with --data",
            dir.path().display()
        )));
    }
    let failed = || format!("{} can't be written", dir.path().display());
    // Its secrets lie in the clear: they must not end up in a repository.
    files::create(&dir.path().join(".gitignore"), b"*\n").map_err(Failure::at(failed()))?;
    let marker = b"This directory was made by 'claviger dev': its secrets lie in the clear, so 'claviger serve' refuses it.\n";
    files::create(&dir.marker(), marker).map_err(Failure::at(failed()))?;
    Ok(dir)
}

/// The key file of the directory's keyslot, made if there is none.
pub(crate) fn key_file(dir: &DataDir) -> Result<KeyFile> {
    let path = dir.key_file();
    let failed = || format!("{} can't be used", path.display());
    if !path.exists() {
        let random: &dyn Random = &SystemRandom;
        let content = Zeroizing::new(random.bytes::<64>());
        files::create(&path, &*content).map_err(Failure::at(failed()))?;
    }
    let content = SecretBytes::new(fs::read(&path).map_err(Failure::at(failed()))?);
    Ok(KeyFile::new(content)?)
}

/// TLS with the directory's own authority.
pub(crate) fn tls(dir: &DataDir) -> Result<Tls> {
    let certificates = Certificates::of(dir);
    certificates.renew(SystemClock.now())?;
    Ok(Tls { certificate: certificates.server, key: certificates.server_key, client_ca: None })
}

/// The configuration of a development directory.
pub(crate) fn config(data: PathBuf, https: SocketAddr, insecure_http: Option<SocketAddr>) -> Result<Config> {
    if !https.ip().is_loopback() {
        return Err(Failure::new(format!(
            "--listen {https}: 'claviger dev' is for loopback only, because it keeps its secrets in the clear; \
             see 'claviger init' and 'claviger serve'"
        )));
    }
    if let Some(address) = insecure_http.filter(|address| !address.ip().is_loopback()) {
        return Err(Failure::new(format!(
            "--insecure-http {address} is not a loopback address, and nothing is encrypted there"
        )));
    }
    Config::development(data, https, insecure_http)
}

/// The principals of a new directory.
pub(crate) async fn people(opened: &Opened) -> Result<()> {
    if !opened.is_new {
        return Ok(());
    }
    let principals = vec![
        first::admin(vec![FirstCredential::AccessKey])?,
        first::application(vec![FirstCredential::AccessKey, FirstCredential::SharedKey])?,
    ];
    // The secrets are read from the store when the environment is written, on this start as on every other.
    opened.service.bootstrap("development", principals).await?;
    Ok(())
}

/// The go-kms front, with the shared key of the directory's application.
pub(crate) async fn gokms(opened: &Opened) -> Result<GoKms> {
    let credential = environment::shared_key(opened).await?;
    Ok(GoKms { credential, date_window: Duration::from_secs(15 * 60) })
}
