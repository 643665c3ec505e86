use clap::{Args, Subcommand};
use claviger_api as api;
use claviger_provider_pkcs11::Pkcs11Provider;
use claviger_types::ProviderName;

use super::{arguments::ServiceArgs, drain::Drain, roll::Roll, show::Table, sweep::Sweep};
use crate::{
    devices,
    failure::{Failure, Result},
};

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
    /// Move keys to another provider, by new versions that are made there
    Roll(Roll),
    /// What is still in a provider, and destroying what nothing needs any more
    Drain(Drain),
    /// What a crash left in a device, and removing it
    Sweep(Sweep),
    /// Let the PIN of a token be tried again after one that failed; on the machine of the service, when the PIN is right
    ///
    /// A wrong PIN is tried once and never again, also not after a restart: tokens lock themselves after a few.
    ForgetPinFailure {
        /// The name that the provider is configured under
        name: ProviderName,
    },
}

impl Providers {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            ProvidersCommand::List => {
                let status: api::Status = self.service.client()?.get(&["status"], &[])?;
                self.service.format().show(&status.providers, |providers| table(providers))
            }
            ProvidersCommand::Roll(roll) => roll.run(&self.service.client()?, self.service.format()),
            ProvidersCommand::Drain(drain) => drain.run(&self.service.client()?, self.service.format()),
            ProvidersCommand::Sweep(sweep) => sweep.run(&self.service.client()?, self.service.format()),
            ProvidersCommand::ForgetPinFailure { name } => {
                let latch = devices::pin_latch(&self.service.data_directory(), &name);
                let failed = || Failure::at(format!("{} can't be removed", latch.display()));
                Pkcs11Provider::clear_pin_latch(&latch).map_err(failed())?;
                self.service.format().done(&format!("the PIN of {name} may be tried again"))
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
