use std::sync::Arc;

use claviger_core::{Authorized, Effect, Gate, Operation, Params, Result, Scope, actions};
use claviger_types::{AuthorityName, CertificateAuthority};

/// A certificate authority.
pub struct GetCertificateAuthority {
    /// Its name.
    pub name: AuthorityName,
}

impl Operation for GetCertificateAuthority {
    type Proof = Authorized<actions::GetCertificateAuthority, Arc<CertificateAuthority>>;
    type Output = Arc<CertificateAuthority>;
    const NAME: &'static str = "GetCertificateAuthority";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { authority: Some(&self.name), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.authority(&self.name, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, _: &Scope<'_>) -> Result<Arc<CertificateAuthority>> {
        Ok(proof.target().clone())
    }
}
