use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use claviger_core::seal::{Header, KeyFile, Passphrase, Seal, unlock};
use claviger_ports::KeyslotKind;
use claviger_types::{ProviderName, SecretBytes};
use zeroize::Zeroizing;

use crate::{
    config::Unlock,
    devices::Devices,
    failure::{Failure, Result},
};

/// Opens the header with the first source that opens one of its slots. Blocks: a passphrase takes a moment, a person more.
///
/// # Errors
/// If a source can't be read, whatever the others hold: who configured it expects it to be there.
pub(crate) fn open(header: &Header, sources: &[Unlock], devices: &Devices) -> Result<Seal> {
    if sources.is_empty() {
        return Err(Failure::new(
            "nothing is configured to open a keyslot with: add an [[unlock]] table to the configuration",
        ));
    }
    let locks =
        sources.iter().map(|source| lock(source, Asking::Once, devices)).collect::<Result<Vec<_>>>()?;
    let locks: Vec<&dyn KeyslotKind> = locks.iter().map(|lock| &**lock).collect();
    let (seal, slot) = unlock(header, &locks)?;
    tracing::debug!(%slot, "a keyslot opened");
    Ok(seal)
}

/// How often a person is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    Once,
    /// Again, because a slip would lock everybody out.
    Twice,
}

/// The secret of a source.
pub(crate) enum Opener {
    /// The whole content of a key file.
    KeyFile(Zeroizing<Vec<u8>>),
    /// A passphrase, without the end of its line.
    Passphrase(Zeroizing<Vec<u8>>),
    /// None: a device has it.
    Device(ProviderName),
}

/// What opens or makes keyslots, with the secret of a source.
pub(crate) fn lock(source: &Unlock, asking: Asking, devices: &Devices) -> Result<Box<dyn KeyslotKind>> {
    let origin = origin(source);
    match opener(source, asking)? {
        Opener::KeyFile(content) => {
            Ok(Box::new(KeyFile::new(SecretBytes::from(content)).map_err(of(&origin))?))
        }
        Opener::Passphrase(text) => {
            Ok(Box::new(Passphrase::new(SecretBytes::from(text)).map_err(of(&origin))?))
        }
        Opener::Device(provider) => devices.keyslots(&provider),
    }
}

/// Reads the secret of a source, or asks for it.
pub(crate) fn opener(source: &Unlock, asking: Asking) -> Result<Opener> {
    match source {
        Unlock::PassphraseFile(path) => {
            check_protected(path)?;
            Ok(passphrase(read(path)?))
        }
        Unlock::PassphraseFd(fd) => Ok(passphrase(read(&PathBuf::from(format!("/dev/fd/{fd}")))?)),
        Unlock::Credential(name) => {
            let path = credential_path(name, env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from))?;
            Ok(passphrase(read(&path)?))
        }
        Unlock::KeyFile(path) => {
            check_protected(path)?;
            Ok(Opener::KeyFile(read(path)?))
        }
        Unlock::Prompt => prompt(asking),
        Unlock::Provider(name) => Ok(Opener::Device(name.clone())),
    }
}

fn prompt(asking: Asking) -> Result<Opener> {
    let ask = |text: &str| {
        rpassword::prompt_password(text)
            .map(Zeroizing::new)
            .map_err(Failure::at("the passphrase can't be asked for: there is no terminal"))
    };
    let given = ask("Passphrase: ")?;
    if asking == Asking::Twice && *ask("The same again: ")? != *given {
        return Err(Failure::new("the two passphrases are not the same; nothing was changed"));
    }
    Ok(passphrase(Zeroizing::new(given.as_bytes().to_vec())))
}

fn passphrase(mut bytes: Zeroizing<Vec<u8>>) -> Opener {
    strip_line_end(&mut bytes);
    Opener::Passphrase(bytes)
}

/// One line break at the end belongs to the file and not to the passphrase.
pub(crate) fn strip_line_end(bytes: &mut Vec<u8>) {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
}

fn origin(source: &Unlock) -> String {
    match source {
        Unlock::PassphraseFile(path) | Unlock::KeyFile(path) => path.display().to_string(),
        Unlock::PassphraseFd(fd) => format!("file descriptor {fd}"),
        Unlock::Credential(name) => format!("the systemd credential {name}"),
        Unlock::Prompt => "what was typed".to_owned(),
        Unlock::Provider(name) => format!("the provider {name}"),
    }
}

fn of(origin: &str) -> impl FnOnce(claviger_core::seal::HeaderError) -> Failure {
    let origin = origin.to_owned();
    move |error| Failure::new(format!("{origin}: {error}"))
}

pub(crate) fn credential_path(name: &str, directory: Option<PathBuf>) -> Result<PathBuf> {
    let directory = directory.ok_or_else(|| {
        Failure::new(format!(
            "there is no systemd credential {name}: CREDENTIALS_DIRECTORY is not set; \
             add LoadCredential={name}:… to the service"
        ))
    })?;
    match name.is_empty() || name.starts_with('.') || name.contains('/') {
        true => Err(Failure::new(format!("\"{name}\" is not the name of a systemd credential"))),
        false => Ok(directory.join(name)),
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    fs::read(path).map(Zeroizing::new).map_err(Failure::at(format!("{} can't be read", path.display())))
}

/// A group may read it, so that a service that does not own it can; nobody else.
pub(crate) fn check_protected(path: &Path) -> Result<()> {
    let shown = path.display();
    let metadata = fs::metadata(path).map_err(Failure::at(format!("{shown} can't be read")))?;
    match metadata.mode() & 0o037 {
        0 => Ok(()),
        _ => Err(Failure::new(format!(
            "{shown} opens a keyslot and has mode {:03o}, so that others than its owner can use it: 'chmod 600 {shown}'",
            metadata.mode() & 0o777
        ))),
    }
}

#[cfg(test)]
mod tests;
