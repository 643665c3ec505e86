use std::{collections::BTreeMap, path::PathBuf};

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::{arguments::FormatArgs, openers::OpenerArgs, show::short_time};
use crate::{
    config::Config,
    devices::Devices,
    failure::{Failure, Result},
    process,
    restore::{self, Request, Restored},
};

/// Put a backup into an empty data directory
///
/// Reapplies what the audit log tells since the backup: keys that were destroyed stay destroyed, credentials that were
/// revoked stay revoked. Everything else that was changed since is lost, and told.
#[derive(Args)]
#[command(group(ArgGroup::new("log").required(true).args(["audit", "without_audit"])))]
pub(super) struct Restore {
    /// The directory of the backup
    backup: PathBuf,
    /// The new data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The audit log that the installation has kept since, whose service is stopped; it is copied and goes on
    #[arg(long, value_name = "DIR")]
    audit: Option<PathBuf>,
    /// The audit log is lost: accept that keys which were destroyed since come back
    #[arg(long)]
    without_audit: bool,
    /// A configuration whose [[unlock]] and [[providers]] are used too: for keyslots that devices open
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    opener: OpenerArgs,
    #[command(flatten)]
    format: FormatArgs,
}

impl Restore {
    pub(super) fn run(self) -> Result<()> {
        process::keep_memory_private();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Failure::at("threads can't be started"))?;
        let config = self.config.as_deref().map(Config::load).transpose()?;
        let devices = config.as_ref().map(|config| Devices::prepare(config, &self.backup)).transpose()?;
        let mut sources = config.map(|config| config.unlock).unwrap_or_default();
        if sources.is_empty() || self.opener.is_given() {
            sources.extend(self.opener.sources());
        }
        let request = Request {
            backup: &self.backup,
            data: &self.data,
            audit: self.audit.as_deref(),
            unlock: &sources,
            devices: &devices.unwrap_or_default(),
        };
        let restored = runtime.block_on(restore::restore(&request))?;
        self.format.format().show(&Twin::from(&restored), |twin| twin.render(self.without_audit))
    }
}

#[derive(Serialize)]
struct Twin {
    data: String,
    destroyed: Vec<String>,
    pending: BTreeMap<String, String>,
    cancelled: Vec<String>,
    material_deleted: Vec<String>,
    disabled: Vec<String>,
    objects: Vec<String>,
    versions: Vec<String>,
    revoked: Vec<String>,
    certificates: Vec<String>,
    lost: BTreeMap<String, u64>,
    seal_changed: bool,
}

impl From<&Restored> for Twin {
    fn from(restored: &Restored) -> Self {
        let applied = &restored.applied;
        let ids = |keys: &[claviger_types::KeyId]| keys.iter().map(ToString::to_string).collect();
        Self {
            data: restored.data.display().to_string(),
            destroyed: ids(&applied.destroyed),
            pending: applied.pending.iter().map(|(key, at)| (key.to_string(), at.to_string())).collect(),
            cancelled: ids(&applied.cancelled),
            material_deleted: ids(&applied.material_deleted),
            disabled: ids(&applied.disabled),
            objects: applied.ended.iter().map(ToString::to_string).collect(),
            versions: applied.versions.iter().map(|(key, number)| format!("{key}/{number}")).collect(),
            revoked: applied.revoked.iter().map(ToString::to_string).collect(),
            certificates: applied
                .certificates
                .iter()
                .map(|(authority, serial)| format!("{authority}/{serial}"))
                .collect(),
            lost: restored.history.lost.clone(),
            seal_changed: restored.history.seal_changed,
        }
    }
}

impl Twin {
    fn render(&self, without_audit: bool) -> String {
        let mut lines = vec![format!("{} holds the backup.", self.data)];
        lines.extend(self.destroyed.iter().map(|key| format!("  {key} is destroyed again")));
        let pending =
            |(key, at): (&String, &String)| format!("  {key} will be destroyed at {}", short_time(at));
        lines.extend(self.pending.iter().map(pending));
        lines.extend(self.cancelled.iter().map(|key| format!("  {key} stays, and is disabled")));
        lines.extend(
            self.material_deleted.iter().map(|key| format!("  {key} has no imported material again")),
        );
        lines.extend(self.disabled.iter().map(|key| format!("  {key} is disabled again")));
        lines.extend(self.objects.iter().map(|id| format!("  object {id} is revoked or destroyed again")));
        lines.extend(
            self.versions.iter().map(|version| format!("  version {version} is disabled or destroyed again")),
        );
        lines.extend(self.revoked.iter().map(|id| format!("  {id} is revoked again")));
        lines.extend(self.certificates.iter().map(|name| format!("  certificate {name} is revoked again")));
        if !self.lost.is_empty() {
            lines.push(String::new());
            lines.push(
                "Lost are these changes since the backup; 'claviger audit query' tells them:".to_owned(),
            );
            lines.extend(self.lost.iter().map(|(operation, count)| format!("  {count} × {operation}")));
        }
        if self.seal_changed {
            lines.push(String::new());
            lines.push("A keyslot was removed or the root key rotated since. The backup's opens again with what opened".to_owned());
            lines.push("it then: remove the slot again and rotate the root key.".to_owned());
        }
        if without_audit {
            lines.push(String::new());
            lines.push("Without the audit log nobody can tell which keys were destroyed, which credentials revoked and".to_owned());
            lines.push("which permissions taken back since. They are as they were: look them through before you serve.".to_owned());
        }
        lines.push(String::new());
        lines.push(
            "Next: name the directory in the configuration, then 'claviger serve --config FILE --check'."
                .to_owned(),
        );
        lines.join("\n") + "\n"
    }
}
