use clap::Args;
use claviger_api as api;
use claviger_ports::Clock;

use super::{
    arguments::ServiceArgs,
    show::{Facts, short_time},
};
use crate::{ambient::SystemClock, failure::Result};

/// Copy everything that a restore needs, while the service goes on
///
/// The copy is a directory on the server, below its data directory. Take it elsewhere, and the audit log with it. Every
/// secret in it is encrypted; a restore needs what opens one of the keyslots of now.
#[derive(Args)]
pub(super) struct Backup {
    /// What it is called [default: the time]
    name: Option<String>,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Backup {
    pub(super) fn run(self) -> Result<()> {
        let name = self.name.unwrap_or_else(|| short_time(&SystemClock.now().to_string()).replace(':', "-"));
        let backup: api::Backup =
            self.service.client()?.post_body(&["backups"], &api::MakeBackup { name })?;
        self.service.format().show(&backup, |backup| {
            let mut facts = Facts::default();
            facts.add("backup", &backup.location);
            facts.add("bytes", backup.bytes);
            facts.add_some("audit log up to", backup.audit_seq);
            facts.render()
        })
    }
}
