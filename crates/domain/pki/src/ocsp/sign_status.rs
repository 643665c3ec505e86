use std::sync::Arc;

use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, Publisher, Reason, Result, Scope, StatusDocument,
    actions,
};
use claviger_types::{CertificateSerial, IssuerId, Revocation, Timestamp};

use super::{
    request::CertIdHash,
    response::{self, REFRESH},
};
use crate::{issuer::AuthorityCertificate, publish_list::issuer_of, signature::Signed, time};

/// Signs the status of a certificate. Only the service itself can call it.
pub struct SignCertificateStatus {
    pub(super) issuer: IssuerId,
    pub(super) hash: CertIdHash,
    pub(super) serial: CertificateSerial,
}

/// The signed status of a certificate.
pub struct SignedStatus {
    /// What it says.
    pub revocation: Option<Revocation>,
    /// Until when it is given out.
    pub refresh: Timestamp,
    /// The response, DER.
    pub der: Arc<[u8]>,
}

impl Operation for SignCertificateStatus {
    type Proof = Authorized<actions::PublishRevocations, Publisher>;
    type Output = SignedStatus;
    const NAME: &'static str = "SignCertificateStatus";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { certificate_serial: Some(&self.serial), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.publication(self.issuer).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<SignedStatus> {
        let issuer = issuer_of(proof.target())?;
        let authority = proof.target().authority.id;
        let certificate = scope.reads(&proof).certificate(authority, &self.serial).await?;
        let certificate = certificate
            .filter(|certificate| certificate.issuer == issuer.id)
            .ok_or_else(|| Error::new(Reason::NotFound, "The issuer has issued no such certificate."))?;
        let signer = AuthorityCertificate::stored(issuer)?;
        let now = Timestamp::from_secs(scope.now().secs());
        let content = response::content(&signer, self.hash, &self.serial, certificate.revocation, now)?;
        let signature = scope.sign_status(&proof, &StatusDocument::new(&content)?).await?;
        let basic = Signed::assemble(&content, issuer.algorithm, &signature, &signer.key)?;
        Ok(SignedStatus {
            revocation: certificate.revocation,
            refresh: time::after(now, REFRESH),
            der: response::successful(basic)?.into(),
        })
    }
}
