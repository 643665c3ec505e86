use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use claviger_ports::{AuditLog, LogError, LogRecord};
use claviger_types::{AuditHead, AuditSeq, RequestId};
use serde_json::Value;

/// An audit log in memory that fails when the test says so.
#[derive(Default)]
pub struct MemoryLog {
    records: Mutex<Vec<Value>>,
    failing: AtomicBool,
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on it can or can't be written.
    pub fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    /// Every record so far.
    pub fn records(&self) -> Vec<Value> {
        self.records.lock().unwrap().clone()
    }

    /// The records of one call.
    pub fn of_request(&self, request: RequestId) -> Vec<Value> {
        let request = request.to_string();
        let records = self.records.lock().unwrap();
        records.iter().filter(|record| record["request"] == *request).cloned().collect()
    }

    fn check(&self) -> Result<(), LogError> {
        match self.failing.load(Ordering::SeqCst) {
            true => Err(LogError("the test lets it fail".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl AuditLog for MemoryLog {
    fn append(&self, record: &LogRecord) -> Result<AuditSeq, LogError> {
        self.check()?;
        let mut records = self.records.lock().unwrap();
        records.push(serde_json::from_slice(&[b"{", record.members(), b"}"].concat()).unwrap());
        Ok(AuditSeq(records.len() as u64))
    }

    async fn settled(&self, _seq: AuditSeq) -> Result<(), LogError> {
        self.check()
    }

    async fn durable(&self, _seq: AuditSeq) -> Result<(), LogError> {
        self.check()
    }

    fn head(&self) -> Option<AuditHead> {
        let seq = self.records.lock().unwrap().len() as u64;
        (seq > 0).then_some(AuditHead { seq: AuditSeq(seq), hash: [0; 32] })
    }

    fn healthy(&self) -> bool {
        self.check().is_ok()
    }
}
