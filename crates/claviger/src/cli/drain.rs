use clap::Args;
use claviger_api as api;
use serde::Serialize;

use super::{
    client::{Client, Outcome},
    confirm::confirm,
    roll::{OnlyKeys, in_provider},
    show::{Format, Table, short_time},
};
use crate::failure::{Failure, Result};

/// What is still in a provider, and destroying what nothing needs any more
///
/// With --destroy, the destruction of every version that is neither primary nor otherwise needed is scheduled, after the
/// waiting period of its key. Until then 'keys restore-version' takes that back. When they are destroyed, they are removed
/// from the device.
#[derive(Args)]
pub(super) struct Drain {
    /// The provider
    provider: String,
    #[command(flatten)]
    only: OnlyKeys,
    /// Schedule the destruction of what nothing needs any more
    #[arg(long)]
    destroy: bool,
    /// Do not ask
    #[arg(long, requires = "destroy")]
    yes: bool,
}

/// A version that is there.
#[derive(Serialize)]
struct There {
    key: String,
    version: u32,
    state: api::VersionState,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destroy_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    /// Why its destruction could not be scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Drain {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        let list = in_provider(client, &self.provider)?;
        let keys = self.only.of(list.keys, &self.provider)?;
        let mut there: Vec<There> = keys.iter().flat_map(versions_there).collect();
        if !self.destroy {
            return format.show(&there, |there| table(there));
        }
        let count = there.iter().filter(|version| version.may_go()).count();
        if count > 0 && !self.yes {
            let versions = if count == 1 { "1 version".to_owned() } else { format!("{count} versions") };
            confirm(&format!(
                "{versions} in {} will be destroyed after the waiting period of their keys; what they encrypted can't be \
                 decrypted then",
                self.provider
            ))?;
        }
        for version in there.iter_mut().filter(|version| version.may_go()) {
            version.destroy(client, &self.provider)?;
        }
        format.show(&there, |there| table(there))?;
        let is_left = |version: &There| version.needed.is_some() || version.problem.is_some();
        match there.iter().any(is_left) {
            false => Ok(()),
            true => Err(Failure::new(format!(
                "something is still needed in {0}; 'claviger providers roll --from {0}' moves keys",
                self.provider
            ))),
        }
    }
}

impl There {
    fn may_go(&self) -> bool {
        let is_usable = matches!(self.state, api::VersionState::Active | api::VersionState::Disabled);
        is_usable && self.needed.is_none()
    }

    /// What was listed may be needed again by now, so that the service is told on which condition it is to go.
    fn destroy(&mut self, client: &Client, provider: &str) -> Result<()> {
        let path = ["keys", &self.key, "versions", &self.version.to_string(), "destroy"];
        let query = [("unneeded_in", provider.to_owned())];
        match client.try_post::<api::ChangedVersion>(&path, &query)? {
            Outcome::Done(changed) => {
                self.state = changed.state;
                self.destroy_at = changed.destroy_at;
            }
            Outcome::Refused(problem) if problem.reason == "DryRun" => {}
            Outcome::Refused(problem) => {
                self.problem = Some(format!("{} ({})", problem.detail, problem.reason));
            }
        }
        Ok(())
    }
}

fn versions_there(key: &api::ProviderKey) -> impl Iterator<Item = There> {
    key.there.iter().filter_map(|there| {
        let version = key.key.versions.iter().find(|version| version.number == there.version)?;
        Some(There {
            key: key.key.summary.id.clone(),
            version: version.number,
            state: version.state,
            needed: there.needed.clone(),
            last_used: version.last_used.clone(),
            destroy_at: version.destroy_at.clone(),
            device_id: version.device_id.clone(),
            problem: None,
        })
    })
}

fn table(versions: &[There]) -> String {
    let mut table = Table::new(["KEY", "VERSION", "STATE", "NEEDED", "LAST USED", "DESTROYED AT"]);
    let time = |time: &Option<String>| time.as_deref().map_or("-".to_owned(), short_time);
    for version in versions {
        let needed = match (&version.needed, &version.problem) {
            (_, Some(problem)) => problem.clone(),
            (Some(needed), None) => needed.clone(),
            (None, None) => "no".to_owned(),
        };
        table.row([
            version.key.clone(),
            version.version.to_string(),
            version.state.to_string(),
            needed,
            time(&version.last_used),
            time(&version.destroy_at),
        ]);
    }
    table.render("nothing is there")
}
