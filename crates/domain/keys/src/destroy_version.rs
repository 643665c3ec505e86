use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyVersion, ObjectId, ObjectState, VersionNumber, VersionState};

use crate::create_key_version::{VersionAnswer, put_version};

/// Sets the time at which a version will be destroyed: after the waiting period of its key. Until then it is refused for
/// everything, and can be restored.
pub struct DestroyVersion {
    /// The key.
    pub key: KeyRef,
    /// The version; it must be active or disabled.
    pub version: VersionNumber,
}

/// Takes back the destruction of a version. It is disabled then.
pub struct RestoreVersion {
    /// The key.
    pub key: KeyRef,
    /// The version; its destruction must be scheduled.
    pub version: VersionNumber,
}

impl Operation for DestroyVersion {
    type Proof = KeyProof<actions::DestroyKeyVersion>;
    type Output = VersionAnswer;
    const NAME: &'static str = "DestroyVersion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { version: Some(self.version), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<VersionAnswer> {
        let entry = proof.target();
        let version = entry.version_or_primary(Some(self.version))?;
        if !matches!(version.state, VersionState::Active | VersionState::Disabled) {
            let message = format!("Version {} is neither enabled nor disabled.", self.version);
            return Err(Error::new(Reason::KeyState, message));
        }
        let doomed = KeyVersion {
            state: VersionState::DestructionScheduled,
            destroy_at: Some(scope.now().plus(entry.key().template.destroy_after)),
            ..version.clone()
        };
        put_version(&proof, doomed, scope).await
    }
}

impl Operation for RestoreVersion {
    type Proof = KeyProof<actions::RestoreKeyVersion>;
    type Output = VersionAnswer;
    const NAME: &'static str = "RestoreVersion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { version: Some(self.version), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<VersionAnswer> {
        let version = proof.target().version_or_primary(Some(self.version))?;
        if version.state != VersionState::DestructionScheduled {
            let message = format!("The destruction of version {} is not scheduled.", self.version);
            return Err(Error::new(Reason::KeyState, message));
        }
        // What a KMIP client has ended meanwhile stays ended.
        let object = scope.reads(&proof).object(ObjectId::of_key(version.key)).await?;
        let state = match object.map(|object| object.state) {
            Some(ObjectState::Compromised) => VersionState::Compromised,
            Some(ObjectState::Deactivated) => VersionState::Deactivated,
            _ => VersionState::Disabled,
        };
        let restored = KeyVersion { state, destroy_at: None, ..version.clone() };
        put_version(&proof, restored, scope).await
    }
}
