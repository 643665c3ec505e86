use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, print};
use crate::failure::Result;

/// Print the completions for a shell
#[derive(Args)]
pub(super) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "claviger", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}
