//! The connections to a server, under a bound.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use claviger_kmip::{Limits, ResponseMessage};
use rustls::ClientConfig;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};

use crate::{config::Config, connection::Connection, error::CallError, tls};

/// Whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It changes nothing, or the same again.
    None,
    /// It makes, names or destroys something: sent twice, it might be done twice.
    Once,
}

pub(crate) struct Pool {
    config: Arc<Config>,
    tls: Mutex<Option<Arc<ClientConfig>>>,
    /// One for each call that is under way or waits.
    places: Semaphore,
    /// One for each connection that is in use.
    turns: Semaphore,
    /// Those that are not, the last used one at the end. With those in use never more than configured: a new one is made
    /// when there is no idle one, or instead of one.
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let connections = usize::from(config.connections.get());
        let places = connections.saturating_add(config.waiting).min(Semaphore::MAX_PERMITS);
        Self {
            config,
            tls: Mutex::default(),
            places: Semaphore::new(places),
            turns: Semaphore::new(connections),
            idle: Mutex::default(),
        }
    }

    /// Forgets all connections and reads the certificates again.
    ///
    /// # Errors
    /// `Unreachable`: which file is not what it should be.
    pub(crate) async fn renew(&self) -> Result<(), CallError> {
        let config = Arc::clone(&self.config);
        let read = tokio::task::spawn_blocking(move || tls::client_config(&config)).await;
        let read = read.unwrap_or_else(|_| Err("certificates can't be read".to_owned()));
        let tls = read.map_err(CallError::Unreachable)?;
        *self.tls.lock().unwrap_or_else(PoisonError::into_inner) = Some(tls);
        self.idle().clear();
        Ok(())
    }

    /// Sends a request and reads its response. A connection that was idle may have been closed by the server meanwhile:
    /// what can be repeated is then sent once more, and everything else is not sent over one.
    ///
    /// # Errors
    /// [`CallError`]; a connection on which something went wrong is not used again.
    pub(crate) async fn exchange(
        &self,
        request: &[u8],
        effect: Effect,
        patience: Duration,
    ) -> Result<ResponseMessage, CallError> {
        let _place = self.places.try_acquire().map_err(|_| CallError::Busy)?;
        let _turn = match timeout(patience, self.turns.acquire()).await {
            Ok(Ok(turn)) => turn,
            _ => return Err(CallError::Busy),
        };
        let until = Instant::now() + patience;
        if let Some(connection) = self.take_idle()
            && effect == Effect::None
        {
            match self.exchange_over(connection, request, until).await {
                Err(CallError::Broken(reason)) => tracing::debug!(reason, "a connection is replaced"),
                outcome => return outcome,
            }
        }
        let tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let tls = tls.ok_or_else(|| CallError::Unreachable("it is being looked for".to_owned()))?;
        let connection = match timeout_at(until, Connection::open(&self.config, tls)).await {
            Ok(opened) => opened?,
            Err(_) => return Err(CallError::Unreachable("there was no connection in time".to_owned())),
        };
        self.exchange_over(connection, request, until).await
    }

    /// Closes the idle connections: there may be answers on them that nobody asked for.
    pub(crate) fn forget(&self) {
        self.idle().clear();
    }

    async fn exchange_over(
        &self,
        mut connection: Connection,
        request: &[u8],
        until: Instant,
    ) -> Result<ResponseMessage, CallError> {
        let limit = usize::try_from(self.config.response_limit).unwrap_or(usize::MAX);
        let limits = Limits { bytes: limit, ..Limits::RESPONSE };
        let response = match timeout_at(until, connection.exchange(request, limits)).await {
            Ok(response) => response?,
            Err(_) => return Err(CallError::TimedOut),
        };
        let message =
            ResponseMessage::decode(&response, limits).map_err(|error| CallError::garbage(&error))?;
        self.idle().push(connection);
        Ok(message)
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle();
        idle.retain(|connection| connection.used.elapsed() < self.config.idle);
        idle.pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
