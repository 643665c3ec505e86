use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use async_trait::async_trait;
use claviger_ports::{AuditLog, Clock, LogError, LogRecord};
use claviger_types::{AuditHead, AuditSeq};

use crate::{
    CheckpointExport, CheckpointSigner, Damage, FileLayer, LogOptions, MAX_RECORD, OpenError, Recovery, Scan,
    open::{Opened, open},
    queue::{Shared, Until, Waiters},
};

/// The audit log of a node. Clones are handles of the same log; when the last is dropped, the log is closed in the
/// background, but only [`close`](Self::close) says when and how.
///
/// # When the disk fails
/// If a write or flush fails, everybody who waits gets a [`LogError`], and nothing is accepted until the disk works
/// again, which is tried after 20 ms and then ever less often, every 5 s at last. The segment is then cut to what was
/// flushed before, since a page cache can't be trusted after a failed flush, and a new one is begun with the records
/// that were waiting: they keep their places. So a record whose waiter was told of a failure is found in the log, unless
/// the process ends first.
#[derive(Clone)]
pub struct SegmentLog {
    handle: Arc<Handle>,
}

struct Handle {
    shared: Arc<Shared>,
    files: Arc<dyn FileLayer>,
    options: LogOptions,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.begin_close();
    }
}

impl SegmentLog {
    /// Opens the log, or creates it where there is none, and starts the thread that writes it. Of an existing log the last
    /// segment is verified, and that all segments follow each other; [`verify`](crate::verify::verify) verifies all.
    ///
    /// Blocks while the last segment is read.
    ///
    /// # Errors
    /// [`OpenError`]; above all, a damaged log is not opened.
    pub fn open(
        options: LogOptions,
        clock: Arc<dyn Clock>,
        signer: Arc<dyn CheckpointSigner>,
        files: Arc<dyn FileLayer>,
    ) -> Result<(Self, Recovery), OpenError> {
        let Opened { writer, shared, recovery } = open(&options, clock, signer, files.clone())?;
        let spawned = thread::Builder::new().name("audit-log".into()).spawn(move || writer.run());
        spawned.map_err(|source| OpenError::Io { path: options.dir.clone(), source })?;
        Ok((Self { handle: Arc::new(Handle { shared, files, options }) }, recovery))
    }

    /// Writes what is waiting and a checkpoint, ends the writer and unlocks the directory. May be called again.
    ///
    /// # Errors
    /// [`LogError`] if not everything could be written.
    pub async fn close(&self) -> Result<(), LogError> {
        let shared = &*self.handle.shared;
        shared.begin_close();
        Wait { shared, what: Close, waiting: None }.await
    }

    /// Writes a checkpoint that covers everything appended before, if anything is new since the last, and gives the newest.
    ///
    /// # Errors
    /// [`LogError`] if it could not be signed or written.
    pub async fn checkpoint_now(&self) -> Result<CheckpointExport, LogError> {
        let shared = &*self.handle.shared;
        let ticket = shared.ask()?;
        Wait { shared, what: Answer(ticket), waiting: None }.await
    }

    /// Says that a thread that makes records has nothing else to do, as long as the value lives. A flush costs as much of a processor as several
    /// calls, so the log lets records gather while all threads have work, for two milliseconds at most. Takes no longer than an append.
    pub fn rest(&self) -> Rest {
        let shared = Arc::clone(&self.handle.shared);
        shared.rest();
        Rest { shared }
    }

    /// The newest durable checkpoint.
    pub fn newest_checkpoint(&self) -> CheckpointExport {
        self.handle.shared.lock().newest().clone()
    }

    /// The durable records from `from` on, oldest first; from the oldest there is, if that is younger. Blocks on reading.
    ///
    /// # Errors
    /// [`Damage`] if the segments can't be read.
    pub fn scan(&self, from: AuditSeq) -> Result<Scan, Damage> {
        let end = self.handle.shared.lock().end();
        Scan::begin(self.handle.files.clone(), self.handle.options.dir.clone(), from, Some(end))
    }

    /// The place of the newest record that was appended.
    pub(crate) fn newest(&self) -> Option<AuditSeq> {
        self.handle.shared.lock().newest_seq().map(AuditSeq)
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        let mut state = self.handle.shared.lock();
        state.records().len() + state.checkpoints().len()
    }
}

