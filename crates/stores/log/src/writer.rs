use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_ports::LogError;
use claviger_types::Timestamp;

use crate::{
    CheckpointExport, LogOptions, Retention,
    files::DirLock,
    line::Chain,
    queue::{Batch, Done, Shared, Work},
    schedule::Schedule,
    segment::{self, Segment, Tools, WriteError},
};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After a refusal the signer is left alone for this long, unless somebody asks for a checkpoint.
const SIGNER_PAUSE: Duration = Duration::from_secs(1);
/// Buffers larger than this are given back after use.
const KEPT_BUFFER: usize = 8 << 20;

/// Writes the log, on a thread of its own: the only one that touches the files.
pub(crate) struct Writer {
    pub(crate) tools: Tools,
    pub(crate) shared: Arc<Shared>,
    pub(crate) segment: Segment,
    /// The log as far as it is durable.
    pub(crate) chain: Chain,
    pub(crate) newest: CheckpointExport,
    /// Records since the newest checkpoint.
    pub(crate) unsigned: u64,
    /// Every segment that exists, with the time it was created, the one being written last.
    pub(crate) segments: Vec<(u64, Timestamp)>,
    pub(crate) policy: Policy,
    /// Records taken from the queue and not yet durable.
    pub(crate) batch: Batch,
    pub(crate) lines: Vec<u8>,
    pub(crate) checkpoint_at: Option<Instant>,
    /// No checkpoint is signed before this, since the last could not be.
    pub(crate) refused_until: Option<Instant>,
    pub(crate) _lock: DirLock,
}

/// The part of the options that the writer needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    segment_bytes: u64,
    checkpoint_records: u64,
    checkpoint_interval: Duration,
    retain: Option<Retention>,
}

impl From<&LogOptions> for Policy {
    fn from(options: &LogOptions) -> Self {
        Self {
            segment_bytes: options.segment_bytes,
            checkpoint_records: options.checkpoint_records.max(1),
            checkpoint_interval: options.checkpoint_interval,
            retain: options.retain,
        }
    }
}

impl Writer {
    /// Writes until the log is closed.
    pub(crate) fn run(mut self) {
        let ending = Ending(self.shared.clone());
        self.retain();
        let schedule = Schedule::usual().unwrap_or_else(|error| {
            tracing::debug!(%error, "the audit log is written in smaller groups");
            None
        });
        let result = loop {
            let mut take = || self.shared.take(&mut self.batch, self.checkpoint_at);
            let work = match &schedule {
                Some(schedule) => schedule.behind_others(take),
                None => take(),
            };
            let done = match self.write(work) {
                Ok(()) => Ok(()),
                Err(error) => self.recover(work, &error),
            };
            if work.closing || done.is_err() {
                break done;
            }
        };
        let finished = self.segment.finish().map_err(|error| LogError(error.to_string()));
        let shared = self.shared.clone();
        // Whoever waits for the end may open the log again, so the lock goes first.
        drop(self);
        shared.close(result.and(finished));
        drop(ending);
    }

    /// Writes the batch with what belongs to it, in one write and one flush, and tells everybody who waits.
    fn write(&mut self, work: Work) -> Result<(), WriteError> {
        let (chain, checkpoint, signed) = self.compose(work);
        if !self.lines.is_empty() {
            self.segment.append(&self.lines)?;
        }
        self.chain = chain;
        self.unsigned += self.batch.len() as u64;
        let timed = checkpoint.is_some();
        if let Some(checkpoint) = checkpoint {
            self.newest = checkpoint;
            self.unsigned = 0;
        }
        self.schedule(signed.is_err());
        self.batch.clear(KEPT_BUFFER);
        let full = self.segment.len >= self.policy.segment_bytes;
        let closed = full && self.unsigned == 0;
        self.publish(work, signed);
        if closed && !work.closing {
            self.rotate()?;
        }
        if timed {
            self.retain();
        }
        Ok(())
    }

