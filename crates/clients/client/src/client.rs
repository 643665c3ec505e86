use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use claviger_api::{DRY_RUN_HEADER, Problem};
use http::{HeaderValue, Request, Response, StatusCode, header, response::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};
use zeroize::Zeroizing;

use crate::{
    Builder, Call, Error, ErrorKind,
    connections::{Connection, Connections, Permit},
    retry::{Backoff, Failed, Outcome},
    server::Server,
};

/// Calls the service. Cheap to clone; clones share their connections.
///
/// A call is sent again if it certainly was not done (there was no connection, or the service asks for patience), and if
/// it changes nothing also when the connection ended before the answer; with pauses that grow, as often as the
/// builder says, and never beyond the deadline. A call whose future is dropped is given up.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    deadline: Duration,
}

struct Shared {
    server: Server,
    token: Option<HeaderValue>,
    dry_run: bool,
    retries: u32,
    connections: Connections,
}

pub(crate) struct Settings {
    pub(crate) deadline: Duration,
    pub(crate) retries: u32,
    pub(crate) connections: usize,
    pub(crate) dry_run: bool,
}

/// More than the longest listing.
const LONGEST_ANSWER: usize = 16 << 20;

impl Default for Settings {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), retries: 4, connections: 32, dry_run: false }
    }
}

impl Client {
    /// A client of the service at `https://HOST[:PORT]`.
    pub fn https(url: &str) -> Builder {
        Builder::https(url)
    }

    /// A client of the service behind a Unix socket of this machine, where the user of the machine proves who calls.
    pub fn unix(path: impl Into<PathBuf>) -> Builder {
        Builder::unix(path.into())
    }

    pub(crate) fn new(server: Server, token: Option<HeaderValue>, settings: Settings) -> Self {
        let Settings { deadline, retries, connections, dry_run } = settings;
        let connections = Connections::new(connections);
        Self { shared: Arc::new(Shared { server, token, dry_run, retries, connections }), deadline }
    }

    /// The same client with another deadline for each call.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { shared: self.shared.clone(), deadline }
    }

    /// Calls, and understands the answer.
    ///
    /// # Errors
    /// What the service says, or why it cannot be asked.
    pub async fn call<A: DeserializeOwned>(&self, call: Call) -> Result<A, Error> {
        let body = self.send(&call).await?;
        let failed = "the service's answer is not understood; is it of another release?";
        serde_json::from_slice(&body).map_err(Error::at(ErrorKind::Misunderstood, failed))
    }

    /// Calls for something that has no answer but that it was done.
    ///
    /// # Errors
    /// As `call`.
    pub async fn act(&self, call: Call) -> Result<(), Error> {
        self.send(&call).await.map(drop)
    }

    async fn send(&self, call: &Call) -> Result<Zeroizing<Vec<u8>>, Error> {
        let deadline = Instant::now() + self.deadline;
        let answer = timeout_at(deadline, self.attempts(call, deadline)).await;
        answer.unwrap_or_else(|_| {
            let message = format!("there was no answer within {:?}", self.deadline);
            Err(Error::new(ErrorKind::Timeout, message))
        })
    }

    async fn attempts(&self, call: &Call, deadline: Instant) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut backoff = Backoff::new(self.shared.retries);
        loop {
            let Failed { error, outcome } = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let Some(at_least) = outcome.pause(call.repeatable) else { return Err(error) };
            let Some(pause) = backoff.next().map(|pause| at_least + pause) else { return Err(error) };
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let permit = self.shared.connections.permit().await.map_err(not_sent)?;
        let mut request = self.request(call).map_err(decided)?;
        // The other side may have closed what waited for calls; then the request comes back.
        while let Some(mut connection) = permit.idle() {
            match connection.send(request).await {
                Ok(response) => return answer(permit, connection, response).await,
                Err(mut failed) => match failed.take_message() {
                    Some(back) => request = back,
                    None => return Err(interrupted(failed.into_error())),
                },
            }
        }
        let mut connection = permit.open(&self.shared.server).await.map_err(not_sent)?;
        match connection.send(request).await {
            Ok(response) => answer(permit, connection, response).await,
            Err(mut failed) => match failed.take_message() {
                Some(_) => {
                    let message = format!("{} closed the connection", self.shared.server.authority());
                    Err(not_sent(Error::at(ErrorKind::Unreachable, message)(failed.into_error())))
                }
                None => Err(interrupted(failed.into_error())),
            },
        }
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.path)
            .header(header::HOST, self.shared.server.authority())
            .header(header::ACCEPT, "application/json");
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(token) = &self.shared.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if self.shared.dry_run {
            request = request.header(DRY_RUN_HEADER, "true");
        }
        let body = Full::new(call.body.clone().unwrap_or_default());
        request.body(body).map_err(Error::at(ErrorKind::Invalid, "the request can't be made"))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.shared.server.authority()).finish_non_exhaustive()
    }
}

/// Reads the whole answer; only then can the connection be used again.
async fn answer(
    permit: Permit<'_>,
    mut connection: Connection,
    response: Response<Incoming>,
) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let (parts, body) = response.into_parts();
    let body = read(body).await?;
    if connection.ready().await {
        permit.keep(connection);
    }
    match parts.status.is_success() {
        true => Ok(body),
        false => Err(refused(&parts, &body)),
    }
}

/// Into a buffer that is wiped afterwards, since it may hold a plaintext; what the transport copies is out of reach.
async fn read(mut body: Incoming) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let mut whole = Zeroizing::new(Vec::with_capacity(2048));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(interrupted)?.into_data() else { continue };
        if whole.len() + data.len() > LONGEST_ANSWER {
            let message = format!("the service's answer is longer than {LONGEST_ANSWER} bytes");
            return Err(decided(Error::new(ErrorKind::Misunderstood, message)));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

fn refused(parts: &Parts, body: &[u8]) -> Failed {
    let after = parts.headers.get(header::RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    let after = after.map(Duration::from_secs);
    let outcome = match parts.status {
        StatusCode::TOO_MANY_REQUESTS => Outcome::NotDone(after),
        StatusCode::SERVICE_UNAVAILABLE => Outcome::Unknown(after),
        _ => Outcome::Decided,
    };
    let error = match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Error::refused(problem),
        Err(_) => Error::new(
            ErrorKind::Misunderstood,
            format!("the server answered {}; is it a server of Claviger?", parts.status),
        ),
    };
    Failed { error, outcome }
}

fn not_sent(error: Error) -> Failed {
    Failed { error, outcome: Outcome::NotDone(None) }
}

fn decided(error: Error) -> Failed {
    Failed { error, outcome: Outcome::Decided }
}

fn interrupted(error: hyper::Error) -> Failed {
    let message = "the connection ended before the answer; whether the call was done is not known";
    Failed { error: Error::at(ErrorKind::Interrupted, message)(error), outcome: Outcome::Unknown(None) }
}
