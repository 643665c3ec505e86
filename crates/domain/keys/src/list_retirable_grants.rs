use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::{GrantPage, Page};
use claviger_types::{Grant, GrantId};

use crate::principal_arn::parse_principal_arn;

/// The grants on keys of the caller's project that a principal may retire, by id.
pub struct ListRetirableGrants {
    /// ARN of the principal, of the caller's project.
    pub retiring: Box<str>,
    /// Only those after this one.
    pub after: Option<GrantId>,
    /// At most so many, 1 to 100.
    pub limit: usize,
}

impl Operation for ListRetirableGrants {
    type Proof = Authorized<actions::ListRetirableGrants, ProjectTarget>;
    type Output = Page<Grant>;
    const NAME: &'static str = "ListRetirableGrants";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { retiring: Some(&self.retiring), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let account = parse_principal_arn(&self.retiring)?;
        // `kms:RetiringPrincipal` is about grants that are made.
        let proof: Self::Proof = gate.project(&Params::default())?;
        let ProjectTarget(own) = *proof.target();
        match account == own {
            true => Ok(proof),
            false => {
                Err(Error::new(Reason::InvalidArn, "The retiring principal belongs to another account."))
            }
        }
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<Grant>> {
        let ProjectTarget(project) = *proof.target();
        let page = GrantPage { after: self.after.as_ref(), limit: self.limit.clamp(1, 100) };
        Ok(scope.reads(&proof).grants_retirable_by(project, &self.retiring, page).await?)
    }
}
