use claviger_core::{Effect, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{KeyState, KeyVersion, VersionNumber, VersionState};

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
        let has_material = |version: &KeyVersion| version.handle.is_some();
        if !entry.record.versions.iter().any(has_material) {
            return Ok(answer);
        }
        scope.commit(&key, without_material(entry, has_material)).await?;
        scope.destroy_material(&key, |_| true).await;
        Ok(answer)
    }
}

/// The changes that take the material of those `versions`. What was disabled or is waiting for its destruction goes on
/// to be: to bring the material again must not undo that.
pub(crate) fn without_material(entry: &KeyEntry, versions: impl Fn(&KeyVersion) -> bool) -> Vec<Change> {
    let mut key = entry.key().clone();
    let mut changes = Vec::new();
    for version in entry.record.versions.iter().filter(|version| versions(version)) {
        let mut gone = KeyVersion { handle: None, valid_to: None, ..version.clone() };
        if gone.state == VersionState::Active {
            gone.state = VersionState::PendingImport;
        }
        if gone.number == key.primary && key.state != KeyState::PendingDeletion {
            key.state = KeyState::PendingImport;
        }
        changes.push(Change::PutVersion(gone));
    }
    changes.push(Change::PutKey(key));
    changes
}
