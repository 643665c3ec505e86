use axum::http::Method;
use clap::{ArgGroup, Args, Subcommand};
use claviger_api::{self as api, GrantOperation};

use super::{
    arguments::{ServiceArgs, pair, pairs},
    client::Client,
    show::{Facts, Format, Table, short_time},
};
use crate::failure::{Failure, Result};

/// Let principals use a key without touching its policy
#[derive(Args)]
pub(super) struct Grants {
    #[command(subcommand)]
    command: GrantsCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum GrantsCommand {
    /// Let a principal use a key
    Create(Create),
    /// The grants of a key
    List {
        key: String,
        /// Only those of this grantee, an ARN
        #[arg(long, value_name = "ARN")]
        grantee: Option<String>,
    },
    /// The grants that a principal may retire
    ListRetirable {
        /// ARN of the principal
        principal: String,
    },
    /// Take back a grant
    Revoke { key: String, grant: String },
    /// Take back a grant, by those whom the grant itself allows it
    #[command(group(ArgGroup::new("which").required(true).args(["key", "token"])))]
    Retire {
        /// The key, by id or ARN
        #[arg(requires = "grant")]
        key: Option<String>,
        grant: Option<String>,
        /// The token that the grant's creation gave, instead
        #[arg(long, conflicts_with_all = ["key", "grant"])]
        token: Option<String>,
    },
}

#[derive(Args)]
struct Create {
    key: String,
    /// ARN of the principal that may use the key
    #[arg(long, value_name = "ARN")]
    grantee: String,
    /// What it may do; may be given again
    #[arg(long = "operation", value_name = "OPERATION", required = true)]
    operations: Vec<GrantOperation>,
    /// ARN of a principal that may retire the grant
    #[arg(long, value_name = "ARN")]
    retiring: Option<String>,
    /// The encryption context must be exactly these pairs; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, conflicts_with = "context_subset")]
    context_equals: Vec<(String, String)>,
    /// The encryption context must hold these pairs; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    context_subset: Vec<(String, String)>,
    /// A name that makes the creation idempotent
    #[arg(long)]
    name: Option<String>,
}

impl Grants {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            GrantsCommand::Create(create) => create.run(&client, format),
            GrantsCommand::List { key, grantee } => {
                let filter = grantee.map(|grantee| ("grantee", grantee));
                list(&client, format, &["keys", &key, "grants"], filter)
            }
            GrantsCommand::ListRetirable { principal } => {
                list(&client, format, &["retirable-grants"], Some(("principal", principal)))
            }
            GrantsCommand::Revoke { key, grant } => {
                client.act(Method::DELETE, &["keys", &key, "grants", &grant])?;
                format.done(&format!("{grant} is revoked"))
            }
            GrantsCommand::Retire { token: Some(token), .. } => {
                client.act_with(Method::POST, &["retire-grant"], &api::RetireGrant { token })?;
                format.done("the grant is retired")
            }
            GrantsCommand::Retire { key: Some(key), grant: Some(grant), .. } => {
                client.act(Method::POST, &["keys", &key, "grants", &grant, "retire"])?;
                format.done(&format!("{grant} is retired"))
            }
            GrantsCommand::Retire { .. } => Err(Failure::usage("give a key and a grant, or --token")),
        }
    }
}

impl Create {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let constraint = match (self.context_equals.is_empty(), self.context_subset.is_empty()) {
            (true, true) => None,
            (false, _) => {
                Some(api::GrantConstraint::ContextEquals(pairs(&self.context_equals, "--context-equals")?))
            }
            (true, false) => {
                Some(api::GrantConstraint::ContextSubset(pairs(&self.context_subset, "--context-subset")?))
            }
        };
        let body = api::CreateGrant {
            grantee: self.grantee,
            retiring: self.retiring,
            operations: self.operations,
            constraint,
            name: self.name,
        };
        let created: api::CreatedGrant = client.post_body(&["keys", &self.key, "grants"], &body)?;
        format.show(&created, |created| {
            let mut facts = Facts::default();
            facts.add("grant", &created.id);
            facts.add("token", &created.token);
            facts.render()
        })
    }
}

fn list(client: &Client, format: Format, path: &[&str], filter: Option<(&str, String)>) -> Result<()> {
    let mut all = api::GrantList { grants: Vec::new(), next: None };
    loop {
        let mut query = vec![("limit", "1000".to_owned())];
        query.extend(filter.clone());
        query.extend(all.next.take().map(|next| ("after", next)));
        let page: api::GrantList = client.get(path, &query)?;
        all.grants.extend(page.grants);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    format.show(&all, table)
}

fn table(list: &api::GrantList) -> String {
    let mut table = Table::new(["GRANT", "KEY", "GRANTEE", "OPERATIONS", "CONSTRAINT", "CREATED"]);
    for grant in &list.grants {
        let operations: Vec<_> = grant.operations.iter().map(|operation| operation.as_str()).collect();
        let constraint = match &grant.constraint {
            None => String::new(),
            Some(api::GrantConstraint::ContextEquals(pairs)) => format!("equals {}", text(pairs)),
            Some(api::GrantConstraint::ContextSubset(pairs)) => format!("holds {}", text(pairs)),
        };
        table.row([
            grant.id.clone(),
            grant.key.clone(),
            grant.grantee.clone(),
            operations.join(","),
            constraint,
            short_time(&grant.created),
        ]);
    }
    table.render("no grants")
}

fn text(pairs: &std::collections::BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(",")
}
