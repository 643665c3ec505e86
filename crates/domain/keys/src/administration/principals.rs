use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_types::{IdentityPolicy, Principal, PrincipalName};

use super::find_principal;

/// Every principal of the caller's project, by name.
pub struct ListPrincipals;

impl Operation for ListPrincipals {
    type Proof = Authorized<actions::ListPrincipals, ProjectTarget>;
    type Output = Vec<Principal>;
    const NAME: &'static str = "ListPrincipals";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Vec<Principal>> {
        let ProjectTarget(project) = *proof.target();
        Ok(scope.reads(&proof).principals(project).await?)
    }
}

/// A principal of the caller's project.
pub struct GetPrincipal {
    /// Its name.
    pub name: PrincipalName,
}

impl Operation for GetPrincipal {
    type Proof = Authorized<actions::GetPrincipal, ProjectTarget>;
    type Output = Principal;
    const NAME: &'static str = "GetPrincipal";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Principal> {
        find_principal(&proof, &self.name, scope).await
    }
}

/// The policies of a principal, by name. Allowed to whoever may see the principal.
pub struct ListPrincipalPolicies {
    /// The principal.
    pub principal: PrincipalName,
}

impl Operation for ListPrincipalPolicies {
    type Proof = Authorized<actions::GetPrincipal, ProjectTarget>;
    type Output = Vec<IdentityPolicy>;
    const NAME: &'static str = "ListPrincipalPolicies";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Vec<IdentityPolicy>> {
        let principal = find_principal(&proof, &self.principal, scope).await?;
        Ok(scope.reads(&proof).identity_policies(principal.id).await?)
    }
}
