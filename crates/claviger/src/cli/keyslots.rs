use clap::{Args, Subcommand};
use claviger_api as api;

use super::{
    arguments::ServiceArgs,
    openers::{OPENERS, OpenerArgs},
    show::{Table, short_time},
};
use crate::failure::Result;

/// The ways to open the root key
#[derive(Args)]
pub(super) struct Keyslots {
    #[command(subcommand)]
    command: KeyslotsCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum KeyslotsCommand {
    /// The keyslots
    List,
    /// Let another passphrase, key file or device open the root key
    Add {
        /// What its owner calls it
        #[arg(long)]
        label: String,
        /// A provider of the service's configuration, whose device opens it without a secret
        #[arg(long, value_name = "NAME", conflicts_with_all = OPENERS)]
        provider: Option<String>,
        /// A key in the device: a PKCS#11 URI with object= or id=, or a unique identifier of KMIP [default: one is made for the
        /// slot]
        #[arg(long, value_name = "KEY", requires = "provider")]
        key: Option<String>,
        #[command(flatten)]
        opener: OpenerArgs,
    },
    /// Let a passphrase, key file or device open the root key no longer
    Remove {
        /// Id of the slot
        keyslot: String,
    },
}

impl Keyslots {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            KeyslotsCommand::List => {
                let list: api::KeyslotList = client.get(&["keyslots"], &[])?;
                format.show(&list, table)
            }
            KeyslotsCommand::Add { label, provider, key, opener } => {
                let body = match provider {
                    Some(provider) => {
                        let device = Some(api::SlotDevice { provider, key });
                        api::AddKeyslot { label, opener: None, device }
                    }
                    None => api::AddKeyslot { label, opener: Some(opener.new_secret()?), device: None },
                };
                let slot: api::Keyslot = client.post_body(&["keyslots"], &body)?;
                format.show(&slot, |slot| {
                    format!(
                        "keyslot {} is added; copy keyslots.json to where the backups are, since older copies do not \
                         have it\n",
                        slot.id
                    )
                })
            }
            KeyslotsCommand::Remove { keyslot } => {
                let removed: api::KeyslotRemoved = client.delete(&["keyslots", &keyslot])?;
                format.show(&removed, |removed| format!("{}\n", removed.advice))
            }
        }
    }
}

fn table(list: &api::KeyslotList) -> String {
    let mut table = Table::new(["KEYSLOT", "KIND", "LABEL", "CREATED", "PARAMETERS"]);
    for slot in &list.keyslots {
        // What is random tells people nothing.
        let shown = |name: &str| !matches!(name, "check" | "commitment" | "salt");
        let parameters: Vec<_> = slot
            .parameters
            .iter()
            .filter(|(name, _)| shown(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        table.row([
            slot.id.clone(),
            slot.kind.clone(),
            slot.label.clone(),
            short_time(&slot.created),
            parameters.join(" "),
        ]);
    }
    table.render("no keyslots")
}
