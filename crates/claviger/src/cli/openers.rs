use std::path::PathBuf;

use clap::Args;
use claviger_api::{KeyslotKind, Secret, SlotSecret};

use super::arguments::SecretBytes;
use crate::{
    config::Unlock,
    failure::{Failure, Result},
    unlock::{self, Asking, Opener},
};

/// The arguments of [`OpenerArgs`].
pub(super) const OPENERS: [&str; 4] = ["passphrase_files", "passphrase_fds", "key_files", "prompt"];

/// What opens keyslots.
#[derive(Args)]
pub(super) struct OpenerArgs {
    /// A file with a passphrase; may be given again
    #[arg(long = "passphrase-file", value_name = "FILE")]
    passphrase_files: Vec<PathBuf>,
    /// A file descriptor with a passphrase; may be given again
    #[arg(long = "passphrase-fd", value_name = "N")]
    passphrase_fds: Vec<u32>,
    /// A key file; may be given again
    #[arg(long = "key-file", value_name = "FILE")]
    key_files: Vec<PathBuf>,
    /// Ask for a passphrase, as is done if nothing else is given
    #[arg(long)]
    prompt: bool,
}

impl OpenerArgs {
    /// Where the secrets come from.
    pub(super) fn sources(&self) -> Vec<Unlock> {
        let files = self.passphrase_files.iter().cloned().map(Unlock::PassphraseFile);
        let fds = self.passphrase_fds.iter().copied().map(Unlock::PassphraseFd);
        let key_files = self.key_files.iter().cloned().map(Unlock::KeyFile);
        let mut sources: Vec<_> = files.chain(fds).chain(key_files).collect();
        if self.prompt || !self.is_given() {
            sources.push(Unlock::Prompt);
        }
        sources
    }

    /// Whether any was said.
    pub(super) fn is_given(&self) -> bool {
        let files = self.passphrase_files.is_empty() && self.key_files.is_empty();
        self.prompt || !files || !self.passphrase_fds.is_empty()
    }

    /// The secrets, to be sent to the service.
    pub(super) fn secrets(&self) -> Result<Vec<SlotSecret>> {
        self.sources().iter().map(|source| secret(source, Asking::Once)).collect()
    }

    /// The one secret of a new slot.
    pub(super) fn new_secret(&self) -> Result<SlotSecret> {
        match self.sources().as_slice() {
            [source] => secret(source, Asking::Twice),
            _ => Err(Failure::usage("a keyslot is opened by one secret: give one passphrase or key file")),
        }
    }
}

fn secret(source: &Unlock, asking: Asking) -> Result<SlotSecret> {
    Ok(match unlock::opener(source, asking)? {
        Opener::KeyFile(content) => SlotSecret { kind: KeyslotKind::KeyFile, secret: Secret(content) },
        Opener::Passphrase(text) => SlotSecret { kind: KeyslotKind::Passphrase, secret: Secret(text) },
        Opener::Device(name) => {
            return Err(Failure::usage(format!("the secret of {name} stays in its device")));
        }
    })
}

/// One line break at the end belongs to the file and not to the secret.
pub(super) fn without_line_end(mut bytes: SecretBytes) -> SecretBytes {
    unlock::strip_line_end(&mut bytes);
    bytes
}
