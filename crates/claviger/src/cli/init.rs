use std::{fmt::Write as _, path::PathBuf};

use clap::Args;
use claviger_core::FirstCredential;

use super::print;
use crate::{
    config::Config,
    data_dir::{DataDir, LockedDir},
    devices::Devices,
    failure::{Failure, Result},
    first, logging, open, process, server,
    unlock::{self, Asking},
};

/// Make the data directory of a configuration: root key, first keyslot, administrator
#[derive(Args)]
pub(super) struct Init {
    /// The configuration, TOML
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Make an access key for the administrator and print it, once
    ///
    /// Without it, the administrator comes in over the Unix socket, by user id.
    #[arg(long)]
    access_key: bool,
}

impl Init {
    pub(super) fn run(self) -> Result<()> {
        let config = Config::load(&self.config)?;
        logging::start(&config.log)?;
        process::keep_memory_private();
        let source = config.unlock.first().ok_or_else(|| {
            Failure::new("there is nothing to make the first keyslot with: add an [[unlock]] table")
        })?;
        let dir = directory(&config)?;
        // A slip of the fingers matters only where a new slot is made.
        let asking = if dir.header().exists() { Asking::Once } else { Asking::Twice };
        let devices = Devices::prepare(&config, dir.path())?;
        let lock = unlock::lock(source, asking, &devices)?;
        let seal = first::header(&dir, &*lock, "first")?;
        let installation = first::installation(&dir, config.account)?;
        let credentials = if self.access_key { vec![FirstCredential::AccessKey] } else { Vec::new() };
        server::runtime(&config, &server::Idle::default())?.block_on(async {
            // No key is made here, and a login that is cut short by the end counts as a PIN that failed.
            let opened = open::open(dir, &installation, seal, &config, &Devices::default()).await?;
            if !opened.is_new {
                let path = opened.dir.path().display().to_string();
                opened.close().await?;
                return Err(Failure::new(format!("{path} is initialised already; nothing was changed")));
            }
            let administrator = first::admin(credentials)?;
            let issued = opened.service.bootstrap("default", vec![administrator]).await?;
            let mut text = format!(
                "{} is ready: account {}, keyslots in {}.\n",
                opened.dir.path().display(),
                installation.account,
                opened.dir.header().display()
            );
            for credential in &issued {
                let secret = String::from_utf8_lossy(credential.secret.expose());
                // Invariant: writing to a String does not fail.
                let _ = write!(
                    text,
                    "\nThe administrator's access key; the secret is shown only here:\n  AWS_ACCESS_KEY_ID={}\n  AWS_SECRET_ACCESS_KEY={secret}\n",
                    credential.id
                );
            }
            let _ = write!(text, "{}", next_steps(&self.config));
            let printed = print(&text);
            zeroize::Zeroize::zeroize(&mut text);
            opened.close().await?;
            printed
        })
    }
}

/// The directory, if it is new or a start of ours that was cut short.
fn directory(config: &Config) -> Result<LockedDir> {
    let dir = DataDir::create(&config.data)?.lock()?;
    let shown = dir.path().display();
    if dir.is_development() {
        return Err(Failure::new(format!("{shown} was made by 'claviger dev'; choose another directory")));
    }
    if !dir.is_empty()? && !dir.header().exists() {
        return Err(Failure::new(format!("{shown} is not empty and not ours; choose another directory")));
    }
    Ok(dir)
}

fn next_steps(config: &std::path::Path) -> String {
    format!(
        "\nNext:\n  1. Copy the keyslots to a safe place: without them and what opens them, every key is lost.\n  \
         2. claviger serve --config {0} --check\n  3. claviger serve --config {0}\n",
        config.display()
    )
}
