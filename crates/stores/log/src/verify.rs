//! Finds out whether a log is what was written.

use std::{io, path::Path};

use claviger_types::{AuditHead, AuditSeq};

use crate::{
    CheckpointExport, CheckpointVerifier, FileLayer, LogId, StdFiles,
    line::{Chain, Header},
    segment,
    walk::{Broken, Step, Walk, Wrong, WrongKind},
};

/// Verifies the log in `dir` from its first remaining segment to its end: that every line continues the chain, that no
/// record is missing, and that every checkpoint is one of this log at its place. With the public `key`, also every
/// signature; without it, whoever changed the log could have made the chain anew. With a checkpoint `held` elsewhere, also
/// that the log still contains what it contained then.
///
/// The log may be in use. What a crash left of an unfinished flush at its end is no damage; see
/// [`Report::torn_tail`].
///
/// # Errors
/// The first [`Damage`] found.
pub fn verify(
    dir: &Path,
    key: Option<&dyn CheckpointVerifier>,
    held: Option<&CheckpointExport>,
) -> Result<Report, Damage> {
    verify_with(&StdFiles, dir, key, held)
}

/// As [`verify`], on other files.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(
    files: &dyn FileLayer,
    dir: &Path,
    key: Option<&dyn CheckpointVerifier>,
    held: Option<&CheckpointExport>,
) -> Result<Report, Damage> {
    let numbers = segment::list(files, dir).map_err(|error| Damage::unreadable(dir, &error))?;
    let mut verification = Verification { files, dir, key, held, found: None };
    let mut chain = None;
    let mut report: Option<Report> = None;
    for number in &numbers {
        let last = Some(number) == numbers.last();
        let expected = report.as_ref().map_or(*number, |report| report.last_segment + 1);
        if *number != expected {
            return Err(Damage::MissingSegment { segment: expected });
        }
        chain = Some(verification.segment(*number, last, chain, &mut report)?);
    }
    let mut report = report.ok_or(Damage::NoLog)?;
    report.held = verification.conclude(&report)?;
    Ok(report)
}

/// What a log that is not damaged contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which log.
    pub log: LogId,
    /// Place of its first remaining record, or of the next one if there is none. If it is not 1, what came before has been
    /// removed, by retention or by somebody, and the hash of it in the first header is confirmed only by the checkpoints
    /// after it, if there is a key.
    pub first: AuditSeq,
    /// Place of its last record and hash of its last line.
    pub head: AuditHead,
    /// Number of records.
    pub records: u64,
    /// Number of checkpoints, without the headers, which are signed as well.
    pub checkpoints: u64,
    /// Number of its first segment.
    pub first_segment: u64,
    /// Number of its last segment.
    pub last_segment: u64,
    /// Records after the last checkpoint: whoever could write the files could have rewritten them.
    pub unsigned: u64,
    /// Whether signatures were checked: whether there was a key.
    pub signatures_checked: bool,
    /// Bytes at the end that are the remains of a flush which a crash, or a writer at work, has not finished. Nothing of
    /// it was acknowledged, if nobody but the log has written the file.
    pub torn_tail: u64,
    /// What became of the checkpoint held elsewhere.
    pub held: Option<Held>,
}

