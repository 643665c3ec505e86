use std::{
    collections::VecDeque,
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use claviger_ports::ProviderError;
use tokio::sync::oneshot;

/// How many slow operations may run and wait at once.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Threads for short operations, as many for long ones, and half as many for key generation. More than there are
    /// processors gains nothing.
    pub threads: NonZeroUsize,
    /// How many short operations (under half a millisecond: RSA-2048, P-384, ML-DSA) may wait.
    pub short_queue: usize,
    /// How many long operations (RSA-3072 and RSA-4096) may wait.
    pub long_queue: usize,
    /// How many RSA key generations may wait; one takes from 50 milliseconds to seconds.
    pub generation_queue: usize,
    /// Added to the niceness of the process for these threads, and 5 more for key generation; Linux only. With 10, a
    /// thread gets a tenth of a processor that threads of ordinary priority saturate, and all that they leave.
    pub niceness: u8,
}

impl Default for Config {
    /// One thread of each kind per processor, and queues that are worked off in a few hundred milliseconds (key
    /// generation: seconds) on two.
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            short_queue: 1024,
            long_queue: 256,
            generation_queue: 16,
            niceness: 10,
        }
    }
}

/// Which operations wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Under half a millisecond.
    Short,
    /// Milliseconds.
    Long,
    /// Up to seconds.
    Generation,
}

/// Threads for what is too slow to run where input and output is done.
///
/// Each lane has threads and a queue of its own, so that a flood of long operations delays the short ones no more than
/// the scheduler's fairness does, and nothing waits for a key to be generated. Within a lane it is first come, first
/// served.
pub(crate) struct Pool {
    short: Arc<Queue>,
    long: Arc<Queue>,
    generation: Arc<Queue>,
}

impl Pool {
    /// # Errors
    /// If the system refuses a thread.
    pub(crate) fn start(config: Config) -> io::Result<Self> {
        // Made first, so that its drop stops the threads that did start when a later one does not.
        let pool = Self {
            short: Arc::new(Queue::new(config.short_queue)),
            long: Arc::new(Queue::new(config.long_queue)),
            generation: Arc::new(Queue::new(config.generation_queue)),
        };
        let (threads, niceness) = (config.threads.get(), i32::from(config.niceness));
        for (lane, threads, niceness) in [
            (Lane::Short, threads, niceness),
            (Lane::Long, threads, niceness),
            // A key that is being made has more time than a signature.
            (Lane::Generation, threads.div_ceil(2), niceness + 5),
        ] {
            for _ in 0..threads {
                let queue = Arc::clone(pool.queue(lane));
                thread::Builder::new().name(lane.thread_name().to_owned()).spawn(move || {
                    lower_priority(niceness);
                    queue.work();
                })?;
            }
        }
        Ok(pool)
    }

    /// Runs `work` on a thread of `lane` and waits for it. Dropping the future gives up the place in the queue; work
    /// that has begun is finished and its result dropped.
    ///
    /// # Errors
    /// `Busy` if the queue is full, `Internal` if `work` panics, otherwise its own.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let (reply, answer) = oneshot::channel();
        self.queue(lane).push(Box::new(Task { work: Some(work), outcome: None, reply }))?;
        answer.await.unwrap_or_else(|_| Err(ProviderError::Unavailable("it is stopping".to_owned())))
    }

    fn queue(&self, lane: Lane) -> &Arc<Queue> {
        match lane {
            Lane::Short => &self.short,
            Lane::Long => &self.long,
            Lane::Generation => &self.generation,
        }
    }
}

impl Drop for Pool {
    /// Threads end after the work that they have begun; nobody waits for them, because this may run on a thread that
    /// must not block.
    fn drop(&mut self) {
        for queue in [&self.short, &self.long, &self.generation] {
            queue.stop();
        }
    }
}

impl Lane {
    /// At most 15 bytes, as Linux has it.
    fn thread_name(self) -> &'static str {
        match self {
            Self::Short => "crypto-short",
            Self::Long => "crypto-long",
            Self::Generation => "crypto-keygen",
        }
    }
}

/// Only on Linux does a thread have a niceness of its own; elsewhere this would slow down the whole process.
fn lower_priority(niceness: i32) {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::nice(niceness)
    {
        tracing::warn!(%error, "cannot lower the priority of a cryptography thread");
    }
}

struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    bound: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Box<dyn Job>>,
    stopping: bool,
}

impl Queue {
    fn new(bound: usize) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), bound }
    }

    fn push(&self, job: Box<dyn Job>) -> Result<(), ProviderError> {
        let mut state = self.lock();
        if state.jobs.len() >= self.bound {
            // Callers who have gone away must not keep others out.
            state.jobs.retain(|job| !job.is_abandoned());
        }
        if state.jobs.len() >= self.bound {
            return Err(ProviderError::Busy);
        }
        state.jobs.push_back(job);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Runs jobs until the queue is stopped.
    ///
    /// While others wait in the queue, results are told in groups: to wake the threads that do input and output costs
    /// as much as a third of a signature, and whoever has waited in a queue does not notice two milliseconds.
    fn work(&self) {
        let mut done = Group::default();
        while let Some(job) = self.next(&mut done) {
            done.add(job);
        }
    }

    /// The next job. Before it waits for one, everything that is done is told.
    fn next(&self, done: &mut Group) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        while !state.stopping {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if done.is_empty() {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                drop(state);
                done.tell();
                state = self.lock();
            }
        }
        None
    }

    fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        self.wake.notify_all();
        drop(jobs);
    }

    /// A poisoned lock is taken all the same: no foreign code runs under it but destructors, and the queue is whole
    /// whenever one of those runs.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Jobs that are done and whose callers don't know it yet.
#[derive(Default)]
struct Group {
    done: Vec<Box<dyn Job>>,
    /// When the first of them began.
    since: Option<Instant>,
}

impl Group {
    const MOST: usize = 8;
    const LONGEST: Duration = Duration::from_millis(2);

    /// Does a job, and tells whom it concerns if nobody should wait longer.
    fn add(&mut self, mut job: Box<dyn Job>) {
        let since = *self.since.get_or_insert_with(Instant::now);
        job.run();
        self.done.push(job);
        if self.done.len() >= Self::MOST || since.elapsed() >= Self::LONGEST {
            self.tell();
        }
    }

    fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    fn tell(&mut self) {
        self.since = None;
        self.done.drain(..).for_each(|job| job.tell());
    }
}

trait Job: Send {
    fn is_abandoned(&self) -> bool;
    fn run(&mut self);
    /// Gives the result to whoever waits for it.
    fn tell(self: Box<Self>);
}

struct Task<W, T> {
    work: Option<W>,
    outcome: Option<Result<T, ProviderError>>,
    reply: oneshot::Sender<Result<T, ProviderError>>,
}

impl<W, T> Job for Task<W, T>
where
    W: FnOnce() -> Result<T, ProviderError> + Send,
    T: Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self) {
        let Some(work) = self.work.take().filter(|_| !self.is_abandoned()) else { return };
        // The payload of a panic is not passed on: it might quote what the work was done on.
        self.outcome = Some(
            catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err(ProviderError::Internal("an operation panicked".to_owned()))),
        );
    }

    fn tell(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Nobody may be waiting any more; the result is dropped then.
            let _ = self.reply.send(outcome);
        }
    }
}

#[cfg(test)]
mod tests;
