use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{KeyState, VersionNumber, VersionState};

use crate::get_parameters_for_import::require_imported;

/// Destroys the material of a key; its owner may bring the same again. If there is none, nothing happens.
pub struct DeleteImportedKeyMaterial {
    /// The key, of origin imported.
    pub key: KeyRef,
}

/// Material that is gone.
#[derive(Debug)]
pub struct DeletedKeyMaterial {
    /// The ARN of the key.
    pub key_arn: String,
    /// The version that had it.
    pub version: VersionNumber,
}

impl Operation for DeleteImportedKeyMaterial {
    type Proof = KeyProof<actions::DeleteImportedKeyMaterial>;
    type Output = DeletedKeyMaterial;
    const NAME: &'static str = "DeleteImportedKeyMaterial";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<DeletedKeyMaterial> {
        let entry = key.target();
        let answer = DeletedKeyMaterial { key_arn: scope.key_arn(entry), version: entry.primary()?.number };
        require_imported(entry.key().origin, &answer.key_arn)?;
        let mut changes = Vec::new();
        for version in entry.record.versions.iter().filter(|version| version.handle.is_some()) {
            let mut gone = version.clone();
            gone.state = VersionState::PendingImport;
            gone.handle = None;
            gone.valid_to = None;
            changes.push(Change::PutVersion(gone));
        }
        if changes.is_empty() {
            return Ok(answer);
        }
        let mut changed = entry.key().clone();
        if changed.state != KeyState::PendingDeletion {
            changed.state = KeyState::PendingImport;
        }
        changes.push(Change::PutKey(changed));
        scope.commit(&key, changes).await?;
        scope.destroy_material(&key, |_| true).await;
        Ok(answer)
    }
}
