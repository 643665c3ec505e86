use clap::{Args, Subcommand};
use claviger_api as api;

use super::{
    arguments::ServiceArgs,
    client::Client,
    openers::OpenerArgs,
    show::{Facts, short_time},
};
use crate::failure::Result;

/// The key that encrypts every stored secret
#[derive(Args)]
pub(super) struct RootKey {
    #[command(subcommand)]
    command: RootKeyCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum RootKeyCommand {
    /// Which root key there is, and how far a rotation has come
    Status,
    /// Make a new root key and encrypt everything anew, while the service goes on
    ///
    /// Each keyslot has to be opened again, by a passphrase or key file that is given here, or is dropped. Those of devices
    /// are opened by the service.
    Rotate {
        #[command(flatten)]
        keep: OpenerArgs,
        /// Id of a keyslot that is not kept; may be given again
        #[arg(long, value_name = "KEYSLOT")]
        drop: Vec<String>,
    },
}

impl RootKey {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        let root_key: api::RootKey = match self.command {
            RootKeyCommand::Status => client.get(&["root-key"], &[])?,
            RootKeyCommand::Rotate { keep, drop } => {
                let asks = keep.is_given() || has_passphrase(&client, &drop)?;
                let keep = if asks { keep.secrets()? } else { Vec::new() };
                let body = api::RotateRootKey { keep, drop };
                client.post_body(&["root-key", "rotate"], &body)?
            }
        };
        format.show(&root_key, facts)
    }
}

/// Whether there is a slot to be kept that a person may know the passphrase of.
fn has_passphrase(client: &Client, drop: &[String]) -> Result<bool> {
    let list: api::KeyslotList = client.get(&["keyslots"], &[])?;
    let kept = list.keyslots.iter().filter(|slot| !drop.contains(&slot.id));
    Ok(kept.into_iter().any(|slot| slot.kind == api::KeyslotKind::Passphrase.to_string()))
}

fn facts(root_key: &api::RootKey) -> String {
    let mut facts = Facts::default();
    facts.add("generation", root_key.generation);
    match &root_key.finish_not_before {
        None => facts.add("rotation", "none under way"),
        Some(time) => {
            let old: Vec<_> = root_key.retired.iter().map(ToString::to_string).collect();
            facts.add("rotation", format!("under way; {} secrets encrypted anew", root_key.resealed));
            facts.add(
                "old root keys",
                format!("{}, kept until {} or later", old.join(", "), short_time(time)),
            );
        }
    }
    facts.add_some("problem", root_key.problem.as_ref());
    facts.render()
}
