use async_trait::async_trait;
use claviger_types::AuditSeq;

use crate::LogError;

/// Reads what the audit log holds, and states how far it goes.
#[async_trait]
pub trait AuditReader: Send + Sync {
    /// Waits until everything appended before this call can be read.
    ///
    /// # Errors
    /// [`LogError`] if it can't be written.
    async fn catch_up(&self) -> Result<(), LogError>;

    /// Gives the durable records from `from` on to `visit`, each a JSON object in one line, oldest first, until it answers
    /// `false` or there are no more. Blocks on reading.
    ///
    /// # Errors
    /// [`AuditReadError`] if the log can't be read or is damaged there.
    fn read(
        &self,
        from: AuditSeq,
        visit: &mut dyn FnMut(AuditSeq, &str) -> bool,
    ) -> Result<(), AuditReadError>;

    /// A signed statement of everything recorded so far, as one line of JSON: kept elsewhere, it shows whether the log
    /// was cut off or rewritten since.
    ///
    /// # Errors
    /// [`LogError`] if it can't be signed or written.
    async fn checkpoint(&self) -> Result<String, LogError>;
}

/// The audit log can't be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the audit log can't be read: {0}")]
pub struct AuditReadError(pub String);
