//! The commands: one file each. A command reads its arguments, does what it says, and tells what to do next.

mod adopt;
mod aliases;
mod arguments;
mod audit;
mod backup;
mod certificates;
mod client;
mod completions;
mod confirm;
mod credentials;
mod crypto;
mod data;
mod demo;
mod dev;
mod drain;
mod grants;
mod import;
mod init;
mod keys;
mod keyslots;
mod openers;
mod policies;
mod principals;
mod providers;
mod raw;
mod restore;
mod roll;
mod root_key;
mod serve;
mod show;
mod status;
mod sweep;
mod versions;
mod wrapping;

use std::io::{self, Write};

use clap::{Parser, Subcommand};

use crate::failure::{Failure, Result};

pub(crate) use audit::read_key as read_audit_key;

/// A self-hosted key service: AWS KMS and go-kms clients against your own keys.
#[derive(Parser)]
#[command(name = "claviger", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dev(dev::Dev),
    Demo(demo::Demo),
    Init(init::Init),
    Serve(serve::Serve),
    Status(status::Status),
    Keys(keys::Keys),
    Encrypt(crypto::Encrypt),
    Decrypt(crypto::Decrypt),
    ReEncrypt(crypto::ReEncrypt),
    Sign(crypto::Sign),
    Verify(crypto::Verify),
    Mac(crypto::Mac),
    VerifyMac(crypto::VerifyMac),
    DataKey(crypto::DataKey),
    DataKeyPair(crypto::DataKeyPair),
    RawEncrypt(raw::RawEncrypt),
    RawDecrypt(raw::RawDecrypt),
    Random(crypto::Random),
    PublicKey(crypto::PublicKey),
    Derive(crypto::Derive),
    Grants(grants::Grants),
    Ca(certificates::Ca),
    Principals(principals::Principals),
    Credentials(credentials::Credentials),
    Policies(policies::Policies),
    Keyslots(keyslots::Keyslots),
    Providers(providers::Providers),
    RootKey(root_key::RootKey),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Import(import::Import),
    Completions(completions::Completions),
}

impl Cli {
    /// Does what the command says.
    pub(crate) fn run(self) -> Result<()> {
        match self.command {
            Command::Dev(command) => command.run(),
            Command::Demo(command) => command.run(),
            Command::Init(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Status(command) => command.run(),
            Command::Keys(command) => command.run(),
            Command::Encrypt(command) => command.run(),
            Command::Decrypt(command) => command.run(),
            Command::ReEncrypt(command) => command.run(),
            Command::Sign(command) => command.run(),
            Command::Verify(command) => command.run(),
            Command::Mac(command) => command.run(),
            Command::VerifyMac(command) => command.run(),
            Command::DataKey(command) => command.run(),
            Command::DataKeyPair(command) => command.run(),
            Command::RawEncrypt(command) => command.run(),
            Command::RawDecrypt(command) => command.run(),
            Command::Random(command) => command.run(),
            Command::PublicKey(command) => command.run(),
            Command::Derive(command) => command.run(),
            Command::Grants(command) => command.run(),
            Command::Ca(command) => command.run(),
            Command::Principals(command) => command.run(),
            Command::Credentials(command) => command.run(),
            Command::Policies(command) => command.run(),
            Command::Keyslots(command) => command.run(),
            Command::Providers(command) => command.run(),
            Command::RootKey(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Backup(command) => command.run(),
            Command::Restore(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

/// Writes the answer of a command. Whoever closed the other end has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("the answer can't be written").because(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
