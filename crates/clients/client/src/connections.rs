//! Connections to the service: kept open between calls, and bounded.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{
        TrySendError,
        http1::{self, SendRequest},
    },
};
use hyper_util::rt::TokioIo;
use tokio::{
    runtime::{self, Handle},
    sync::{Semaphore, SemaphorePermit},
    task::AbortHandle,
    time::Instant,
};

use crate::{Error, ErrorKind, server::Server};

/// Connections that wait for calls, and the right to have one.
///
/// HTTP/1.1, one call at a time on each: with few calls at once, its latency and its cost are lower than those of
/// HTTP/2, and a call that goes wrong ends no other.
pub(crate) struct Connections {
    idle: Mutex<Vec<Idle>>,
    permits: Semaphore,
}

/// The right to use a connection; at its end, somebody else may.
pub(crate) struct Permit<'a> {
    connections: &'a Connections,
    _permit: SemaphorePermit<'a>,
}

/// A connection in use. Dropped, it is closed.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Reads and writes.
    driver: AbortHandle,
    /// What the driver runs on, which alone can use the connection.
    runtime: runtime::Id,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// Services close connections that are idle for longer; Claviger after 75 seconds.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

impl Connections {
    pub(crate) fn new(most: usize) -> Self {
        Self { idle: Mutex::default(), permits: Semaphore::new(most) }
    }

    /// Waits until there may be one more.
    pub(crate) async fn permit(&self) -> Result<Permit<'_>, Error> {
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(Error::at(ErrorKind::Internal, "the connections are closed"))?;
        Ok(Permit { connections: self, _permit: permit })
    }

    /// A poisoned lock is taken all the same: the list is whole whenever something panics.
    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// An open connection of this runtime that waits for calls, the last used first.
    pub(crate) fn idle(&self) -> Option<Connection> {
        let now = Instant::now();
        let here = Handle::current().id();
        let mut idle = self.connections.idle();
        idle.retain(|idle| idle.connection.is_open() && now - idle.since < LONGEST_IDLE);
        let place = idle.iter().rposition(|idle| idle.connection.runtime == here)?;
        Some(idle.remove(place).connection)
    }

    /// A new connection.
    pub(crate) async fn open(&self, server: &Server) -> Result<Connection, Error> {
        let stream = TokioIo::new(server.connect().await?);
        let failed = format!("{} does not speak HTTP", server.authority());
        let (sender, connection) =
            http1::handshake(stream).await.map_err(Error::at(ErrorKind::Unreachable, failed))?;
        // How it ends is told to whoever uses it.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Connection { sender, driver, runtime: Handle::current().id() })
    }

    /// Keeps a connection on which nothing is under way for the next call.
    pub(crate) fn keep(self, connection: Connection) {
        if connection.is_open() {
            self.connections.idle().push(Idle { connection, since: Instant::now() });
        }
    }
}

impl Connection {
    fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends a request. If the request comes back with the error, nothing of it was sent.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        self.sender.try_send_request(request).await
    }

    /// Waits until the next request can be sent.
    pub(crate) async fn ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
