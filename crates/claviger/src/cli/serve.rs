use std::path::PathBuf;

use clap::Args;
use claviger_core::seal::{Header, Seal};
use claviger_ports::{HeaderStore, PrincipalReads};

use super::print;
use crate::{
    config::{Config, Kmip},
    data_dir::{DataDir, LockedDir},
    devices::Devices,
    failure::{Failure, Result},
    header_file::HeaderFile,
    installation::Installation,
    listen::{self, KmipListener, Listeners},
    logging,
    open::{self, Opened},
    process, server, unlock,
};

/// Serve as a configuration says
#[derive(Args)]
pub(super) struct Serve {
    /// The configuration, TOML
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Check the configuration, the files that it names and the keyslot, and end
    #[arg(long)]
    check: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let config = Config::load(&self.config)?;
        logging::start(&config.log)?;
        process::keep_memory_private();
        let Checked { dir, installation, tls } = check(&config)?;
        if self.check {
            open_seal(&dir, &config, &Devices::prepare(&config, dir.path())?)?;
            return print(&format!("{} is good, and a keyslot opens.\n", self.config.display()));
        }
        let dir = dir.lock()?;
        let devices = Devices::prepare(&config, dir.path())?;
        let seal = open_seal(&dir, &config, &devices)?;
        let idle = server::Idle::default();
        server::runtime(&config, &idle)?.block_on(async {
            let ending = server::Ending::new()?;
            let listeners = bind(&config, &dir, tls)?;
            let https = listeners.https_address();
            let opened = open::open(dir, &installation, seal, &config, &devices).await?;
            check_somebody(&opened, &config).await?;
            tracing::info!(https = https.map(tracing::field::display), "serving");
            server::run(opened, listeners, &config, &idle, ending).await
        })
    }
}

struct Checked {
    dir: DataDir,
    installation: Installation,
    tls: Option<std::sync::Arc<rustls::ServerConfig>>,
}

/// Everything but the keyslots that can be checked beside a running service.
fn check(config: &Config) -> Result<Checked> {
    let dir = DataDir::open(&config.data)?;
    let shown = dir.path().display();
    if dir.is_development() {
        return Err(Failure::new(format!(
            "{shown} was made by 'claviger dev', and its secrets lie in the clear; make another with 'claviger init'"
        )));
    }
    let installation = Installation::load(&dir)?
        .ok_or_else(|| Failure::new(format!("{shown} is empty; begin with 'claviger init'")))?;
    if let Some(account) = config.account.filter(|account| *account != installation.account) {
        return Err(Failure::new(format!(
            "account: the configuration says {account}, and {shown} belongs to {}",
            installation.account
        )));
    }
    let tls = config.tls.as_ref().map(listen::tls_config).transpose()?;
    check_listeners(config)?;
    Ok(Checked { dir, installation, tls })
}

fn open_seal(dir: &DataDir, config: &Config, devices: &Devices) -> Result<Seal> {
    let header = Header::parse(&HeaderFile::new(dir.header()).load()?)?;
    unlock::open(&header, &config.unlock, devices)
}

fn check_listeners(config: &Config) -> Result<()> {
    let listen = &config.listen;
    if listen.https.is_some() && config.tls.is_none() {
        return Err(Failure::new(
            "listen.https needs a certificate: add a [tls] table with certificate and key",
        ));
    }
    for kmip in &config.kmip {
        kmip_tls(kmip, config)?;
    }
    if listen.https.is_none()
        && listen.insecure_http.is_none()
        && listen.socket.is_none()
        && config.kmip.is_empty()
    {
        return Err(Failure::new("nothing to listen on: set listen.https, or enable listen.socket"));
    }
    Ok(())
}

fn bind(
    config: &Config,
    dir: &LockedDir,
    tls: Option<std::sync::Arc<rustls::ServerConfig>>,
) -> Result<Listeners> {
    let https = config.listen.https.zip(tls).map(|(address, tls)| {
        listen::bind_tcp(address, "listen.https in the configuration").map(|listener| (listener, tls))
    });
    let insecure_http = config
        .listen
        .insecure_http
        .map(|address| listen::bind_tcp(address, "listen.insecure_http in the configuration"));
    let socket =
        config.listen.socket.as_ref().map(|socket| {
            listen::bind_unix(socket.path.clone().unwrap_or_else(|| dir.socket()), socket.mode)
        });
    Ok(Listeners {
        https: https.transpose()?,
        insecure_http: insecure_http.transpose()?,
        socket: socket.transpose()?,
        kmip: config.kmip.iter().map(|kmip| bind_kmip(kmip, config)).collect::<Result<_>>()?,
    })
}

fn bind_kmip(kmip: &Kmip, config: &Config) -> Result<KmipListener> {
    Ok(KmipListener {
        listener: listen::bind_tcp(kmip.listen, "kmip.listen in the configuration")?,
        tls: kmip_tls(kmip, config)?,
        provider: kmip.provider.clone(),
        extractable: kmip.extractable,
    })
}

fn kmip_tls(kmip: &Kmip, config: &Config) -> Result<std::sync::Arc<rustls::ServerConfig>> {
    let tls = kmip.tls.as_ref().or(config.tls.as_ref()).ok_or_else(|| {
        Failure::new(
            "kmip.listen needs a certificate: add a [tls] table, or one of its own, with certificate and key",
        )
    })?;
    listen::plain_tls_config(tls)
}

/// Refuses to serve what nobody could use: with nothing to prove oneself by, a listener is only a risk.
async fn check_somebody(opened: &Opened, config: &Config) -> Result<()> {
    if opened.is_new {
        return Err(Failure::new(
            "the installation was cut short; repeat 'claviger init' with the same configuration",
        ));
    }
    let account = opened.service.settings().account;
    if config.listen.socket.is_some() {
        for (uid, name) in config.users()? {
            if opened.service.directory().local_user(account, &name, uid).await.is_ok() {
                return Ok(());
            }
        }
    }
    let now = opened.service.clock().now();
    for principal in opened.store.principals(account).await? {
        let credentials = opened.store.credentials(principal.id).await?;
        let is_valid = |credential: &claviger_types::Credential| {
            credential.revoked.is_none() && credential.expires.is_none_or(|expires| expires > now)
        };
        if !principal.disabled && credentials.iter().any(is_valid) {
            return Ok(());
        }
    }
    Err(Failure::new(
        "nobody could prove who they are: no principal has a valid credential, and nobody may use the Unix socket; \
         enable listen.socket and name a principal in [users]",
    ))
}
