use clap::{Args, Subcommand};
use claviger_api as api;

use super::{arguments::ServiceArgs, show::Table};
use crate::failure::Result;

/// What holds the keys: software, and devices that are configured
#[derive(Args)]
pub(super) struct Providers {
    #[command(subcommand)]
    command: ProvidersCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum ProvidersCommand {
    /// Which there are, and how they are
    List,
}

impl Providers {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            ProvidersCommand::List => {
                let status: api::Status = self.service.client()?.get(&["status"], &[])?;
                self.service.format().show(&status.providers, |providers| table(providers))
            }
        }
    }
}

fn table(providers: &[api::Provider]) -> String {
    let mut table = Table::new(["NAME", "KIND", "PROTECTION", "STATE", "ID"]);
    for provider in providers {
        let state = match &provider.problem {
            Some(problem) => format!("{}: {problem}", provider.state),
            None => provider.state.to_string(),
        };
        table.row([
            provider.name.clone(),
            provider.kind.clone(),
            provider.protection_level.to_string(),
            state,
            provider.id.clone().unwrap_or_default(),
        ]);
    }
    table.render("no providers")
}
