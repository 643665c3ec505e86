use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{Principal, PrincipalId, PrincipalName, Revision};

/// Makes a principal, which may do nothing until a policy allows it something.
pub struct CreatePrincipal {
    /// Its name, free in the caller's project.
    pub name: PrincipalName,
}

impl Operation for CreatePrincipal {
    type Proof = Authorized<actions::CreatePrincipal, ProjectTarget>;
    type Output = Principal;
    const NAME: &'static str = "CreatePrincipal";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Principal> {
        let ProjectTarget(project) = *proof.target();
        if scope.reads(&proof).principal_named(project, &self.name).await?.is_some() {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("There is a principal {} already.", self.name),
            ));
        }
        let principal = Principal {
            id: PrincipalId::from_random(scope.random().bytes()),
            project,
            name: self.name.clone(),
            disabled: false,
            created: scope.now(),
            revision: Revision::NEW,
        };
        scope.commit(&proof, vec![Change::PutPrincipal(principal.clone())]).await?;
        Ok(principal)
    }
}
