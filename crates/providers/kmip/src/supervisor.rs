//! The task that looks for the server, and finds out what it can do.

use std::sync::Arc;

use claviger_ports::{ProviderState, Random};
use claviger_provider_device::Backoff;
use tokio::{sync::watch, time::sleep};

use crate::{
    client::Client,
    config::Config,
    error::CallError,
    probe::{self, Identity},
    server::{Known, News, Session, Status},
};

pub(crate) struct Supervisor {
    pub(crate) name: String,
    pub(crate) config: Arc<Config>,
    pub(crate) client: Arc<Client>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) news: Arc<News>,
    /// Whose capabilities are known.
    pub(crate) identity: Option<Identity>,
}

/// Runs until nobody is interested in the status any more.
pub(crate) async fn run(mut supervisor: Supervisor) {
    let status = supervisor.status.clone();
    tokio::select! {
        () = status.closed() => {}
        () = supervisor.keep_looking() => {}
    }
}

impl Supervisor {
    async fn keep_looking(&mut self) {
        let mut backoff = Backoff::new(self.config.first_retry, self.config.longest_retry);
        loop {
            match self.open().await {
                Ok(()) => {
                    tracing::info!(provider = self.name, "the KMIP server is ready");
                    self.tell(ProviderState::Usable);
                    backoff.reset();
                    let reason = self.watch().await.to_string();
                    tracing::warn!(provider = self.name, reason, "the KMIP server is looked for again");
                    self.tell(ProviderState::Probing(Some(reason)));
                }
                Err(error) if error.is_about_us() => {
                    tracing::error!(provider = self.name, %error, "the KMIP server does not let us in");
                    let advice =
                        "check the client certificate, user and password, and what the server knows of them";
                    self.tell(ProviderState::Unusable(format!("{error}; {advice}")));
                    sleep(self.config.refused_retry).await;
                }
                Err(error) => {
                    tracing::warn!(provider = self.name, %error, "the KMIP server can't be used");
                    self.tell(ProviderState::Probing(Some(error.to_string())));
                    tokio::select! {
                        () = sleep(backoff.next(&*self.random)) => {}
                        () = self.news.seen.notified() => {}
                    }
                }
            }
        }
    }

    /// Until something is wrong, and what.
    async fn watch(&self) -> CallError {
        loop {
            tokio::select! {
                () = self.news.doubt.notified() => {}
                () = sleep(self.config.check_interval) => {}
            }
            match probe::look(&self.client, &self.config).await {
                Ok(identity) if Some(&identity) == self.identity.as_ref() => {}
                Ok(_) => return CallError::Unreachable("it is not the server that it was".to_owned()),
                Err(error) => return error,
            }
        }
    }

    async fn open(&mut self) -> Result<(), CallError> {
        self.client.pool.renew().await?;
        let identity = probe::look(&self.client, &self.config).await?;
        if self.identity.as_ref() == Some(&identity) {
            return Ok(());
        }
        let session = Session {
            client: Arc::clone(&self.client),
            config: Arc::clone(&self.config),
            random: Arc::clone(&self.random),
            version: identity.version,
            news: None,
            scout: None,
        };
        let capabilities = probe::explore(&session, &identity).await?;
        let (version, generate) = (identity.version, capabilities.generate.len());
        tracing::info!(
            provider = self.name,
            vendor = identity.vendor.as_deref().unwrap_or("?").escape_debug().to_string(),
            %version,
            kinds = generate,
            "it is known what the KMIP server can do"
        );
        let known = Some(Arc::new(Known { version, capabilities }));
        self.status.send_modify(|status| status.known = known);
        self.identity = Some(identity);
        Ok(())
    }

    fn tell(&self, state: ProviderState) {
        self.status.send_modify(|status| status.state = state);
    }
}
