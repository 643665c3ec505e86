use std::net::IpAddr;

use claviger_core::{
    Authorized, Effect, EncryptionContext, Gate, KeyRef, Operation, Params, ProjectTarget, Result, Scope,
    Simulated, Simulation, actions,
};
use claviger_types::PrincipalName;

use super::find_principal;

/// Whether somebody may do something, and which statement decides: asked of the code that decides on calls.
pub struct SimulatePolicy {
    /// Who.
    pub principal: PrincipalName,
    /// The action, as policies write it: `kms:Encrypt`.
    pub action: Box<str>,
    /// The key, if the action is about one; of the caller's project.
    pub key: Option<KeyRef>,
    /// The encryption context of the call.
    pub encryption_context: Option<EncryptionContext>,
    /// The address that the call would come from.
    pub peer: Option<IpAddr>,
}

impl Operation for SimulatePolicy {
    type Proof = Authorized<actions::SimulatePolicy, ProjectTarget>;
    type Output = Simulated;
    const NAME: &'static str = "SimulatePolicy";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Simulated> {
        let principal = find_principal(&proof, &self.principal, scope).await?;
        let question = Simulation {
            principal: principal.id,
            action: &self.action,
            key: self.key.as_ref(),
            peer: self.peer,
            params: Params { encryption_context: self.encryption_context.as_ref(), ..Params::default() },
        };
        scope.simulate(&proof, &question).await
    }
}
