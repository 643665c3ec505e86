use clap::Args;
use claviger_api as api;
use claviger_api::OrphanKind;
use serde::Serialize;

use super::{
    client::{Client, Outcome},
    show::{Format, Table, short_time},
};
use crate::failure::{Failure, Result};

/// What a crash left in a device, and removing it
///
/// Lists the keys in the device that the service made or seems to have made, and that none of its keys is made of: those that
/// were being made when a crash came, at least ten minutes ago; those that are destroyed, but the device was not there then;
/// those that were announced, and are gone or never were there; and those of which nothing is known. The last may be of
/// another installation that uses the same device, so they are removed only with --unknown. Keys that were not made by a
/// Claviger are never listed nor removed.
#[derive(Args)]
pub(super) struct Sweep {
    /// The device
    provider: String,
    /// Remove what was interrupted, and what is destroyed, and forget what is gone
    #[arg(long)]
    remove: bool,
    /// Remove also that of which nothing is known: only if no other installation uses the device
    #[arg(long, requires = "remove")]
    unknown: bool,
}

#[derive(Serialize)]
struct Swept {
    #[serde(flatten)]
    orphan: api::Orphan,
    removed: bool,
    /// Why it could not be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Sweep {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        let path = ["providers", &self.provider, "orphans"];
        let list: api::OrphanList = client.look(&path, &[])?;
        let keep = |orphan| Swept { orphan, removed: false, problem: None };
        let mut swept: Vec<Swept> = list.orphans.into_iter().map(keep).collect();
        for orphan in swept.iter_mut().filter(|orphan| self.is_to_go(orphan.orphan.kind)) {
            orphan.remove(client, &self.provider)?;
        }
        format.show(&swept, |swept| table(swept))?;
        match swept.iter().any(|orphan| orphan.problem.is_some()) {
            true => Err(Failure::told()),
            false => Ok(()),
        }
    }

    fn is_to_go(&self, kind: OrphanKind) -> bool {
        match kind {
            OrphanKind::Destroyed | OrphanKind::Gone | OrphanKind::Interrupted => self.remove,
            OrphanKind::Unknown => self.remove && self.unknown,
        }
    }
}

impl Swept {
    fn remove(&mut self, client: &Client, provider: &str) -> Result<()> {
        let path = ["providers", provider, "orphans", &self.orphan.tag, "remove"];
        let body = api::RemoveOrphan { kind: self.orphan.kind };
        match client.try_act_with(&path, &body)? {
            Outcome::Done(()) => self.removed = true,
            Outcome::Refused(problem) if problem.reason == "DryRun" => {}
            Outcome::Refused(problem) => {
                self.problem = Some(format!("{} ({})", problem.detail, problem.reason));
            }
        }
        Ok(())
    }
}

fn table(swept: &[Swept]) -> String {
    let mut table = Table::new(["TAG", "IN THE DEVICE", "KIND", "SINCE", "REMOVED"]);
    for Swept { orphan, removed, problem } in swept {
        let removed = match (problem, removed) {
            (Some(problem), _) => problem.clone(),
            (None, true) => "yes".to_owned(),
            (None, false) => "no".to_owned(),
        };
        let since = orphan.since.as_deref().map_or("-".to_owned(), short_time);
        let device_id = orphan.device_id.clone().unwrap_or_else(|| "-".to_owned());
        table.row([orphan.tag.clone(), device_id, orphan.kind.to_string(), since, removed]);
    }
    table.render("no orphans")
}
