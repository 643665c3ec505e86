use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{PolicyName, PrincipalName};

use super::find_principal;

/// Takes a policy away from a principal.
pub struct DeletePrincipalPolicy {
    /// The principal.
    pub principal: PrincipalName,
    /// The policy's name.
    pub name: PolicyName,
}

impl Operation for DeletePrincipalPolicy {
    type Proof = Authorized<actions::DeletePrincipalPolicy, ProjectTarget>;
    type Output = ();
    const NAME: &'static str = "DeletePrincipalPolicy";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let principal = find_principal(&proof, &self.principal, scope).await?;
        let policies = scope.reads(&proof).identity_policies(principal.id).await?;
        if policies.iter().all(|policy| policy.name != self.name) {
            let (name, of) = (&self.name, &self.principal);
            return Err(Error::new(Reason::NotFound, format!("Principal {of} has no policy {name}.")));
        }
        scope.commit(&proof, vec![Change::DeleteIdentityPolicy(principal.id, self.name.clone())]).await
    }
}
