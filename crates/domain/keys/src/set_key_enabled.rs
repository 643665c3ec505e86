use claviger_core::{Effect, Gate, KeyProof, KeyRef, MayChange, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{Key, KeyState};

use crate::state::refuse_state;

/// Lets a disabled key be used again.
pub struct EnableKey {
    /// The key.
    pub key: KeyRef,
}

/// Refuses every use of a key until it is enabled again.
pub struct DisableKey {
    /// The key.
    pub key: KeyRef,
}

impl Operation for EnableKey {
    type Proof = KeyProof<actions::EnableKey>;
    /// The key as it is now.
    type Output = Key;
    const NAME: &'static str = "EnableKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Key> {
        set_state(&key, KeyState::Enabled, scope).await
    }
}

impl Operation for DisableKey {
    type Proof = KeyProof<actions::DisableKey>;
    /// The key as it is now.
    type Output = Key;
    const NAME: &'static str = "DisableKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Key> {
        set_state(&key, KeyState::Disabled, scope).await
    }
}

async fn set_state<A: MayChange>(key: &KeyProof<A>, state: KeyState, scope: &Scope<'_>) -> Result<Key> {
    let entry = key.target();
    match entry.key().state {
        KeyState::Enabled | KeyState::Disabled => {}
        other => return Err(refuse_state(other, &scope.key_arn(entry))),
    }
    if entry.key().state == state {
        return Ok(entry.key().clone());
    }
    let mut changed = entry.key().clone();
    changed.state = state;
    scope.commit(key, vec![Change::PutKey(changed.clone())]).await?;
    changed.revision = changed.revision.next();
    Ok(changed)
}
