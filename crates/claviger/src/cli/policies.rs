use std::path::PathBuf;

use axum::http::Method;
use clap::{Args, Subcommand};
use claviger_api as api;

use super::{
    arguments::{ContextArgs, ServiceArgs},
    client::Client,
    data,
    show::{Format, Table, printable, short_time},
};
use crate::failure::{Failure, Result};

/// What principals may do, and why
#[derive(Args)]
pub(super) struct Policies {
    #[command(subcommand)]
    command: PoliciesCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum PoliciesCommand {
    /// Give a principal a policy, or replace the one of that name
    Put {
        principal: String,
        name: String,
        /// An IAM policy document in JSON; - is the standard input
        #[arg(long, value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
    /// The policies of a principal
    List { principal: String },
    /// Print a policy as it was written
    Show { principal: String, name: String },
    /// Take a policy away from a principal
    Delete { principal: String, name: String },
    /// Whether somebody may do something, and which statement decides; the exit code is 1 if not
    Test(Test),
}

#[derive(Args)]
struct Test {
    /// Who
    principal: String,
    /// The action, as policies write it: kms:Encrypt
    action: String,
    /// The key, if the action is about one
    key: Option<String>,
    #[command(flatten)]
    context: ContextArgs,
    /// The address that the call would come from
    #[arg(long, value_name = "ADDRESS")]
    source_ip: Option<String>,
}

impl Policies {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            PoliciesCommand::Put { principal, name, file } => {
                let body = api::PutIdentityPolicy { policy: data::read_text(&file)? };
                client.act_with(Method::PUT, &["principals", &principal, "policies", &name], &body)?;
                format.done(&format!("{principal} has the policy {name}"))
            }
            PoliciesCommand::List { principal } => format.show(&all(&client, &principal)?, table),
            PoliciesCommand::Show { principal, name } => {
                let found = all(&client, &principal)?.policies.into_iter().find(|policy| policy.name == name);
                let policy =
                    found.ok_or_else(|| Failure::new(format!("{principal} has no policy {name}")))?;
                format.show(&policy, |policy| policy.policy.trim_end().to_owned() + "\n")
            }
            PoliciesCommand::Delete { principal, name } => {
                client.act(Method::DELETE, &["principals", &principal, "policies", &name])?;
                format.done(&format!("{principal} has no policy {name} any more"))
            }
            PoliciesCommand::Test(test) => test.run(&client, format),
        }
    }
}

impl Test {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::Simulate {
            principal: self.principal,
            action: self.action,
            key: self.key,
            encryption_context: self.context.context()?,
            source_ip: self.source_ip,
        };
        let simulated: api::Simulated = client.post_body(&["simulate"], &body)?;
        format.show(&simulated, |simulated| {
            let verdict = if simulated.allowed { "yes" } else { "no" };
            format!("{verdict}: {}\n", printable(&simulated.reason))
        })?;
        if simulated.allowed { Ok(()) } else { Err(Failure::told()) }
    }
}

fn all(client: &Client, principal: &str) -> Result<api::IdentityPolicyList> {
    client.get(&["principals", principal, "policies"], &[])
}

fn table(list: &api::IdentityPolicyList) -> String {
    let mut table = Table::new(["POLICY", "UPDATED"]);
    for policy in &list.policies {
        table.row([policy.name.clone(), short_time(&policy.updated)]);
    }
    table.render("no policies")
}