/// A thread rests; see [`SegmentLog::rest`].
pub struct Rest {
    shared: Arc<Shared>,
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.shared.resume();
    }
}

#[async_trait]
impl AuditLog for SegmentLog {
    fn append(&self, record: &LogRecord) -> Result<AuditSeq, LogError> {
        let members = record.members();
        if members.len() > MAX_RECORD {
            return Err(LogError(format!("the record has {} bytes, more than {MAX_RECORD}", members.len())));
        }
        self.handle.shared.append(members).map(AuditSeq)
    }

    async fn settled(&self, seq: AuditSeq) -> Result<(), LogError> {
        self.reached(seq, Until::Settled).await
    }

    async fn durable(&self, seq: AuditSeq) -> Result<(), LogError> {
        self.reached(seq, Until::Durable).await
    }

    /// The hash is that of the newest line, which may be a checkpoint or header after the newest record.
    fn head(&self) -> Option<AuditHead> {
        let chain = self.handle.shared.lock().durable();
        (chain.seq > 0).then(|| chain.head())
    }

    fn healthy(&self) -> bool {
        self.handle.shared.lock().is_open().is_ok()
    }
}

impl SegmentLog {
    fn reached(&self, seq: AuditSeq, until: Until) -> Wait<'_, Reached> {
        Wait { shared: &self.handle.shared, what: Reached { seq: seq.0, until }, waiting: None }
    }
}

/// Something of the shared state that a task can wait for.
trait Awaited: Unpin {
    type Output;
    fn look(&self, shared: &Shared, state: &mut crate::queue::State) -> Option<Self::Output>;
    /// Where tasks wait for it, and for which number.
    fn queue<'s>(&self, state: &'s mut crate::queue::State) -> (&'s mut Waiters, u64);
    /// Whether the writer must be told not to wait for its time.
    fn nudges(&self) -> bool {
        false
    }
}

struct Reached {
    seq: u64,
    until: Until,
}

impl Awaited for Reached {
    type Output = Result<(), LogError>;

    fn look(&self, shared: &Shared, state: &mut crate::queue::State) -> Option<Self::Output> {
        state.outcome(self.seq, self.until, &shared.limits)
    }

    fn queue<'s>(&self, state: &'s mut crate::queue::State) -> (&'s mut Waiters, u64) {
        (state.records(), self.seq)
    }

    fn nudges(&self) -> bool {
        true
    }
}

struct Answer(u64);

impl Awaited for Answer {
    type Output = Result<CheckpointExport, LogError>;

    fn look(&self, _: &Shared, state: &mut crate::queue::State) -> Option<Self::Output> {
        state.answer(self.0)
    }

    fn queue<'s>(&self, state: &'s mut crate::queue::State) -> (&'s mut Waiters, u64) {
        (state.checkpoints(), self.0)
    }
}

struct Close;

impl Awaited for Close {
    type Output = Result<(), LogError>;

    fn look(&self, _: &Shared, state: &mut crate::queue::State) -> Option<Self::Output> {
        state.closed()
    }

    fn queue<'s>(&self, state: &'s mut crate::queue::State) -> (&'s mut Waiters, u64) {
        // After every checkpoint.
        (state.checkpoints(), u64::MAX)
    }
}

/// Waits; taken out of the queue when it is dropped.
struct Wait<'a, T: Awaited> {
    shared: &'a Shared,
    what: T,
    waiting: Option<u64>,
}

impl<T: Awaited> Future for Wait<'_, T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let this = self.get_mut();
        let mut state = this.shared.lock();
        if let Some(output) = this.what.look(this.shared, &mut state) {
            if let Some(id) = this.waiting.take() {
                let (queue, number) = this.what.queue(&mut state);
                queue.remove(number, id);
            }
            return Poll::Ready(output);
        }
        let (queue, number) = this.what.queue(&mut state);
        this.waiting = Some(queue.register(number, this.waiting, cx.waker()));
        if this.what.nudges() {
            this.shared.nudge(state);
        }
        Poll::Pending
    }
}

impl<T: Awaited> Drop for Wait<'_, T> {
    fn drop(&mut self) {
        if let Some(id) = self.waiting.take() {
            let mut state = self.shared.lock();
            let (queue, number) = self.what.queue(&mut state);
            queue.remove(number, id);
        }
    }
}
