//! The way to the server, which keys share with the provider.

use std::{sync::Arc, time::Duration};

use claviger_kmip::{ProtocolVersion, RequestPayload, ResponsePayload};
use claviger_ports::{ProviderError, ProviderState, Random};
use claviger_provider_device::Computing;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use crate::{capabilities::Capabilities, client::Client, config::Config, error::CallError, pool::Effect};

/// What everybody may know of the server.
#[derive(Clone)]
pub(crate) struct Status {
    pub(crate) state: ProviderState,
    /// What it was last seen to be; nothing before it was asked.
    pub(crate) known: Option<Arc<Known>>,
}

/// A server that has been asked what it can do.
pub(crate) struct Known {
    pub(crate) version: ProtocolVersion,
    pub(crate) capabilities: Capabilities,
}

/// What calls tell the supervisor.
#[derive(Default)]
pub(crate) struct News {
    /// Something went wrong on the way.
    pub(crate) doubt: Notify,
    /// It answers, though it was thought to be away.
    pub(crate) seen: Notify,
}

pub(crate) struct ServerLink {
    pub(crate) client: Arc<Client>,
    pub(crate) config: Arc<Config>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) status: watch::Receiver<Status>,
    pub(crate) news: Arc<News>,
    /// Who may try a server that is thought to be away: one at a time, the others are refused at once.
    pub(crate) scout: Arc<Semaphore>,
    pub(crate) computing: Computing,
}

/// Leave to ask the server.
pub(crate) struct Session {
    pub(crate) client: Arc<Client>,
    pub(crate) config: Arc<Config>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) version: ProtocolVersion,
    /// `None` for the supervisor itself.
    pub(crate) news: Option<Arc<News>>,
    pub(crate) scout: Option<OwnedSemaphorePermit>,
}

/// How long a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Uses a key.
    Light,
    /// Makes one.
    Heavy,
}

impl ServerLink {
    /// Leave to ask, as soon as the server is known.
    ///
    /// # Errors
    /// `Unavailable`, and why.
    pub(crate) async fn session(&self) -> Result<(Session, Arc<Known>), ProviderError> {
        let mut status = self.status.clone();
        let settled = status.wait_for(|status| status.state != ProviderState::Probing(None));
        let status = match timeout(self.config.deadline, settled).await {
            Ok(Ok(status)) => status.clone(),
            Ok(Err(_)) => return Err(unavailable("the provider has been stopped")),
            Err(_) => return Err(unavailable("it is being found out what the server can do")),
        };
        let (known, scout) = match (status.state, status.known) {
            (ProviderState::Usable, Some(known)) => (known, None),
            (ProviderState::Probing(reason), Some(known)) => {
                match Arc::clone(&self.scout).try_acquire_owned() {
                    Ok(scout) => (known, Some(scout)),
                    Err(_) => return Err(unavailable(&reason.unwrap_or_default())),
                }
            }
            (ProviderState::Probing(Some(reason)) | ProviderState::Unusable(reason), _) => {
                return Err(unavailable(&reason));
            }
            _ => return Err(unavailable("it is not known yet")),
        };
        let session = Session {
            client: Arc::clone(&self.client),
            config: Arc::clone(&self.config),
            random: Arc::clone(&self.random),
            version: known.version,
            news: Some(Arc::clone(&self.news)),
            scout,
        };
        Ok((session, known))
    }

    /// What the server was last seen to be.
    pub(crate) fn known(&self) -> Option<Arc<Known>> {
        self.status.borrow().known.clone()
    }
}

impl Session {
    /// Asks for something that changes nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn ask(&self, payload: RequestPayload) -> Result<ResponsePayload, CallError> {
        self.call(payload, Effect::None, Weight::Light).await
    }

    /// Asks for something that changes something.
    ///
    /// # Errors
    /// [`CallError`]; unless it is `Refused`, it may have been done.
    pub(crate) async fn change(
        &self,
        payload: RequestPayload,
        weight: Weight,
    ) -> Result<ResponsePayload, CallError> {
        self.call(payload, Effect::Once, weight).await
    }

    async fn call(
        &self,
        payload: RequestPayload,
        effect: Effect,
        weight: Weight,
    ) -> Result<ResponsePayload, CallError> {
        let patience: Duration = match weight {
            Weight::Light => self.config.deadline,
            Weight::Heavy => self.config.generation_deadline,
        };
        let outcome = self.client.ask(self.version, payload, effect, patience).await;
        if let Some(news) = &self.news {
            match (&outcome, &self.scout) {
                (Err(error), None) if error.is_suspicious() => news.doubt.notify_one(),
                (Ok(_), Some(_)) => news.seen.notify_one(),
                _ => {}
            }
        }
        outcome
    }
}

fn unavailable(reason: &str) -> ProviderError {
    ProviderError::Unavailable(reason.to_owned())
}
