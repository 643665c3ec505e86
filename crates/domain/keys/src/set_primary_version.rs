use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::{Change, KeyRecord};
use claviger_types::{Key, KeyUsage, VersionNumber, VersionState};

/// Makes a version the one that encrypts.
pub struct SetPrimaryVersion {
    /// A symmetric encrypt key.
    pub key: KeyRef,
    /// The version; it must be active.
    pub version: VersionNumber,
}

impl Operation for SetPrimaryVersion {
    type Proof = KeyProof<actions::UpdateKeyPrimaryVersion>;
    /// The key as it is now.
    type Output = KeyRecord;
    const NAME: &'static str = "SetPrimaryVersion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { version: Some(self.version), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<KeyRecord> {
        let entry = proof.target();
        if entry.key().usage != KeyUsage::Encrypt {
            return Err(Error::new(
                Reason::KeyState,
                "Only symmetric encryption keys have a primary version.",
            ));
        }
        let version = entry.version_or_primary(Some(self.version))?;
        if version.state != VersionState::Active {
            return Err(Error::new(Reason::KeyState, format!("Version {} is not enabled.", self.version)));
        }
        let key = Key { primary: self.version, ..entry.key().clone() };
        scope.commit(&proof, vec![Change::PutKey(key.clone())]).await?;
        Ok(KeyRecord { key: Arc::new(key), ..entry.record.clone() })
    }
}
