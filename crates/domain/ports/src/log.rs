use async_trait::async_trait;
use claviger_types::{AuditHead, AuditSeq};

use crate::LogRecord;

/// The audit log: append-only, in the order of its records, tamper-evident.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends a record, and returns its place at once, before it is durable; records are durable in the order of their places.
    ///
    /// # Errors
    /// [`LogError`] if the log can take no record now, or none that is so long; nothing has been appended.
    fn append(&self, record: &LogRecord) -> Result<AuditSeq, LogError>;

    /// Waits until the record at `seq`, and so every record before it, is as safe as the log's mode promises.
    ///
    /// # Errors
    /// [`LogError`] if it could not be written. Whether it will be found after a restart is then unknown.
    async fn settled(&self, seq: AuditSeq) -> Result<(), LogError>;

    /// Waits until the record at `seq` is on the disk, whatever the mode.
    ///
    /// # Errors
    /// As [`settled`](Self::settled).
    async fn durable(&self, seq: AuditSeq) -> Result<(), LogError>;

    /// The newest durable record; `None` in an empty log.
    fn head(&self) -> Option<AuditHead>;

    /// Whether records can be written now, for readiness.
    fn healthy(&self) -> bool;
}

/// The audit log can't be written: full disk, I/O error, or shutting down. Calls fail until it can.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the audit log can't be written: {0}")]
pub struct LogError(pub String);
