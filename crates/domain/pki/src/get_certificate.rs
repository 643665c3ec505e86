use std::sync::Arc;

use claviger_core::{Authorized, Effect, Error, Gate, Operation, Params, Reason, Result, Scope, actions};
use claviger_types::{AuthorityName, Certificate, CertificateAuthority, CertificateSerial};

/// A certificate that an authority issued.
pub struct GetCertificate {
    /// The authority.
    pub authority: AuthorityName,
    /// The serial number.
    pub serial: CertificateSerial,
}

impl Operation for GetCertificate {
    type Proof = Authorized<actions::GetCertificate, Arc<CertificateAuthority>>;
    type Output = Certificate;
    const NAME: &'static str = "GetCertificate";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params {
            authority: Some(&self.authority),
            certificate_serial: Some(&self.serial),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.authority(&self.authority, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Certificate> {
        let found = scope.reads(&proof).certificate(proof.target().id, &self.serial).await?;
        found.ok_or_else(|| no_such_certificate(&self.authority, &self.serial))
    }
}

pub(crate) fn no_such_certificate(authority: &AuthorityName, serial: &CertificateSerial) -> Error {
    Error::new(
        Reason::NotFound,
        format!("The certificate authority '{authority}' has issued no certificate {serial}."),
    )
}
