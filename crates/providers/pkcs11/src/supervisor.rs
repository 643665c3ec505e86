//! The task that keeps a worker running and gives it the calls.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_ports::{ProviderError, ProviderState, Random};
use claviger_provider_device::Backoff;
use tokio::sync::{mpsc, watch};

use crate::{
    calls::{Call, Waiting},
    config::Config,
    connection::{Connection, Event, Lost},
    latch,
    login::{self, Refusal},
    opening::{self, Ready},
    wire::{Answer, Capabilities, Failure, Request, TokenState},
};

/// What everybody may know of the token.
pub(crate) struct Status {
    pub(crate) state: ProviderState,
    /// What it was last seen to do; nothing before it was asked.
    pub(crate) capabilities: Arc<Capabilities>,
}

/// Runs until the other end of `arrivals` is closed.
pub(crate) async fn run(
    name: String,
    config: Arc<Config>,
    random: Arc<dyn Random>,
    status: watch::Sender<Status>,
    arrivals: mpsc::UnboundedReceiver<Call>,
) {
    let backoff = Backoff::new(config.first_retry, config.longest_retry);
    let mut supervisor = Supervisor {
        name,
        config,
        random,
        status,
        arrivals,
        waiting: Waiting::default(),
        backoff,
        known: None,
    };
    // Only ends by being told to.
    let Stopped = supervisor.keep_running().await;
}

/// There is nobody left to work for.
struct Stopped;

struct Supervisor {
    name: String,
    config: Arc<Config>,
    random: Arc<dyn Random>,
    status: watch::Sender<Status>,
    arrivals: mpsc::UnboundedReceiver<Call>,
    waiting: Waiting,
    backoff: Backoff,
    /// Which token the capabilities are of.
    known: Option<String>,
}

/// The module answers so many calls in a row with errors that say nothing, and it is loaded anew.
const MOST_FAILURES: u32 = 4;
/// A worker that lived for so long did not die of being started.
const SETTLED: Duration = Duration::from_secs(10);
/// How often somebody looks whether the latch has been lifted.
const LATCH_PERIOD: Duration = Duration::from_secs(2);

impl Supervisor {
    async fn keep_running(&mut self) -> Stopped {
        // Calls wait while the token is opened, unless it has just been seen to be away.
        let mut refusing = None;
        loop {
            let opened = match self.open(refusing.as_deref()).await {
                Ok(opened) => opened,
                Err(stopped) => return stopped,
            };
            let ended = match opened {
                Ok(ready) => {
                    let since = Instant::now();
                    refusing = None;
                    self.tell(ProviderState::Usable);
                    let reason = match self.serve(ready).await {
                        Ok(reason) => reason,
                        Err(stopped) => return stopped,
                    };
                    if since.elapsed() > SETTLED {
                        self.backoff.reset();
                    }
                    if let Refusal::Final(reason) = &reason {
                        refusing = Some(reason.clone());
                    }
                    reason
                }
                Err(refusal) => {
                    let (Refusal::Final(reason) | Refusal::Passing(reason)) = &refusal;
                    refusing = Some(reason.clone());
                    refusal
                }
            };
            if let Err(stopped) = self.pause(ended, refusing.as_deref()).await {
                return stopped;
            }
        }
    }

    /// Waits until it is time to try again.
    async fn pause(&mut self, ended: Refusal, refusing: Option<&str>) -> Result<(), Stopped> {
        match ended {
            Refusal::Passing(reason) => {
                tracing::warn!(provider = self.name, reason, "the PKCS#11 token can't be used");
                self.tell(ProviderState::Probing(Some(reason)));
                let wait = self.backoff.next(&*self.random);
                self.tend(tokio::time::sleep(wait), refusing).await
            }
            Refusal::Final(reason) => {
                tracing::error!(provider = self.name, reason, "the PKCS#11 token is not tried again");
                self.tell(ProviderState::Unusable(reason));
                let path = self.config.pin_latch.clone();
                let was_set = latch::is_set(&path);
                let lifted = async move {
                    while !was_set || latch::is_set(&path) {
                        tokio::time::sleep(LATCH_PERIOD).await;
                    }
                };
                self.tend(lifted, refusing).await?;
                self.backoff.reset();
                self.tell(ProviderState::Probing(None));
                Ok(())
            }
        }
    }

    /// Does something while calls arrive, which wait, or are refused for a reason.
    async fn tend<T>(&mut self, work: impl Future<Output = T>, refusing: Option<&str>) -> Result<T, Stopped> {
        let mut work = std::pin::pin!(work);
        loop {
            if let Some(reason) = refusing {
                self.waiting.refuse(reason);
            }
            self.waiting.expire();
            tokio::select! {
                done = &mut work => return Ok(done),
                call = self.arrivals.recv() => match call {
                    Some(call) => self.waiting.push(call),
                    None => return Err(Stopped),
                },
                () = sleep_until(self.waiting.next_expiry()) => {}
            }
        }
    }

    fn tell(&self, state: ProviderState) {
        self.status.send_modify(|status| status.state = state);
    }

    /// Starts a worker and has it open the token, log in, and find out what it can do.
    async fn open(&mut self, refusing: Option<&str>) -> Result<Result<Ready, Refusal>, Stopped> {
        let (name, config, known) = (self.name.clone(), Arc::clone(&self.config), self.known.clone());
        let (ready, capabilities) = match self.tend(open(name, config, known), refusing).await? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(capabilities) = capabilities {
            for remark in &capabilities.remarks {
                tracing::debug!(provider = self.name, "of the PKCS#11 token: {}", remark.escape_debug());
            }
            self.status.send_modify(|status| status.capabilities = Arc::new(capabilities));
            self.known = Some(ready.token.identity.clone());
        }
        tracing::info!(
            provider = self.name,
            token = ready.token.label,
            serial = ready.token.serial,
            sessions = ready.token.sessions,
            "the PKCS#11 token is ready"
        );
        Ok(Ok(ready))
    }

