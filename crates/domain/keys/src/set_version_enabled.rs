use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyState, KeyVersion, VersionNumber, VersionState};

use crate::{
    create_key_version::{VersionAnswer, put_version},
    state::refuse_state,
};

/// Lets a version be used, or refuses every use of it.
pub struct SetVersionEnabled {
    /// The key.
    pub key: KeyRef,
    /// The version; it must be active or disabled.
    pub version: VersionNumber,
    /// Whether it may be used.
    pub enabled: bool,
}

impl Operation for SetVersionEnabled {
    type Proof = KeyProof<actions::UpdateKeyVersion>;
    type Output = VersionAnswer;
    const NAME: &'static str = "SetVersionEnabled";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { version: Some(self.version), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<VersionAnswer> {
        let entry = proof.target();
        // A key that is disabled as a whole is enabled as a whole: the stricter state counts.
        if self.enabled && entry.key().state != KeyState::Enabled {
            return Err(refuse_state(entry.key().state, &scope.key_arn(entry)));
        }
        let version = entry.version_or_primary(Some(self.version))?;
        let state = match (version.state, self.enabled) {
            (VersionState::Disabled, true) if version.handle.is_none() => VersionState::PendingImport,
            (VersionState::Active | VersionState::Disabled, true) => VersionState::Active,
            (VersionState::Active | VersionState::Disabled, false) => VersionState::Disabled,
            _ => {
                let message = format!("Version {} can neither be enabled nor disabled now.", self.version);
                return Err(Error::new(Reason::KeyState, message));
            }
        };
        if state == version.state {
            return Ok(VersionAnswer { key: entry.record.key.clone(), version: version.clone() });
        }
        scope.did(if self.enabled { "enabled" } else { "disabled" });
        put_version(&proof, KeyVersion { state, ..version.clone() }, scope).await
    }
}
