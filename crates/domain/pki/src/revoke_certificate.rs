use std::sync::Arc;

use claviger_core::{Authorized, Effect, Error, Gate, Operation, Params, Reason, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{
    AuthorityName, Certificate, CertificateAuthority, CertificateSerial, Revocation, RevocationReason,
    Timestamp,
};

use crate::get_certificate::no_such_certificate;

/// Declares that a certificate is not to be trusted any more. OCSP says so at once, the revocation lists soon after.
pub struct RevokeCertificate {
    /// The authority.
    pub authority: AuthorityName,
    /// The serial number.
    pub serial: CertificateSerial,
    /// Why.
    pub reason: RevocationReason,
}

impl Operation for RevokeCertificate {
    type Proof = Authorized<actions::RevokeCertificate, Arc<CertificateAuthority>>;
    type Output = Certificate;
    const NAME: &'static str = "RevokeCertificate";
    const EFFECT: Effect = Effect::Change;

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
        let authority = proof.target().id;
        let found = scope.reads(&proof).certificate(authority, &self.serial).await?;
        let mut certificate = found.ok_or_else(|| no_such_certificate(&self.authority, &self.serial))?;
        if let Some(revocation) = certificate.revocation {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("The certificate is revoked since {}.", revocation.at),
            ));
        }
        let at = Timestamp::from_secs(scope.now().secs());
        let revocation = Revocation { at, reason: self.reason };
        // The authority is written too, so that a list that is being signed without this certificate is not published.
        let changes = vec![
            Change::PutCertificateAuthority(CertificateAuthority::clone(proof.target())),
            Change::RevokeCertificate(authority, self.serial.clone(), revocation),
        ];
        scope.commit(&proof, changes).await?;
        // A restore of an older backup looks for this, so that the certificate stays revoked.
        scope.did(self.reason.name());
        certificate.revocation = Some(revocation);
        Ok(certificate)
    }
}
