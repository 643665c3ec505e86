use claviger_access::{Policy, PolicyKind};
use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{IdentityPolicy, PolicyName, PrincipalName};

use super::find_principal;
use crate::put_key_policy::check_actions;

/// Gives a principal a policy, or replaces the one of that name.
pub struct PutPrincipalPolicy {
    /// The principal.
    pub principal: PrincipalName,
    /// The policy's name.
    pub name: PolicyName,
    /// An IAM policy document in JSON, without principals.
    pub document: Box<str>,
}

impl Operation for PutPrincipalPolicy {
    type Proof = Authorized<actions::PutPrincipalPolicy, ProjectTarget>;
    type Output = ();
    const NAME: &'static str = "PutPrincipalPolicy";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let principal = find_principal(&proof, &self.principal, scope).await?;
        check_actions(&Policy::parse(&self.document, PolicyKind::Identity)?)?;
        let policy = IdentityPolicy {
            principal: principal.id,
            name: self.name.clone(),
            document: self.document.clone(),
            updated: scope.now(),
        };
        scope.commit(&proof, vec![Change::PutIdentityPolicy(policy)]).await
    }
}
