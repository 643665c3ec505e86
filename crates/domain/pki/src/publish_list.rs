use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, Publisher, Reason, Result, Scope, StatusDocument,
    actions,
};
use claviger_ports::Change;
use claviger_types::{CertificateAuthority, Issuer, IssuerId};

use crate::{
    issuer::AuthorityCertificate,
    revocation_list::{self, ListDraft},
    time,
};

/// Signs the next revocation list of an issuer, if it is due. Only the service itself can call it.
pub struct PublishRevocationList {
    /// The issuer.
    pub issuer: IssuerId,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// The list there is will do.
    NotDue,
    /// There is a new list of this number.
    Published(u64),
}

impl Operation for PublishRevocationList {
    type Proof = Authorized<actions::PublishRevocations, Publisher>;
    type Output = Publication;
    const NAME: &'static str = "PublishRevocationList";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.publication(self.issuer).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Publication> {
        let now = scope.now();
        let last = scope.reads(&proof).revocation_list(self.issuer).await?;
        if last.is_some_and(|list| list.refresh > now) {
            return Ok(Publication::NotDue);
        }
        let authority = &proof.target().authority;
        let issuer = issuer_of(proof.target())?;
        let certificate = AuthorityCertificate::stored(issuer)?;
        // What has expired stays until one list more has said so (RFC 5280 §3.3).
        let expired = time::before(now, revocation_list::VALID);
        let revoked = scope.reads(&proof).revocations(authority.id, expired).await?;
        let number = revocation_list::next_number(authority.crl_number, now)?;
        let draft = ListDraft::new(&certificate, issuer.algorithm, number, &revoked, now)?;
        let signature = scope.sign_status(&proof, &StatusDocument::new(draft.content())?).await?;
        let list = draft.signed(issuer, &certificate, &signature)?;
        let mut counted = CertificateAuthority::clone(authority);
        counted.crl_number = number;
        let changes = vec![Change::PutCertificateAuthority(counted), Change::PutRevocationList(list)];
        scope.commit(&proof, changes).await?;
        scope.did("published");
        Ok(Publication::Published(number))
    }
}

pub(crate) fn issuer_of(publisher: &Publisher) -> Result<&Issuer> {
    publisher
        .authority
        .issuer(publisher.issuer)
        .ok_or_else(|| Error::new(Reason::NotFound, "There is no such issuer."))
}
