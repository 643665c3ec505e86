//! The commands: one file each. A command reads its arguments, does what it says, and tells what to do next.

mod completions;
mod dev;
mod init;
mod serve;

use std::io::{self, Write};

use clap::{Parser, Subcommand};

use crate::failure::{Failure, Result};

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
    Init(init::Init),
    Serve(serve::Serve),
    Completions(completions::Completions),
}

impl Cli {
    /// Does what the command says.
    pub(crate) fn run(self) -> Result<()> {
        match self.command {
            Command::Dev(command) => command.run(),
            Command::Init(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

/// Writes the answer of a command. Whoever closed the other end has seen enough.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("the answer can't be written").because(error))
        }
        _ => Ok(()),
    }
}
