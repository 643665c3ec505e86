use std::sync::Mutex;

use async_trait::async_trait;
use claviger_core::seal::Header;
use claviger_ports::{
    AuditLog, AuditReadError, AuditReader, BackupError, Backups, HeaderStore, HeaderStoreError, LogError,
    MadeBackup,
};
use claviger_types::{AuditSeq, BackupName};

use crate::MemoryLog;

/// A keyslot header in memory.
pub struct MemoryHeader(Mutex<Vec<u8>>);

impl MemoryHeader {
    /// Holding this header.
    pub fn new(header: &Header) -> Self {
        Self(Mutex::new(header.encode()))
    }
}

impl HeaderStore for MemoryHeader {
    fn load(&self) -> Result<Vec<u8>, HeaderStoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn create(&self, _: &[u8]) -> Result<(), HeaderStoreError> {
        Err(HeaderStoreError::Exists)
    }

    fn replace(&self, bytes: &[u8]) -> Result<(), HeaderStoreError> {
        *self.0.lock().unwrap() = bytes.to_vec();
        Ok(())
    }
}

/// Remembers which backups were made, and makes none.
#[derive(Default)]
pub struct MemoryBackups(Mutex<Vec<BackupName>>);

impl MemoryBackups {
    /// The names, in the order in which they were asked for.
    pub fn names(&self) -> Vec<BackupName> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Backups for MemoryBackups {
    async fn make(&self, name: &BackupName) -> Result<MadeBackup, BackupError> {
        let mut names = self.0.lock().unwrap();
        if names.contains(name) {
            return Err(BackupError::Exists);
        }
        names.push(name.clone());
        Ok(MadeBackup { location: format!("memory:{name}"), bytes: 0, audit: None })
    }
}

#[async_trait]
impl AuditReader for MemoryLog {
    async fn catch_up(&self) -> Result<(), LogError> {
        Ok(())
    }

    fn read(
        &self,
        from: AuditSeq,
        visit: &mut dyn FnMut(AuditSeq, &str) -> bool,
    ) -> Result<(), AuditReadError> {
        let places = 1..;
        let wanted = places.zip(self.records()).skip_while(|(seq, _)| *seq < from.0);
        for (seq, record) in wanted {
            if !visit(AuditSeq(seq), &record.to_string()) {
                break;
            }
        }
        Ok(())
    }

    async fn checkpoint(&self) -> Result<String, LogError> {
        let seq = self.head().map_or(0, |head| head.seq.0);
        Ok(serde_json::json!({ "checkpoint": { "seq": seq } }).to_string())
    }
}
