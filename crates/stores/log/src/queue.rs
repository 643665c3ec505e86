use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use claviger_ports::LogError;
use claviger_types::AuditMode;

use crate::{CheckpointExport, line::Chain};

/// What the handles and the writer of a log share. The lock is never held while anything is written, hashed or signed.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    state: Mutex<State>,
    work: Condvar,
    /// How many threads that make records have nothing to do.
    resting: AtomicUsize,
}

/// The part of the options that the queue needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) mode: AuditMode,
    pub(crate) buffer_limit: usize,
    pub(crate) flush_interval: Duration,
}

pub(crate) struct State {
    active: Batch,
    active_since: Option<Instant>,
    next: u64,
    durable: Chain,
    status: Status,
    closing: bool,
    /// Somebody waits for the disk.
    nudged: bool,
    /// Records of the last batch: about as many come together again.
    last_batch: usize,
    /// The writer waits for work.
    parked: Parked,
    records: Waiters,
    /// Checkpoints asked for, and answered.
    asked: u64,
    answered: u64,
    answer: Result<(), LogError>,
    checkpoints: Waiters,
    newest: CheckpointExport,
    /// The segment being written and its durable length.
    end: (u64, u64),
}

/// Whether the writer waits, and until when it does if nobody wakes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parked {
    No,
    Until(Instant),
    Forever,
}

#[derive(Debug)]
enum Status {
    Healthy,
    Failing(LogError),
    /// The writer has ended, with everything durable or not.
    Closed(Result<(), LogError>),
}

/// From a group of this many records on, the next is waited for.
const CROWD: usize = 3;
/// How long at most, for each record of the last group. While a thread rests, nothing is waited for: the disk's time is then dearer than the
/// processor's.
const GATHERING: Duration = Duration::from_micros(100);
const LONGEST_GATHERING: Duration = Duration::from_millis(2);

/// What the writer has to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// Write a checkpoint, if anything is new since the last.
    pub(crate) checkpoint: bool,
    /// The log is to be closed after this.
    pub(crate) closing: bool,
    /// How many checkpoints had been asked for.
    asked: u64,
}

/// What the writer has done.
pub(crate) struct Done {
    pub(crate) chain: Chain,
    pub(crate) newest: CheckpointExport,
    pub(crate) end: (u64, u64),
    /// Whether a checkpoint that was wanted could be signed.
    pub(crate) signed: Result<(), LogError>,
}