    /// Puts together the lines for the batch, and a checkpoint if one is due.
    fn compose(&mut self, work: Work) -> (Chain, Option<CheckpointExport>, Result<(), LogError>) {
        self.lines.clear();
        self.lines.shrink_to(KEPT_BUFFER);
        let mut chain = self.chain;
        for members in self.batch.records() {
            let first = self.lines.is_empty();
            chain.push_record(&mut self.lines, members, first);
        }
        let unsigned = self.unsigned + self.batch.len() as u64;
        let full = self.segment.len + self.lines.len() as u64 >= self.policy.segment_bytes;
        let refused = self.refused_until.is_some_and(|until| Instant::now() < until);
        let due = !refused && (full || unsigned >= self.policy.checkpoint_records);
        let wanted = work.checkpoint || due;
        if unsigned == 0 || !wanted {
            return (chain, None, Ok(()));
        }
        match self.tools.sign(&chain) {
            Ok(checkpoint) => {
                let first = self.lines.is_empty();
                chain.push_checkpoint(&mut self.lines, &checkpoint, first);
                self.refused_until = None;
                (chain, Some(checkpoint), Ok(()))
            }
            Err(error) => {
                tracing::error!(%error, "the audit log goes on without a checkpoint");
                self.refused_until = Some(Instant::now() + SIGNER_PAUSE);
                (chain, None, Err(LogError(error.to_string())))
            }
        }
    }

    /// When the next checkpoint is due.
    fn schedule(&mut self, refused: bool) {
        let again = Instant::now() + self.policy.checkpoint_interval;
        self.checkpoint_at = match self.checkpoint_at {
            _ if self.unsigned == 0 => None,
            Some(at) if !refused => Some(at),
            _ => Some(again),
        };
    }

    fn publish(&self, work: Work, signed: Result<(), LogError>) {
        let (chain, newest) = (self.chain, self.newest.clone());
        self.shared
            .publish(work, Done { chain, newest, end: (self.segment.number, self.segment.len), signed });
    }

    /// Goes on to a new segment. The full one ends with a checkpoint.
    fn rotate(&mut self) -> Result<(), WriteError> {
        self.segment.finish()?;
        self.begin_segment(self.segment.number + 1, self.chain)
    }

    fn begin_segment(&mut self, number: u64, base: Chain) -> Result<(), WriteError> {
        let (segment, chain, opening) = Segment::create(&self.tools, number, base)?;
        self.segment = segment;
        self.chain = chain;
        self.segments.retain(|(existing, _)| *existing < number);
        self.segments.push((number, opening.checkpoint.time));
        self.newest = opening;
        self.unsigned = 0;
        self.checkpoint_at = None;
        Ok(())
    }

    /// Tries until the batch is written after all, or the log is to be closed and one more try fails.
    fn recover(&mut self, work: Work, error: &WriteError) -> Result<(), LogError> {
        tracing::error!(%error, "the audit log can't be written: calls fail until it can");
        let mut failure = LogError(error.to_string());
        self.shared.fail(failure.clone());
        let mut pause = FIRST_PAUSE;
        loop {
            let goes_on = self.shared.pause(pause);
            match self.replace_segment().and_then(|()| self.write(work)) {
                Ok(()) => {
                    tracing::info!("the audit log is written again");
                    self.shared.heal();
                    return Ok(());
                }
                Err(error) if goes_on => {
                    failure = LogError(error.to_string());
                    self.shared.fail(failure.clone());
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(_) => return Err(failure),
            }
        }
    }

    /// After a failure: cuts the segment to what is durable, and goes on in a new one. A segment in which there is nothing
    /// yet is replaced, so that a long failure does not leave many.
    fn replace_segment(&mut self) -> Result<(), WriteError> {
        if self.segment.is_empty() {
            self.segment.release();
            return self.begin_segment(self.segment.number, self.segment.base);
        }
        self.segment.cut(&self.tools, &self.chain.tip)?;
        self.begin_segment(self.segment.number + 1, self.chain)
    }

    /// Removes the segments that need not be kept, oldest first. A failure is no reason to stop: the next rotation tries
    /// again.
    fn retain(&mut self) {
        let Some(retention) = self.policy.retain else { return };
        let now = self.tools.clock.now();
        while let [(number, _), (_, next_created), ..] = self.segments.as_slice() {
            let closed = self.segments.len() - 1;
            let many = retention.segments.is_some_and(|kept| closed > kept as usize);
            // The next one was created after the last record of this one.
            let old = retention.age.is_some_and(|age| next_created.plus_secs(whole_seconds(age)) < now);
            if !many && !old {
                break;
            }
            if let Err(error) = self.tools.files.remove(&segment::path(&self.tools.dir, *number)) {
                tracing::warn!(%error, segment = number, "an old segment of the audit log can't be removed");
                break;
            }
            tracing::info!(segment = number, "removed an old segment of the audit log");
            self.segments.remove(0);
        }
    }
}

fn whole_seconds(age: Duration) -> i64 {
    i64::try_from(age.as_secs()).unwrap_or(i64::MAX)
}

/// Tells everybody who waits if the writer ends in another way than by being closed.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.close(Err(LogError("its writer has ended".into())));
    }
}
