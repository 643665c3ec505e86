use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::CredentialId;

/// Revokes a credential for good: the next call with it is refused. Revoking it again changes nothing.
pub struct RevokeCredential {
    /// The credential, of a principal of the caller's project.
    pub id: CredentialId,
}

impl Operation for RevokeCredential {
    type Proof = Authorized<actions::RevokeCredential, ProjectTarget>;
    type Output = ();
    const NAME: &'static str = "RevokeCredential";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.id.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let ProjectTarget(project) = *proof.target();
        let absent = || Error::new(Reason::NotFound, format!("There is no credential {}.", self.id));
        let reads = scope.reads(&proof);
        let credential = reads.credential(&self.id).await?.ok_or_else(absent)?;
        let owner = reads.principal(credential.principal).await?;
        if owner.is_none_or(|owner| owner.project != project) {
            return Err(absent());
        }
        if credential.revoked.is_some() {
            return Ok(());
        }
        scope.commit(&proof, vec![Change::RevokeCredential(self.id.clone(), scope.now())]).await
    }
}
