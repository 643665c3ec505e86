use std::sync::Arc;

use claviger_core::{Authorized, Effect, Error, Gate, Operation, Params, Reason, Result, Scope, actions};
use claviger_types::{AuthorityName, CertificateAuthority, RevocationList};

use crate::issuer;

/// The newest revocation list of an authority, signed by the key that issues.
pub struct GetRevocationList {
    /// The authority.
    pub authority: AuthorityName,
}

impl Operation for GetRevocationList {
    type Proof = Authorized<actions::GetCertificateAuthority, Arc<CertificateAuthority>>;
    type Output = RevocationList;
    const NAME: &'static str = "GetRevocationList";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { authority: Some(&self.authority), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.authority(&self.authority, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<RevocationList> {
        let issuer = issuer::current(proof.target())?.id;
        let list = scope.reads(&proof).revocation_list(issuer).await?;
        list.ok_or_else(|| {
            Error::new(Reason::NotFound, "The certificate authority has published no list yet.")
        })
    }
}
