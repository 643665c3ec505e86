use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use claviger_types::{AuditHead, AuditMode};

use crate::{CheckpointExport, Damage};

/// A log, whatever directory it lies in: 16 random bytes, drawn when it was created. Signed with every checkpoint, so
/// that a segment of one log cannot stand in for that of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogId([u8; 16]);

impl LogId {
    /// From 16 random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// Text that is not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log id has 32 hexadecimal digits")]
pub struct InvalidLogId;

impl FromStr for LogId {
    type Err = InvalidLogId;

    fn from_str(text: &str) -> Result<Self, InvalidLogId> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidLogId)?;
        Ok(Self(bytes))
    }
}

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Directory of the segments, created if it is missing, with mode 0700. Nothing else may lie in it.
    pub dir: PathBuf,
    /// Id for the log if it has to be created: 16 fresh random bytes.
    pub new_id: LogId,
    /// If set, the log must exist and be this one. Set it once the installation knows its log, so that an emptied or
    /// exchanged directory is noticed at the start.
    pub expected_id: Option<LogId>,
    /// What [`settled`](claviger_ports::AuditLog::settled) waits for.
    pub mode: AuditMode,
    /// A segment is closed as soon as it has this many bytes.
    pub segment_bytes: u64,
    /// A checkpoint is written as soon as this many records have none.
    pub checkpoint_records: u64,
    /// A checkpoint is written when a record has had none for this long.
    pub checkpoint_interval: Duration,
    /// What to remove; nothing without it.
    pub retain: Option<Retention>,
    /// Bytes of records waiting for the writer above which buffered calls wait for the disk too. Four times as many are
    /// refused.
    pub buffer_limit: usize,
    /// How long a record may wait to be written when nobody waits for it, as in buffered mode nobody does.
    pub flush_interval: Duration,
    /// Space is taken in advance in steps of this many bytes: faster flushes, but the segment being written ends in zero
    /// bytes. 0 for none.
    pub preallocate: u64,
}

impl LogOptions {
    /// Durable, 64 MiB segments, a checkpoint every 10,000 records or 60 seconds, nothing removed, 4 MiB of buffer and
    /// of space in advance.
    pub fn new(dir: impl Into<PathBuf>, new_id: LogId) -> Self {
        Self {
            dir: dir.into(),
            new_id,
            expected_id: None,
            mode: AuditMode::Durable,
            segment_bytes: 64 << 20,
            checkpoint_records: 10_000,
            checkpoint_interval: Duration::from_secs(60),
            retain: None,
            buffer_limit: 4 << 20,
            flush_interval: Duration::from_millis(100),
            preallocate: 4 << 20,
        }
    }
}

/// Which segments are kept. The one being written always is; a segment is removed whole, as soon as either limit says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// At most this many closed segments.
    pub segments: Option<u32>,
    /// Segments with a record younger than this.
    pub age: Option<Duration>,
}

/// What was found when a log was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// There was none; it has been created.
    pub created: bool,
    /// Which log it is.
    pub log: LogId,
    /// The newest record.
    pub head: Option<AuditHead>,
    /// Bytes cut off the end: the remains of a flush that a crash cut short, of which nothing was acknowledged.
    pub torn_bytes: u64,
    /// Whether the log ended with a checkpoint, as it does after an orderly end. If not, operations may have been cut
    /// short as well.
    pub clean: bool,
    /// Number of segments.
    pub segments: usize,
    /// The newest checkpoint.
    pub checkpoint: CheckpointExport,
}

/// Why a log was not opened. No record has been changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or the directory can't be read or written.
    #[error("audit log: {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("the audit log in {0} is in use by another process")]
    Locked(PathBuf),
    /// The directory should hold a log and has none.
    #[error("the audit log {expected} is missing from {dir}")]
    Missing {
        /// Where it should be.
        dir: PathBuf,
        /// Which.
        expected: LogId,
    },
    /// It is another log.
    #[error("{dir} holds the audit log {found} instead of {expected}")]
    Foreign {
        /// Where.
        dir: PathBuf,
        /// Which log should be there.
        expected: LogId,
        /// Which log is there.
        found: LogId,
    },
    /// What was once on the disk has been changed or lost.
    #[error(
        "the audit log is damaged, and stays as it is: {0}. Keep a copy, then move the directory away to start a new log"
    )]
    Damaged(#[from] Damage),
    /// The header of a segment can't be signed.
    #[error("the audit log can't be started: {0}")]
    Signer(#[from] crate::SignerError),
}
