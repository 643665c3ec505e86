use std::{env, net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use crate::{
    demo::{self, Site},
    failure::Result,
};

/// See what the service is for, with a running 'claviger dev'
#[derive(Args)]
pub(super) struct Demo {
    #[command(subcommand)]
    command: DemoCommand,
}

#[derive(Subcommand)]
enum DemoCommand {
    /// A server and a client that prove themselves to each other with keys that neither of them has
    ///
    /// Makes a certificate authority, two keys with certificates, and two principals that may use one of the keys each.
    /// At its end it says how to clean up. Run again, it makes all of it anew.
    Mtls(Mtls),
}

#[derive(Args)]
struct Mtls {
    /// The data directory of the service [default: $CLAVIGER_DATA, or ./claviger-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the server listens; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Go on to serve, for other clients, until it is interrupted
    #[arg(long)]
    keep: bool,
    /// A certificate authority of the service that certifies both [default: a new one]
    #[arg(long, value_name = "CA")]
    ca: Option<String>,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        match self.command {
            DemoCommand::Mtls(mtls) => mtls.run(),
        }
    }
}

impl Mtls {
    fn run(self) -> Result<()> {
        let from_environment =
            || env::var_os("CLAVIGER_DATA").filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = self.data.or_else(from_environment).unwrap_or_else(|| PathBuf::from("./claviger-data"));
        let Self { listen, keep, ca, .. } = self;
        demo::Mtls { site: Site::of(data)?, listen, keep, ca }.run()
    }
}
