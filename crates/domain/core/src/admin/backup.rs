use claviger_ports::{BackupError, MadeBackup};
use claviger_types::BackupName;

use crate::{
    Authorized, Effect, Error, Gate, Installation, Operation, Params, Reason, Result, Scope, actions,
};

/// Copies everything that a restore needs, while serving. Every secret in it is encrypted; who has it still needs what
/// opens a keyslot.
pub struct Backup {
    /// What it is called.
    pub name: BackupName,
}

impl Operation for Backup {
    type Proof = Authorized<actions::Backup, Installation>;
    type Output = MadeBackup;
    const NAME: &'static str = "Backup";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, _proof: Self::Proof, scope: &Scope<'_>) -> Result<MadeBackup> {
        let admin = scope.core.admin()?;
        let _turn = admin.header_turn.lock().await;
        admin.backups.make(&self.name).await.map_err(|error| match error {
            BackupError::Exists => Error::new(Reason::AlreadyExists, error.to_string()),
            // Only who may make backups sees it, and he needs to know what is wrong with the disk.
            BackupError::Unavailable(_) => Error::new(Reason::Unavailable, error.to_string()),
        })
    }
}