    /// Gives calls to the worker until it is lost, and tells why.
    async fn serve(&mut self, ready: Ready) -> Result<Refusal, Stopped> {
        let Ready { mut connection, token } = ready;
        let mut failures = 0;
        let reason = loop {
            self.dispatch(&mut connection, &token);
            match self.next(&mut connection).await? {
                Event::Nothing => {}
                Event::Own(..) => break Refusal::Passing(Lost::Nonsense.describe().to_owned()),
                Event::Lost(lost) => break Refusal::Passing(lost.describe().to_owned()),
                Event::Answered(call, Answer::Failed { failure: Failure::NotLoggedIn {} })
                    if !call.retried =>
                {
                    if let Err(refusal) = self.log_in_again(&mut connection, &token, *call).await? {
                        break refusal;
                    }
                }
                Event::Answered(call, Answer::Failed { failure: Failure::Gone { text } }) => {
                    call.answer(Err(ProviderError::Unavailable(text.clone())));
                    break Refusal::Passing(text);
                }
                Event::Answered(call, answer) => {
                    let broken = matches!(answer, Answer::Failed { failure: Failure::Broken { .. } });
                    failures = if broken { failures + 1 } else { 0 };
                    call.answer(Ok(answer));
                    if failures >= MOST_FAILURES {
                        break Refusal::Passing("the module answers nothing but errors".to_owned());
                    }
                }
            }
        };
        let (Refusal::Passing(text) | Refusal::Final(text)) = &reason;
        give_up(&mut connection, text);
        Ok(reason)
    }

    /// Sends what the token has sessions for. Half of them stay free for calls that use keys.
    fn dispatch(&mut self, connection: &mut Connection, token: &TokenState) {
        let sessions = usize::from(token.sessions);
        loop {
            let (calls, heavy) = connection.load();
            if calls >= sessions {
                return;
            }
            let Some(call) = self.waiting.pop(heavy < sessions.div_ceil(2)) else { return };
            connection.send_call(call, &self.config);
        }
    }

    /// What happens next in the worker, or next after a call has arrived or waited too long.
    async fn next(&mut self, connection: &mut Connection) -> Result<Event, Stopped> {
        tokio::select! {
            event = connection.next() => return Ok(event),
            call = self.arrivals.recv() => match call {
                Some(call) => self.waiting.push(call),
                None => {
                    connection.end_gently();
                    return Err(Stopped);
                }
            },
            () = sleep_until(self.waiting.next_expiry()) => self.waiting.expire(),
        }
        Ok(Event::Nothing)
    }

    /// The token has logged us out, as it does when it was pulled out and put back. Calls that find the same meanwhile are
    /// sent once more too.
    async fn log_in_again(
        &mut self,
        connection: &mut Connection,
        token: &TokenState,
        call: Call,
    ) -> Result<Result<(), Refusal>, Stopped> {
        self.send_once_more(call);
        let config = Arc::clone(&self.config);
        let turns = async {
            let of_provider = login::provider_turn(&config).await?;
            Ok((of_provider, login::turn(&config, token).await?))
        };
        let (_of_provider, turn) = match self.tend(turns, None).await? {
            Ok(turns) => turns,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let request = match login::prepare(&config, token, &turn).await {
            Ok(Some(request)) => request,
            Ok(None) => {
                let reason = "the token wants a login, and none is configured".to_owned();
                return Ok(Err(Refusal::Passing(reason)));
            }
            Err(refusal) => return Ok(Err(refusal)),
        };
        let asked = connection.send(&request, config.deadline);
        loop {
            match self.next(connection).await? {
                Event::Nothing => {}
                Event::Own(number, answer) if number == asked => {
                    return Ok(login::conclude(&config, &turn, answer).await);
                }
                Event::Own(..) => return Ok(Err(login::unseen(&config, Lost::Nonsense.describe()))),
                Event::Lost(lost) => return Ok(Err(login::unseen(&config, lost.describe()))),
                Event::Answered(call, Answer::Failed { failure: Failure::NotLoggedIn {} })
                    if !call.retried =>
                {
                    self.send_once_more(*call);
                }
                Event::Answered(call, answer) => call.answer(Ok(answer)),
            }
        }
    }

    fn send_once_more(&mut self, mut call: Call) {
        call.retried = true;
        self.waiting.push_front(call);
    }
}

/// Starts a worker up to the point where it takes calls, and finds out what the token can do. `known` is the identity of a
/// token of which that is known.
async fn open(
    name: String,
    config: Arc<Config>,
    known: Option<String>,
) -> Result<(Ready, Option<Capabilities>), Refusal> {
    let mut ready = opening::open(&name, &config).await?;
    if known.as_ref() == Some(&ready.token.identity) {
        return Ok((ready, None));
    }
    let probing = ready.connection.ask(&Request::Probe {}, config.generation_deadline).await;
    match probing.map_err(|lost| Refusal::Passing(lost.describe().to_owned()))? {
        Answer::Probed { capabilities } => Ok((ready, Some(capabilities))),
        other => Err(opening::refusal("it can't be found out what the token can do", other)),
    }
}

fn give_up(connection: &mut Connection, reason: &str) {
    let (late, others) = connection.take_calls();
    for call in late {
        call.answer(Err(ProviderError::Timeout));
    }
    for call in others {
        call.answer(Err(ProviderError::Unavailable(reason.to_owned())));
    }
}

async fn sleep_until(when: Option<tokio::time::Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}
