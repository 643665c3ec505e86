use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

use crate::{Client, Error, ErrorKind};

/// Threads on which handshakes sign. Cheap to clone; when the last clone is gone, the threads end.
#[derive(Clone)]
pub struct SigningThreads {
    shared: Arc<Shared>,
}

/// How many handshakes may sign at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct SigningOptions {
    /// How many signatures are under way at most: each keeps a thread waiting.
    pub threads: NonZeroUsize,
    /// How many steps of handshakes may wait for a thread; what is more is refused.
    pub queue: usize,
    /// How long a signature may take. A thread is held no longer.
    pub signature: Duration,
    /// How long a handshake may take with all that it waits for, first of all the peer.
    pub handshake: Duration,
}

impl Default for SigningOptions {
    /// 8 threads, 256 waiting, 5 seconds, 10 seconds.
    fn default() -> Self {
        Self {
            threads: NonZeroUsize::MIN.saturating_add(7),
            queue: 256,
            signature: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
        }
    }
}

struct Shared {
    queue: Arc<Queue>,
    client: Client,
    options: SigningOptions,
}

type Job = Box<dyn FnOnce() + Send>;

struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    bound: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// What a signing thread knows of itself.
struct Worker {
    queue: Arc<Queue>,
    runtime: Runtime,
}

thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
    static SIGNED: Cell<bool> = const { Cell::new(false) };
}

impl SigningThreads {
    /// Starts threads that sign over `client`.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(client: &Client, options: SigningOptions) -> io::Result<Self> {
        let queue =
            Arc::new(Queue { state: Mutex::default(), wake: Condvar::new(), bound: options.queue.max(1) });
        // Made first, so that its drop ends the threads that did start when a later one does not.
        let shared = Shared { queue, client: client.with_deadline(options.signature), options };
        for _ in 0..options.threads.get() {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let worker = Worker { queue: shared.queue.clone(), runtime };
            thread::Builder::new().name("tls-sign".to_owned()).spawn(move || worker.work())?;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The client that signs.
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    pub(super) fn handshake_deadline(&self) -> Duration {
        self.shared.options.handshake
    }

    /// Lets a thread do `job`.
    pub(super) fn submit(&self, job: Job) -> Result<(), Error> {
        self.shared.queue.push(job)
    }

    /// Waits for a call of the service. On one of these threads it is made there and then; any other thread is blocked
    /// while one of these makes it.
    pub(super) fn wait<T, F>(&self, call: impl FnOnce(Client) -> F + Send + 'static) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>>,
    {
        let client = self.shared.client.clone();
        let is_ours = |worker: &&Worker| Arc::ptr_eq(&worker.queue, &self.shared.queue);
        WORKER.with_borrow(|worker| match worker.as_ref().filter(is_ours) {
            Some(worker) => worker.runtime.block_on(call(client)),
            None => self.wait_elsewhere(move |runtime| runtime.block_on(call(client))),
        })
    }

    fn wait_elsewhere<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Runtime) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.submit(Box::new(move || {
            let outcome = WORKER.with_borrow(|worker| worker.as_ref().map(|worker| call(&worker.runtime)));
            // Whoever has stopped waiting needs no answer.
            let _ = outcome.map(|outcome| reply.send(outcome));
        }))?;
        // The queue is as long as its wait may be; the call itself has the same deadline.
        let patience = self.shared.options.signature * 2;
        answer.recv_timeout(patience).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Timeout, format!("there was no signature within {patience:?}")))
        })
    }
}

/// Tells the step that is being done that it has signed.
pub(super) fn note_signature() {
    SIGNED.set(true);
}

/// Whether there was a signature since this was last asked on this thread.
pub(super) fn take_signature() -> bool {
    SIGNED.take()
}

impl Drop for Shared {
    /// Threads end after the step that they have begun; nobody waits for them, because this may run on a thread that must
    /// not block.
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Worker {
    fn work(self) {
        let queue = self.queue.clone();
        WORKER.set(Some(self));
        while let Some(job) = queue.next() {
            // What panics ends one handshake, which sees that its step does not come back.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
        // Not left to the end of the thread, when what its drop needs may be gone.
        drop(WORKER.take());
    }
}

impl Queue {
    fn push(&self, job: Job) -> Result<(), Error> {
        let mut state = self.lock();
        if state.closed || state.jobs.len() >= self.bound {
            return Err(Error::new(ErrorKind::Overloaded, "more handshakes wait for a signature than may"));
        }
        state.jobs.push_back(job);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.wake.notify_all();
        drop(jobs);
    }

    /// A poisoned lock is taken all the same: the queue is whole whenever something panics.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SigningThreads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Shared { client, options, .. } = &*self.shared;
        f.debug_struct("SigningThreads")
            .field("client", client)
            .field("options", options)
            .finish_non_exhaustive()
    }
}
