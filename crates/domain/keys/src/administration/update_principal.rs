use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{Principal, PrincipalName};

use super::find_principal;

/// Disables a principal, so that it is refused with every credential, or enables it again.
pub struct UpdatePrincipal {
    /// The principal.
    pub name: PrincipalName,
    /// Whether it is refused.
    pub disabled: bool,
}

impl Operation for UpdatePrincipal {
    type Proof = Authorized<actions::UpdatePrincipal, ProjectTarget>;
    type Output = Principal;
    const NAME: &'static str = "UpdatePrincipal";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Principal> {
        let mut principal = find_principal(&proof, &self.name, scope).await?;
        // Whoever disables himself may be the last who could undo it.
        if self.disabled && principal.id == scope.cx().caller.identity.principal.id {
            return Err(Error::invalid("A principal can't disable itself."));
        }
        if principal.disabled == self.disabled {
            return Ok(principal);
        }
        principal.disabled = self.disabled;
        scope.commit(&proof, vec![Change::PutPrincipal(principal.clone())]).await?;
        principal.revision = principal.revision.next();
        Ok(principal)
    }
}
