use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker, ready},
};

use futures_util::task::AtomicWaker;
use tokio::{runtime::Handle, sync::oneshot};

use super::threads::{SigningThreads, take_signature};
use crate::{Error, ErrorKind};

/// A handshake that is polled on the signing threads until it has signed, and on the caller's task from then on.
///
/// Dropped while a step is done, it is dropped by the thread that does the step.
pub(super) struct Steps<F: Future> {
    place: Place<F>,
    signal: Arc<Signal>,
    threads: SigningThreads,
    /// The caller's: what the future awaits belongs to it.
    runtime: Handle,
}

/// Where the future is.
enum Place<F: Future> {
    /// Here, until it is woken.
    Waiting(Pin<Box<F>>),
    /// On a signing thread.
    Stepping(oneshot::Receiver<Step<F>>),
    /// Here for good.
    Signed(Pin<Box<F>>),
    /// Finished.
    Nowhere,
}

/// What became of a step.
enum Step<F: Future> {
    Finished(F::Output),
    Pending { future: Pin<Box<F>>, signed: bool },
}

/// Remembers that the future was woken, so that this is not lost while it is elsewhere.
struct Signal {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl SigningThreads {
    /// The future is first polled on a thread.
    pub(super) fn drive<F>(&self, future: F) -> Steps<F>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Steps {
            place: Place::Waiting(Box::pin(future)),
            signal: Arc::new(Signal { woken: AtomicBool::new(true), task: AtomicWaker::new() }),
            threads: self.clone(),
            runtime: Handle::current(),
        }
    }
}

impl<F> Future for Steps<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    type Output = Result<F::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            this.place = match std::mem::replace(&mut this.place, Place::Nowhere) {
                Place::Waiting(future) => {
                    // First registered, then looked at: whoever wakes in between is seen by one of the two.
                    this.signal.task.register(cx.waker());
                    if !this.signal.woken.swap(false, Ordering::AcqRel) {
                        this.place = Place::Waiting(future);
                        return Poll::Pending;
                    }
                    Place::Stepping(this.step(future)?)
                }
                Place::Stepping(mut answer) => match Pin::new(&mut answer).poll(cx) {
                    Poll::Pending => {
                        this.place = Place::Stepping(answer);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(Step::Finished(output))) => return Poll::Ready(Ok(output)),
                    Poll::Ready(Ok(Step::Pending { future, signed: true })) => Place::Signed(future),
                    Poll::Ready(Ok(Step::Pending { future, signed: false })) => Place::Waiting(future),
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(lost())),
                },
                Place::Signed(mut future) => {
                    let polled = future.as_mut().poll(cx);
                    if polled.is_pending() {
                        this.place = Place::Signed(future);
                    }
                    return Poll::Ready(Ok(ready!(polled)));
                }
                Place::Nowhere => return Poll::Ready(Err(lost())),
            };
        }
    }
}

impl<F> Steps<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    fn step(&self, mut future: Pin<Box<F>>) -> Result<oneshot::Receiver<Step<F>>, Error> {
        let (reply, answer) = oneshot::channel();
        let waker = Waker::from(self.signal.clone());
        let runtime = self.runtime.clone();
        self.threads.submit(Box::new(move || {
            // Also for the drop of what nobody wants any more.
            let _runtime = runtime.enter();
            if reply.is_closed() {
                return drop(future);
            }
            take_signature();
            let step = match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => Step::Finished(output),
                Poll::Pending => Step::Pending { future, signed: take_signature() },
            };
            drop(reply.send(step));
        }))?;
        Ok(answer)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "a step of the handshake was not finished")
}

#[cfg(test)]
mod tests;
