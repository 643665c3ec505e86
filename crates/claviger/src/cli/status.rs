use clap::Args;
use claviger_api as api;

use super::{
    arguments::ServiceArgs,
    show::{Facts, short_time},
};
use crate::failure::{Failure, Result};

/// How the service is; the exit code is 1 if something is out of order
#[derive(Args)]
pub(super) struct Status {
    #[command(flatten)]
    service: ServiceArgs,
}

impl Status {
    pub(super) fn run(self) -> Result<()> {
        let status: api::Status = self.service.client()?.get(&["status"], &[])?;
        self.service.format().show(&status, facts)?;
        if status.problems.is_empty() { Ok(()) } else { Err(Failure::told()) }
    }
}

fn facts(status: &api::Status) -> String {
    let mut facts = Facts::default();
    facts.add("version", &status.version);
    facts.add("running since", short_time(&status.started));
    facts.add("region", &status.region);
    facts.add("account", &status.account);
    facts.add("you are", &status.caller);
    facts.add("keys", status.keys);
    facts.add("root key generation", status.root_key_generation);
    facts.add_some("audit records", status.audit.as_ref().map(|head| head.seq));
    match status.problems.is_empty() {
        true => facts.add("problems", "none"),
        false => status.problems.iter().for_each(|problem| facts.add("PROBLEM", problem)),
    }
    facts.render()
}
