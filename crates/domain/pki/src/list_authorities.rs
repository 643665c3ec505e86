use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_ports::Page;
use claviger_types::{AuthorityName, CertificateAuthority};

/// The certificate authorities of the caller's project, by name.
pub struct ListCertificateAuthorities {
    /// Only those after this one.
    pub after: Option<AuthorityName>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

impl Operation for ListCertificateAuthorities {
    type Proof = Authorized<actions::ListCertificateAuthorities, ProjectTarget>;
    type Output = Page<CertificateAuthority>;
    const NAME: &'static str = "ListCertificateAuthorities";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<CertificateAuthority>> {
        let ProjectTarget(project) = *proof.target();
        let limit = self.limit.clamp(1, 1000);
        Ok(scope.reads(&proof).authorities(project, self.after.as_ref(), limit).await?)
    }
}
