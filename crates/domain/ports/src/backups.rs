use async_trait::async_trait;
use claviger_types::{AuditSeq, BackupName};

/// Makes backups: each one place that holds a copy of the store, the keyslot header that belongs to it, and how far the
/// audit log had come.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Makes a backup while serving. It appears under its name when it is complete and durable, or not at all.
    ///
    /// The caller sees to it that the header does not change meanwhile.
    ///
    /// # Errors
    /// `Exists` if the name is taken; `Unavailable` if it can't be written.
    async fn make(&self, name: &BackupName) -> Result<MadeBackup, BackupError>;
}

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBackup {
    /// Where it is, for people: a directory on the server.
    pub location: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The newest audit record that it knows of.
    pub audit: Option<AuditSeq>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a backup of this name, which stays as it is.
    #[error("there is a backup of this name already")]
    Exists,
    /// It can't be written.
    #[error("the backup can't be written: {0}")]
    Unavailable(String),
}
