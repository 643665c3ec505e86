use clap::{Args, Subcommand};
use claviger_api as api;

use super::{
    arguments::ServiceArgs,
    show::{Facts, Table, short_time},
};
use crate::failure::Result;

/// Who may call
#[derive(Args)]
pub(super) struct Principals {
    #[command(subcommand)]
    command: PrincipalsCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum PrincipalsCommand {
    /// Make a principal, which may do nothing until a policy allows it
    Create { name: String },
    /// The principals of the project
    List,
    /// A principal
    Show { name: String },
    /// Refuse a principal whatever its credentials
    Disable { name: String },
    /// Let a disabled principal call again
    Enable { name: String },
}

impl Principals {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        let principal: api::Principal = match self.command {
            PrincipalsCommand::List => {
                let list: api::PrincipalList = client.get(&["principals"], &[])?;
                return format.show(&list, table);
            }
            PrincipalsCommand::Create { name } => {
                client.post_body(&["principals"], &api::CreatePrincipal { name })?
            }
            PrincipalsCommand::Show { name } => client.get(&["principals", &name], &[])?,
            PrincipalsCommand::Disable { name } => client.post(&["principals", &name, "disable"])?,
            PrincipalsCommand::Enable { name } => client.post(&["principals", &name, "enable"])?,
        };
        format.show(&principal, facts)
    }
}

fn facts(principal: &api::Principal) -> String {
    let mut facts = Facts::default();
    facts.add("principal", &principal.name);
    facts.add("id", &principal.id);
    facts.add("arn", &principal.arn);
    facts.add("state", state(principal));
    facts.add("created", short_time(&principal.created));
    facts.render()
}

fn table(list: &api::PrincipalList) -> String {
    let mut table = Table::new(["PRINCIPAL", "STATE", "CREATED", "ARN"]);
    for principal in &list.principals {
        table.row([
            principal.name.clone(),
            state(principal).to_owned(),
            short_time(&principal.created),
            principal.arn.clone(),
        ]);
    }
    table.render("no principals")
}

fn state(principal: &api::Principal) -> &'static str {
    if principal.disabled { "disabled" } else { "enabled" }
}