impl Shared {
    pub(crate) fn new(limits: Limits, done: Done) -> Self {
        let state = State {
            active: Batch::default(),
            active_since: None,
            next: done.chain.seq + 1,
            durable: done.chain,
            status: Status::Healthy,
            closing: false,
            nudged: false,
            last_batch: 0,
            parked: Parked::No,
            records: Waiters::default(),
            asked: 0,
            answered: 0,
            answer: Ok(()),
            checkpoints: Waiters::default(),
            newest: done.newest,
            end: done.end,
        };
        Self { limits, state: Mutex::new(state), work: Condvar::new(), resting: AtomicUsize::new(0) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record in the queue and gives its place.
    pub(crate) fn append(&self, members: &[u8]) -> Result<u64, LogError> {
        let mut state = self.lock();
        state.accepts(members.len(), &self.limits)?;
        let seq = state.next;
        state.next = seq.checked_add(1).ok_or_else(|| LogError("the places are used up".into()))?;
        state.active.push(members);
        if state.active_since.is_none() {
            state.active_since = Some(Instant::now());
        }
        self.wake_writer(state);
        Ok(seq)
    }

    /// Asks for a checkpoint; gives the number of the request.
    pub(crate) fn ask(&self) -> Result<u64, LogError> {
        let mut state = self.lock();
        state.is_open()?;
        state.asked += 1;
        let ticket = state.asked;
        self.wake_writer_at_once(state);
        Ok(ticket)
    }

    /// From now on nothing is accepted; the writer ends when it has written everything.
    pub(crate) fn begin_close(&self) {
        let mut state = self.lock();
        state.closing = true;
        self.wake_writer_at_once(state);
    }

    /// Somebody waits for the disk: the writer shall not wait for its time.
    pub(crate) fn nudge(&self, mut state: MutexGuard<'_, State>) {
        // What is being written already needs none.
        if state.active_since.is_some() && !mem::replace(&mut state.nudged, true) {
            self.wake_writer(state);
        }
    }

    /// A thread that makes records has nothing else to do.
    pub(crate) fn rest(&self) {
        self.resting.fetch_add(1, Ordering::Relaxed);
        let state = self.lock();
        if state.nudged {
            self.wake_writer(state);
        }
    }

    /// It has again.
    pub(crate) fn resume(&self) {
        self.resting.fetch_sub(1, Ordering::Relaxed);
    }

    /// When what is there is to be written, if nobody asks for more.
    fn flush_at(&self, state: &State) -> Option<Instant> {
        state.flush_at(&self.limits, self.resting.load(Ordering::Relaxed) > 0)
    }

    /// Wakes the writer if it would otherwise sleep longer than the records may wait. Mostly it would not: each time it is
    /// woken costs as much as a small call.
    fn wake_writer(&self, state: MutexGuard<'_, State>) {
        let oversleeps = match (&state.status, state.parked) {
            // It waits for the disk to work again.
            (Status::Failing(_) | Status::Closed(_), _) | (_, Parked::No) => false,
            (Status::Healthy, Parked::Forever) => state.active_since.is_some(),
            (Status::Healthy, Parked::Until(until)) => self.flush_at(&state).is_some_and(|at| at < until),
        };
        if oversleeps {
            self.wake_writer_at_once(state);
        }
    }

    fn wake_writer_at_once(&self, mut state: MutexGuard<'_, State>) {
        let was = mem::replace(&mut state.parked, Parked::No);
        drop(state);
        if was != Parked::No {
            self.work.notify_one();
        }
    }

    /// For the writer: waits until there is something to do, or until `checkpoint_at`, and swaps the records into `batch`,
    /// which must be empty.
    pub(crate) fn take(&self, batch: &mut Batch, checkpoint_at: Option<Instant>) -> Work {
        let mut state = self.lock();
        // It comes back by itself as long as there is work, so that the records after this batch need not wake it.
        let lingers = Instant::now() + self.limits.flush_interval;
        let mut gave_way = false;
        loop {
            let now = Instant::now();
            let flush_at = self.flush_at(&state);
            let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
            let checkpoint = due(checkpoint_at) || state.asked > state.answered || state.closing;
            let only_rests = due(flush_at) && !due(state.flush_at(&self.limits, false));
            if only_rests && !checkpoint && !mem::replace(&mut gave_way, true) {
                // Threads also seem to rest while they look for what has come in. One on this processor finds out now.
                drop(state);
                thread::yield_now();
                state = self.lock();
                continue;
            }
            if checkpoint || due(flush_at) {
                state.hand_over(batch);
                return Work { checkpoint, closing: state.closing, asked: state.asked };
            }
            let lingers = Some(lingers).filter(|until| *until > now);
            let until = [flush_at, checkpoint_at, lingers].into_iter().flatten().min();
            state.parked = until.map_or(Parked::Forever, Parked::Until);
            gave_way = false;
            state = match until {
                Some(until) => {
                    let woken = self.work.wait_timeout(state, until.saturating_duration_since(now));
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.parked = Parked::No;
        }
    }

    /// For the writer: what it has done is durable, and everybody who waits for it goes on.
    pub(crate) fn publish(&self, work: Work, done: Done) {
        let mut state = self.lock();
        state.durable = done.chain;
        state.newest = done.newest;
        state.end = done.end;
        state.answered = work.asked;
        state.answer = done.signed;
        let records = state.records.take_through(done.chain.seq);
        let checkpoints = state.checkpoints.take_through(work.asked);
        drop(state);
        wake_all(records);
        wake_all(checkpoints);
    }

    /// For the writer: the disk fails. Everybody who waits is told so, and nothing is accepted.
    pub(crate) fn fail(&self, error: LogError) {
        self.settle(Status::Failing(error));
    }

    /// For the writer: the disk works again.
    pub(crate) fn heal(&self) {
        self.lock().status = Status::Healthy;
    }

    /// For the writer: it ends.
    pub(crate) fn close(&self, result: Result<(), LogError>) {
        self.settle(Status::Closed(result));
    }

    fn settle(&self, status: Status) {
        let mut state = self.lock();
        if matches!(state.status, Status::Closed(_)) {
            return;
        }
        let goes_on = matches!(status, Status::Failing(_)) && state.closing;
        state.status = status;
        let records = state.records.take_all();
        // Whoever waits for the end is told at the end.
        let checkpoints =
            if goes_on { state.checkpoints.take_through(u64::MAX - 1) } else { state.checkpoints.take_all() };
        drop(state);
        wake_all(records);
        wake_all(checkpoints);
    }

    /// For the writer: waits until a failure may have passed; false if the log is to be closed.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.parked = Parked::Until(until);
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.parked = Parked::No;
        !state.closing
    }
}

/// How far a record must have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// As the mode promises.
    Settled,
    /// On the disk.
    Durable,
}

impl State {
    pub(crate) fn durable(&self) -> Chain {
        self.durable
    }

    /// The place of the newest record, durable or not.
    pub(crate) fn newest_seq(&self) -> Option<u64> {
        self.next.checked_sub(1).filter(|seq| *seq > 0)
    }

    pub(crate) fn newest(&self) -> &CheckpointExport {
        &self.newest
    }

    pub(crate) fn end(&self) -> (u64, u64) {
        self.end
    }

    pub(crate) fn is_open(&self) -> Result<(), LogError> {
        match &self.status {
            Status::Failing(error) | Status::Closed(Err(error)) => Err(error.clone()),
            Status::Healthy if !self.closing => Ok(()),
            Status::Healthy | Status::Closed(Ok(())) => Err(closed()),
        }
    }

    /// Whether the record at `seq` has come that far, or never will; `None` while it is on its way.
    pub(crate) fn outcome(&self, seq: u64, until: Until, limits: &Limits) -> Option<Result<(), LogError>> {
        if seq <= self.durable.seq {
            return Some(Ok(()));
        }
        match &self.status {
            _ if seq >= self.next => Some(Err(LogError(format!("there is no record at {seq}")))),
            Status::Failing(error) | Status::Closed(Err(error)) => Some(Err(error.clone())),
            Status::Closed(Ok(())) => Some(Err(closed())),
            Status::Healthy => {
                let buffered = until == Until::Settled && limits.mode == AuditMode::Buffered;
                (buffered && self.active.bytes.len() <= limits.buffer_limit).then_some(Ok(()))
            }
        }
    }

    /// The answer to request `ticket` for a checkpoint; `None` before there is one.
    pub(crate) fn answer(&self, ticket: u64) -> Option<Result<CheckpointExport, LogError>> {
        match &self.status {
            _ if ticket <= self.answered => Some(self.answer.clone().map(|()| self.newest.clone())),
            Status::Failing(error) | Status::Closed(Err(error)) => Some(Err(error.clone())),
            Status::Closed(Ok(())) => Some(Err(closed())),
            Status::Healthy => None,
        }
    }

    /// How the log was closed; `None` before it is.
    pub(crate) fn closed(&self) -> Option<Result<(), LogError>> {
        match &self.status {
            Status::Closed(result) => Some(result.clone()),
            Status::Healthy | Status::Failing(_) => None,
        }
    }

    pub(crate) fn records(&mut self) -> &mut Waiters {
        &mut self.records
    }

    pub(crate) fn checkpoints(&mut self) -> &mut Waiters {
        &mut self.checkpoints
    }

    fn accepts(&self, bytes: usize, limits: &Limits) -> Result<(), LogError> {
        self.is_open()?;
        if self.active.bytes.len() + bytes > limits.buffer_limit.saturating_mul(4) {
            return Err(LogError("the disk is too slow: too many records wait for it".into()));
        }
        Ok(())
    }

    /// `rests` a thread that could make records.
    fn flush_at(&self, limits: &Limits, rests: bool) -> Option<Instant> {
        let since = self.active_since?;
        if self.active.bytes.len() >= limits.buffer_limit / 2 {
            return Some(since);
        }
        if !self.nudged {
            return Some(since + limits.flush_interval);
        }
        // A flush costs as much of a processor as several calls: better few and large ones.
        if rests || self.last_batch < CROWD {
            return Some(since);
        }
        let crowd = u32::try_from(self.last_batch).unwrap_or(u32::MAX);
        Some(since + GATHERING.saturating_mul(crowd).min(LONGEST_GATHERING))
    }

    fn hand_over(&mut self, batch: &mut Batch) {
        self.last_batch = self.active.len();
        mem::swap(&mut self.active, batch);
        self.active_since = None;
        self.nudged = false;
    }
}

fn closed() -> LogError {
    LogError("it is closed".into())
}

/// Records without the log's own members, one after the other.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    fn push(&mut self, members: &[u8]) {
        self.bytes.extend_from_slice(members);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        // Invariant: the ends ascend and none is beyond the bytes.
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }

    /// Empties it, and keeps at most `capacity` bytes of memory.
    pub(crate) fn clear(&mut self, capacity: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(capacity);
        self.ends.clear();
    }
}

/// Tasks that wait for a number to be reached. A task that gives up takes itself out.
#[derive(Default)]
pub(crate) struct Waiters {
    waiting: BTreeMap<(u64, u64), Waker>,
    next_id: u64,
}

impl Waiters {
    /// Waits for `number`; `id` is the last result for the same task, if any.
    pub(crate) fn register(&mut self, number: u64, id: Option<u64>, waker: &Waker) -> u64 {
        let id = id.unwrap_or_else(|| {
            self.next_id += 1;
            self.next_id
        });
        self.waiting.insert((number, id), waker.clone());
        id
    }

    pub(crate) fn remove(&mut self, number: u64, id: u64) {
        self.waiting.remove(&(number, id));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    fn take_through(&mut self, number: u64) -> BTreeMap<(u64, u64), Waker> {
        let later = self.waiting.split_off(&(number.saturating_add(1), 0));
        mem::replace(&mut self.waiting, later)
    }

    fn take_all(&mut self) -> BTreeMap<(u64, u64), Waker> {
        mem::take(&mut self.waiting)
    }
}

fn wake_all(waiting: BTreeMap<(u64, u64), Waker>) {
    for waker in waiting.into_values() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
