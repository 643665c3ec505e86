use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{KeyOrigin, KeyState};

use crate::state::refuse_state;

/// Takes back a scheduled deletion. The key is disabled afterwards, or waits for its import again.
pub struct CancelKeyDeletion {
    /// The key.
    pub key: KeyRef,
}

impl Operation for CancelKeyDeletion {
    type Proof = KeyProof<actions::CancelKeyDeletion>;
    /// The ARN of the key.
    type Output = String;
    const NAME: &'static str = "CancelKeyDeletion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<String> {
        let entry = key.target();
        let arn = scope.key_arn(entry);
        if entry.key().state != KeyState::PendingDeletion {
            return Err(match entry.key().state {
                KeyState::Disabled => refuse_state(KeyState::Enabled, &arn),
                state => refuse_state(state, &arn),
            });
        }
        let mut changed = entry.key().clone();
        changed.deletion = None;
        let has_material = entry.record.versions.iter().any(|version| version.handle.is_some());
        changed.state = match entry.key().origin {
            KeyOrigin::Imported if !has_material => KeyState::PendingImport,
            KeyOrigin::Imported | KeyOrigin::Generated | KeyOrigin::Adopted => KeyState::Disabled,
        };
        scope.commit(&key, vec![Change::PutKey(changed)]).await?;
        Ok(arn)
    }
}
