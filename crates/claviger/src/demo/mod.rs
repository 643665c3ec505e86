//! `claviger demo`: what the service is for, shown against one that runs for development.

mod admin;
mod client;
mod records;
mod server;
mod setup;
mod site;

use std::net::SocketAddr;

use claviger_client::{CertificateSlot, RemoteSigner, SigningOptions, SigningThreads};
use claviger_ports::Clock;
use tokio::{net::TcpListener, runtime};

use admin::Admin;
use setup::{Party, Setup};

pub(crate) use site::Site;

use crate::{
    ambient::SystemClock,
    cli::print,
    failure::{Failure, Result},
    server::Ending,
};

/// What is to be shown of mutual TLS.
pub(crate) struct Mtls {
    pub(crate) site: Site,
    /// Where the server listens.
    pub(crate) listen: SocketAddr,
    /// Whether it goes on to serve.
    pub(crate) keep: bool,
    /// An authority that exists.
    pub(crate) ca: Option<String>,
}

impl Mtls {
    pub(crate) fn run(self) -> Result<()> {
        if !self.listen.ip().is_loopback() {
            let address = self.listen;
            return Err(Failure::usage(format!(
                "--listen {address}: the demonstration is for loopback only"
            )));
        }
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::at("the demonstration can't be run"))?;
        runtime.block_on(self.show())
    }

    async fn show(self) -> Result<()> {
        let mut ending = Ending::new()?;
        let listener = TcpListener::bind(self.listen).await;
        let listener = listener.map_err(Failure::at(format!("there is no listening at {}", self.listen)))?;
        let address = listener.local_addr().map_err(Failure::at("the address is not known"))?;
        let admin = Admin::new(&self.site)?;
        let setup = Setup::make(&admin, &self.site, self.ca.as_deref(), SystemClock.now()).await?;
        print(&setup.told())?;
        print(&setup.others_are_refused().await?)?;

        let before = admin.end_of_log().await?;
        let (threads, slot) = remote(&setup.server).await?;
        let server = server::Server::start(listener, &admin, &setup.authority, threads, slot).await?;
        let (threads, slot) = remote(&setup.client).await?;
        let response = client::ask(address, &setup.authority, threads, slot).await?;
        print(&format!("\n{response}"))?;

        print("\nThe audit log has both signatures of that handshake:\n")?;
        for party in [&setup.server, &setup.client] {
            print(&records::signature(&admin, party, before).await?)?;
        }
        if self.keep {
            print(&setup.how_to_connect(address, &self.site))?;
            server.serve_until(&admin, &setup.authority, ending.received()).await?;
        }
        print(&setup.how_to_clean_up(&self.site))
    }
}

/// The key of `party` as one of TLS, with its certificate.
async fn remote(party: &Party) -> Result<(SigningThreads, std::sync::Arc<CertificateSlot>)> {
    let failed = || format!("{} can't sign with its key", party.principal);
    let threads = SigningThreads::start(&party.calls, SigningOptions::default());
    let threads = threads.map_err(Failure::at("threads can't be started"))?;
    let signer = RemoteSigner::open(&threads, &party.key).await.map_err(Failure::at(failed()))?;
    let certified = signer.certified(party.chain.clone()).map_err(Failure::at(failed()))?;
    Ok((threads, CertificateSlot::new(certified)))
}
