use async_trait::async_trait;
use claviger_ports::{AuditLog as _, AuditReadError, AuditReader, LogError};
use claviger_types::AuditSeq;

use crate::SegmentLog;

#[async_trait]
impl AuditReader for SegmentLog {
    async fn catch_up(&self) -> Result<(), LogError> {
        match self.newest() {
            Some(seq) => self.durable(seq).await,
            None => Ok(()),
        }
    }

    fn read(
        &self,
        from: AuditSeq,
        visit: &mut dyn FnMut(AuditSeq, &str) -> bool,
    ) -> Result<(), AuditReadError> {
        let failed = |damage: crate::Damage| AuditReadError(damage.to_string());
        for entry in self.scan(from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if !visit(entry.seq, &entry.json) {
                break;
            }
        }
        Ok(())
    }

    async fn checkpoint(&self) -> Result<String, LogError> {
        Ok(self.checkpoint_now().await?.to_json())
    }
}
