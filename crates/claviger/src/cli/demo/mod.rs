//! Shows what the service is for, with the service itself.

mod mtls;
mod stage;

use clap::{Args, Subcommand};

use super::{arguments::ServiceArgs, data};
use crate::failure::{Failure, Result};

/// See what it is for, with a running 'claviger dev'
#[derive(Args)]
pub(super) struct Demo {
    #[command(subcommand)]
    command: DemoCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum DemoCommand {
    /// Mutual TLS between a server and a client whose private keys never leave the service
    Mtls,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            DemoCommand::Mtls => self.mtls(),
        }
    }

    fn mtls(self) -> Result<()> {
        let client = self.service.client()?;
        let address = stage::Address::of(&self.service.data_directory())?;
        let stage = stage::Stage::set(&client, &address)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Failure::at("threads can't be started"))?;
        say(&runtime.block_on(mtls::refusal(&stage))?)?;
        say(&runtime.block_on(mtls::talk(&stage))?)?;
        say("\nThe signatures of both sides, as the audit log has them:\n")?;
        for party in [&stage.server, &stage.client] {
            say(&(party.signature(&client)? + "\n"))?;
        }
        say(&format!("\n{}", stage.left()))
    }
}

fn say(text: &str) -> Result<()> {
    data::write_standard(text.as_bytes())
}
