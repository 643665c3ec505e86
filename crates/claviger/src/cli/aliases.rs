use axum::http::Method;
use clap::Subcommand;
use claviger_api as api;

use super::{
    client::Client,
    show::{Format, Table, short_time},
};
use crate::failure::Result;

/// What is done with aliases; they are written with or without alias/.
#[derive(Subcommand)]
pub(super) enum AliasCommand {
    /// Give a key a second name
    Create { alias: String, key: String },
    /// Give an alias to another key
    Update { alias: String, key: String },
    /// Take an alias away from its key
    Delete { alias: String },
    /// The aliases of the project
    List,
}

impl AliasCommand {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        match self {
            Self::Create { alias, key } => {
                let body = api::CreateAlias { alias: alias.clone(), key: key.clone() };
                client.act_with(Method::POST, &["aliases"], &body)?;
                format.done(&format!("{alias} names {key}"))
            }
            Self::Update { alias, key } => {
                let body = api::UpdateAlias { key: key.clone() };
                client.act_with(Method::PUT, &["aliases", &alias], &body)?;
                format.done(&format!("{alias} names {key}"))
            }
            Self::Delete { alias } => {
                client.act(Method::DELETE, &["aliases", &alias])?;
                format.done(&format!("{alias} names nothing any more"))
            }
            Self::List => list(client, format),
        }
    }
}

fn list(client: &Client, format: Format) -> Result<()> {
    let mut all = api::AliasList { aliases: Vec::new(), next: None };
    loop {
        let mut query = vec![("limit", "1000".to_owned())];
        query.extend(all.next.take().map(|next| ("after", next)));
        let page: api::AliasList = client.get(&["aliases"], &query)?;
        all.aliases.extend(page.aliases);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    format.show(&all, |list| {
        let mut table = Table::new(["ALIAS", "KEY", "UPDATED"]);
        for alias in &list.aliases {
            table.row([format!("alias/{}", alias.alias), alias.key.clone(), short_time(&alias.updated)]);
        }
        table.render("no aliases")
    })
}
