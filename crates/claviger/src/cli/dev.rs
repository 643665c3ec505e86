use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use claviger_types::AuditMode;

use super::print;
use crate::{
    data_dir::LockedDir,
    dev::{self, Environment},
    devices::Devices,
    failure::{Failure, Result},
    first,
    listen::{self, Listeners},
    logging, open, process, server,
};

/// Serve without configuration, for development, on loopback only
///
/// Makes a data directory with keys, a certificate and credentials, or uses it again, and prints what clients export.
#[derive(Args)]
pub(super) struct Dev {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "./claviger-data")]
    data: PathBuf,
    /// Where to serve HTTPS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443")]
    listen: SocketAddr,
    /// Serve the same without encryption, too
    #[arg(long, value_name = "ADDRESS")]
    insecure_http: Option<SocketAddr>,
    /// When a call is answered: after its record is on the disk, or (faster) before
    #[arg(long, value_enum, default_value_t = Audit::Durable)]
    audit: Audit,
}

#[derive(Clone, Copy, ValueEnum)]
enum Audit {
    Buffered,
    Durable,
}

impl Dev {
    pub(super) fn run(self) -> Result<()> {
        let mut config = dev::config(self.data.clone(), self.listen, self.insecure_http)?;
        config.audit.mode = match self.audit {
            Audit::Buffered => AuditMode::Buffered,
            Audit::Durable => AuditMode::Durable,
        };
        logging::start(&config.log)?;
        process::keep_memory_private();
        let dir = dev::directory(&config.data)?;
        let seal = first::header(&dir, &dev::key_file(&dir)?, "development")?;
        let installation = first::installation(&dir, None)?;
        let tls = listen::tls_config(&dev::tls(&dir)?)?;
        let idle = server::Idle::default();
        server::runtime(&config, &idle)?.block_on(async {
            let ending = server::Ending::new()?;
            let listeners = self.bind(&dir, tls)?;
            let https = listeners.https_address().ok_or_else(|| Failure::new("the address is not known"))?;
            let insecure_http = listeners.insecure_http_address();
            let opened = open::open(dir, &installation, seal, &config, &Devices::default()).await?;
            dev::people(&opened).await?;
            config.gokms = Some(dev::gokms(&opened).await?);
            let google = dev::google(&opened, https).await?;
            let environment = Environment::of(&opened, &config, https, insecure_http, &google).await?;
            environment.write(&opened.dir)?;
            announce(&environment, &opened.dir, https)?;
            server::run(opened, listeners, &config, &idle, ending).await
        })
    }

    fn bind(&self, dir: &LockedDir, tls: std::sync::Arc<rustls::ServerConfig>) -> Result<Listeners> {
        let insecure_http = self.insecure_http.map(|address| listen::bind_tcp(address, "--insecure-http"));
        Ok(Listeners {
            https: Some((listen::bind_tcp(self.listen, "--listen")?, tls)),
            insecure_http: insecure_http.transpose()?,
            socket: Some(listen::bind_unix(dir.socket(), 0o600)?),
            kmip: Vec::new(),
        })
    }
}

fn announce(environment: &Environment, dir: &LockedDir, https: SocketAddr) -> Result<()> {
    let file = dir.dev_env();
    print(&format!(
        "# Claviger serves https://{https} for development. These lines are also in {}:\n{}",
        file.display(),
        environment.text()
    ))
}