/// What a log says to a checkpoint held elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It contains the log as it was then, and goes on from there.
    Confirmed,
    /// What it covers has been removed since.
    Removed,
}

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It can't be read, which says nothing about its content.
    #[error("{path} can't be read: {error}")]
    Unreadable {
        /// File or directory.
        path: String,
        /// Why.
        error: String,
    },
    /// There is no segment.
    #[error("there is no audit log")]
    NoLog,
    /// A segment is missing between others.
    #[error("segment {segment} is missing")]
    MissingSegment {
        /// Its number.
        segment: u64,
    },
    /// A segment belongs to another log.
    #[error("segment {segment} belongs to the log {found} instead of {expected}")]
    ForeignSegment {
        /// Its number.
        segment: u64,
        /// The log.
        expected: LogId,
        /// The other log.
        found: LogId,
    },
    /// The header of a segment has been changed, or is missing, or belongs to another segment.
    #[error("segment {segment} has no intact header of its own")]
    Header {
        /// Its number.
        segment: u64,
    },
    /// A segment does not continue the segment before it, although no record is missing: one of the two has been
    /// rewritten.
    #[error("segment {segment} does not continue the one before it")]
    Link {
        /// The later one's number.
        segment: u64,
    },
    /// A line has been changed: this record, or a checkpoint between it and the record before; or the line just before it was
    /// changed or removed and its own hash adjusted.
    #[error(
        "the chain breaks at record {seq} in segment {segment}: it, or a line just before it, has been changed"
    )]
    Record {
        /// In which segment.
        segment: u64,
        /// Which record.
        seq: u64,
    },
    /// Records are missing.
    #[error("record {expected} in segment {segment} is missing: {found} follows")]
    Gap {
        /// In which segment.
        segment: u64,
        /// The first one that is missing.
        expected: u64,
        /// The one found in its place.
        found: u64,
    },
    /// A record is there, but not at its place.
    #[error("records are out of order in segment {segment}: {found} is at the place of {expected}")]
    Order {
        /// In which segment.
        segment: u64,
        /// The record that should be there.
        expected: u64,
        /// The one that is.
        found: u64,
    },
    /// A checkpoint does not say what the log was at its place.
    #[error("the checkpoint after record {seq} in segment {segment} is not one of this log at this place")]
    Checkpoint {
        /// In which segment.
        segment: u64,
        /// The record before it.
        seq: u64,
    },
    /// A checkpoint or header was not signed by the audit key: the log was rewritten up to here, or the key is not its
    /// key.
    #[error("the signature after record {seq} in segment {segment} is not by the audit key")]
    Signature {
        /// In which segment.
        segment: u64,
        /// The record before it.
        seq: u64,
    },
    /// The checkpoint held elsewhere was not signed by the audit key.
    #[error("the given checkpoint is not signed by the audit key")]
    HeldSignature,
    /// The checkpoint held elsewhere is one of another log.
    #[error("the given checkpoint is one of the log {held}, but this is {found}")]
    ForeignLog {
        /// The checkpoint's log.
        held: LogId,
        /// This log.
        found: LogId,
    },
    /// The log ends before a checkpoint held elsewhere.
    #[error("the log ends with record {last}, but once had {held}: its end has been cut off")]
    Truncated {
        /// The checkpoint's record.
        held: u64,
        /// The log's last record.
        last: u64,
    },
    /// The log is not the one of which a checkpoint is held elsewhere.
    #[error("the log up to record {held} is not what it was when the given checkpoint was made")]
    Rewritten {
        /// The checkpoint's record.
        held: u64,
    },
}

impl Damage {
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable { path: path.display().to_string(), error: error.to_string() }
    }
}

/// What it means that segment `number` can't be followed beyond the record before `expected`.
pub(crate) fn damage(broken: Broken, dir: &Path, number: u64, expected: u64) -> Damage {
    match broken {
        Broken::Io(error) => Damage::unreadable(&segment::path(dir, number), &error),
        Broken::Header => Damage::Header { segment: number },
        Broken::Line(Wrong { kind, .. }) => match kind {
            WrongKind::Content => Damage::Record { segment: number, seq: expected },
            WrongKind::Place(found) if found > expected => Damage::Gap { segment: number, expected, found },
            WrongKind::Place(found) => Damage::Order { segment: number, expected, found },
            WrongKind::Checkpoint => Damage::Checkpoint { segment: number, seq: expected.saturating_sub(1) },
        },
    }
}

struct Verification<'a> {
    files: &'a dyn FileLayer,
    dir: &'a Path,
    key: Option<&'a dyn CheckpointVerifier>,
    held: Option<&'a CheckpointExport>,
    /// Whether the log once was what the held checkpoint says.
    found: Option<()>,
}

