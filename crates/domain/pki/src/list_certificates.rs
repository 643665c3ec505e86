use std::sync::Arc;

use claviger_core::{Authorized, Effect, Gate, Operation, Params, Result, Scope, actions};
use claviger_ports::Page;
use claviger_types::{AuthorityName, Certificate, CertificateAuthority, CertificateSerial};

/// The certificates that an authority issued, by serial number.
pub struct ListCertificates {
    /// The authority.
    pub authority: AuthorityName,
    /// Only those after this one.
    pub after: Option<CertificateSerial>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

impl Operation for ListCertificates {
    type Proof = Authorized<actions::ListCertificates, Arc<CertificateAuthority>>;
    type Output = Page<Certificate>;
    const NAME: &'static str = "ListCertificates";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { authority: Some(&self.authority), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.authority(&self.authority, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<Certificate>> {
        let limit = self.limit.clamp(1, 1000);
        Ok(scope.reads(&proof).certificates(proof.target().id, self.after.as_ref(), limit).await?)
    }
}
