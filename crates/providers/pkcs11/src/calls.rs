//! Calls that wait for a worker.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use claviger_ports::ProviderError;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::Instant,
};

use crate::wire::{Answer, Request};

/// A call, from the moment it is made until it is answered.
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) weight: Weight,
    /// Whether it has been sent once already, to a token that had logged us out.
    pub(crate) retried: bool,
    /// When nobody expects anything any more.
    expires: Instant,
    reply: oneshot::Sender<Result<Answer, ProviderError>>,
    place: Place,
}

/// A place among those that wait, until it is left: because the call is sent, or its caller goes away.
#[derive(Clone)]
struct Place(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Place {
    fn leave(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The caller's side of a place.
struct Caller(Place);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Uses a key.
    Light,
    /// Makes one.
    Heavy,
}

/// Where calls are put.
pub(crate) struct Desk {
    calls: mpsc::UnboundedSender<Call>,
    places: Arc<Semaphore>,
    patience: Duration,
    long_patience: Duration,
}

impl Desk {
    /// A desk with so many places, and where its calls arrive.
    pub(crate) fn new(
        places: usize,
        patience: Duration,
        long_patience: Duration,
    ) -> (Self, mpsc::UnboundedReceiver<Call>) {
        let (calls, arrivals) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        (Self { calls, places, patience, long_patience }, arrivals)
    }

    /// Has a request carried out. Dropping the future gives up its place; what has been sent is carried out all the same.
    ///
    /// # Errors
    /// `Busy` if there is no place, otherwise as for any call.
    pub(crate) async fn call(&self, request: Request, weight: Weight) -> Result<Answer, ProviderError> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| ProviderError::Busy)?;
        let place = Place(Arc::new(Mutex::new(Some(permit))));
        let _caller = Caller(place.clone());
        let patience = match weight {
            Weight::Light => self.patience,
            Weight::Heavy => self.long_patience,
        };
        let (reply, answer) = oneshot::channel();
        let call = Call { request, weight, retried: false, expires: Instant::now() + patience, reply, place };
        self.calls.send(call).map_err(|_| stopped())?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Call {
    /// Tells what came of it.
    pub(crate) fn answer(self, outcome: Result<Answer, ProviderError>) {
        // Who made it may have gone away.
        let _ = self.reply.send(outcome);
    }

    /// It is about to be sent, and somebody else may wait in its place.
    pub(crate) fn leave_place(&self) {
        self.place.leave();
    }
}

/// Calls that are not sent yet, in their order.
#[derive(Default)]
pub(crate) struct Waiting(VecDeque<Call>);

impl Waiting {
    pub(crate) fn push(&mut self, call: Call) {
        // Those whose callers have gone away have no places any more, and must not pile up.
        self.forget_abandoned();
        self.0.push_back(call);
    }

    /// Puts a call back that was sent in vain.
    pub(crate) fn push_front(&mut self, call: Call) {
        self.0.push_front(call);
    }

    /// The next call; a heavy one only if `heavy`.
    pub(crate) fn pop(&mut self, heavy: bool) -> Option<Call> {
        self.forget_abandoned();
        let next = self.0.iter().position(|call| heavy || call.weight == Weight::Light)?;
        self.0.remove(next)
    }

    /// Refuses all of them.
    pub(crate) fn refuse(&mut self, reason: &str) {
        for call in self.0.drain(..) {
            call.answer(Err(ProviderError::Unavailable(reason.to_owned())));
        }
    }

    /// Refuses those that have waited too long.
    pub(crate) fn expire(&mut self) {
        let now = Instant::now();
        while let Some(late) = self.0.iter().position(|call| call.expires <= now) {
            if let Some(call) = self.0.remove(late) {
                call.answer(Err(ProviderError::Busy));
            }
        }
    }

    /// When the next of them has waited too long.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.0.iter().map(|call| call.expires).min()
    }

    fn forget_abandoned(&mut self) {
        self.0.retain(|call| !call.reply.is_closed());
    }
}

fn stopped() -> ProviderError {
    ProviderError::Unavailable("the provider has been stopped".to_owned())
}