impl Verification<'_> {
    /// Follows segment `number` after `chain` and adds it to `report`; gives the log at its end.
    fn segment(
        &mut self,
        number: u64,
        last: bool,
        chain: Option<Chain>,
        report: &mut Option<Report>,
    ) -> Result<Chain, Damage> {
        let path = segment::path(self.dir, number);
        let unreadable = |error: io::Error| Damage::unreadable(&path, &error);
        let file = self.files.open_read(&path).map_err(unreadable)?;
        let size = file.size().map_err(unreadable)?;
        let begun = Walk::begin(file, size, last);
        let (mut walk, header) = begun.map_err(|error| damage(error, self.dir, number, 0))?;
        let report = self.header(number, &header, chain, report)?;
        self.note(walk.chain());
        report.last_segment = number;
        report.unsigned = 0;
        loop {
            let before = walk.chain();
            match self.step(&mut walk, number)? {
                None => {
                    report.records += 1;
                    report.unsigned += 1;
                }
                Some(Found::Checkpoint(checkpoint)) => {
                    self.signature(&checkpoint, number, before.seq)?;
                    report.checkpoints += 1;
                    report.unsigned = 0;
                }
                Some(Found::End(torn)) => {
                    report.torn_tail = torn;
                    report.head = before.head();
                    return Ok(before);
                }
            }
            self.note(walk.chain());
        }
    }

    /// `None` for a record.
    fn step(&self, walk: &mut Walk, number: u64) -> Result<Option<Found>, Damage> {
        let expected = walk.chain().seq.saturating_add(1);
        let broken = match walk.step() {
            Ok(Step::Record(..)) => return Ok(None),
            Ok(Step::Checkpoint(checkpoint)) => return Ok(Some(Found::Checkpoint(checkpoint))),
            Ok(Step::End(torn)) => return Ok(Some(Found::End(torn))),
            Err(broken) => broken,
        };
        let damage = damage(broken, self.dir, number, expected);
        if let Damage::Gap { segment, expected, found } = damage
            && walk.finds_later(expected).map_err(|error| Damage::unreadable(self.dir, &error))?
        {
            return Err(Damage::Order { segment, expected, found });
        }
        Err(damage)
    }

    fn header<'r>(
        &mut self,
        number: u64,
        header: &Header,
        chain: Option<Chain>,
        report: &'r mut Option<Report>,
    ) -> Result<&'r mut Report, Damage> {
        let (log, base) = (header.opening.log, header.base());
        if let Some(held) = self.held.filter(|held| report.is_none() && held.log != log) {
            return Err(Damage::ForeignLog { held: held.log, found: log });
        }
        let report = report.get_or_insert_with(|| Report {
            log,
            first: AuditSeq(base.seq.saturating_add(1)),
            head: base.head(),
            records: 0,
            checkpoints: 0,
            first_segment: number,
            last_segment: number,
            unsigned: 0,
            signatures_checked: self.key.is_some(),
            torn_tail: 0,
            held: None,
        });
        if report.log != log {
            return Err(Damage::ForeignSegment { segment: number, expected: report.log, found: log });
        }
        let start = if number == 1 { Some(Chain::START) } else { chain };
        let (expected, found) = (start.map_or(base.seq, |chain| chain.seq), base.seq);
        if header.segment != number {
            return Err(Damage::Header { segment: number });
        }
        if found > expected {
            return Err(Damage::Gap { segment: number, expected: expected + 1, found: found + 1 });
        }
        if start.is_some_and(|chain| chain != base) {
            return Err(Damage::Link { segment: number });
        }
        self.note(base);
        self.signature(&header.opening, number, base.seq)?;
        Ok(report)
    }

    fn signature(&self, checkpoint: &CheckpointExport, segment: u64, seq: u64) -> Result<(), Damage> {
        match self.key {
            Some(key) if !checkpoint.verify(key) => Err(Damage::Signature { segment, seq }),
            _ => Ok(()),
        }
    }

    /// Compares a state that the log once had with the held checkpoint.
    fn note(&mut self, chain: Chain) {
        if self.held.is_some_and(|held| held.checkpoint.head == chain.head()) {
            self.found = Some(());
        }
    }

    fn conclude(&self, report: &Report) -> Result<Option<Held>, Damage> {
        let Some(held) = self.held else { return Ok(None) };
        if self.key.is_some_and(|key| !held.verify(key)) {
            return Err(Damage::HeldSignature);
        }
        let (seq, last) = (held.checkpoint.head.seq, report.head.seq);
        match self.found {
            Some(()) => Ok(Some(Held::Confirmed)),
            None if seq > last => Err(Damage::Truncated { held: seq.0, last: last.0 }),
            None if report.first_segment > 1 && seq < report.first => Ok(Some(Held::Removed)),
            None => Err(Damage::Rewritten { held: seq.0 }),
        }
    }
}

enum Found {
    Checkpoint(CheckpointExport),
    End(u64),
}
