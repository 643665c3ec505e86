use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyVersion, ObjectId, ObjectState, ProviderName, VersionNumber, VersionState};

use crate::{
    create_key_version::{VersionAnswer, put_version},
    version_need::Signers,
};

/// Sets the time at which a version will be destroyed: after the waiting period of its key. Until then it is refused for
/// everything, and can be restored.
pub struct DestroyVersion {
    /// The key.
    pub key: KeyRef,
    /// The version; it must be active or disabled.
    pub version: VersionNumber,
    /// Only if it is in this provider, which is being emptied, and nothing needs it there any more; needed or not if absent.
    pub unneeded_in: Option<ProviderName>,
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
        Params { version: Some(self.version), provider: self.unneeded_in.as_ref(), ..Params::default() }
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
        self.check_unneeded(&proof, version, scope).await?;
        let doomed = KeyVersion {
            state: VersionState::DestructionScheduled,
            destroy_at: Some(scope.now().plus(entry.key().template.destroy_after)),
            ..version.clone()
        };
        put_version(&proof, doomed, scope).await
    }
}

impl DestroyVersion {
    /// Looked at again with each try, on what the commit expects the key to be. An authority that takes the version
    /// meanwhile writes the key, too, so that only one of the two comes to pass.
    async fn check_unneeded(
        &self,
        proof: &KeyProof<actions::DestroyKeyVersion>,
        version: &KeyVersion,
        scope: &Scope<'_>,
    ) -> Result<()> {
        let Some(name) = &self.unneeded_in else { return Ok(()) };
        let provider = scope.known_provider(proof, name).await?;
        if version.provider != provider || version.handle.is_none() {
            let message = format!("Version {} is not in the provider '{name}'.", self.version);
            return Err(Error::new(Reason::KeyState, message));
        }
        let signers = Signers::of(proof.target().project(), proof, scope).await?;
        match signers.need(&proof.target().record, version, &provider) {
            None => Ok(()),
            Some(need) => {
                let message = format!("Version {} is still needed: {need}.", self.version);
                Err(Error::new(Reason::KeyState, message))
            }
        }
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
