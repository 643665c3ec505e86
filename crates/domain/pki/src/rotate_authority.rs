use std::{sync::Arc, time::Duration};

use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{
    AuthorityName, Certificate, CertificateAuthority, CertificateProfile, CertificateSerial, Issuer,
    IssuerId, SigningAlgorithm,
};

use crate::{
    address::Addresses,
    adoption,
    certificate::{AuthorityDraft, Draft},
    create_authority::{AuthorityTerms, Made, self_signed, subordinate},
    issuer::{self, AuthorityCertificate},
    issuing::{self, IssuerInUse, Issuing, NewSigner},
    profile,
    revocation_list::next_number,
    subject::Subject,
};

/// Gives an authority another key. The old and the new vouch for each other, so that whoever trusts one can trust what the
/// other has signed, unless the old one's certificate is revoked; the old one still signs revocation lists.
pub struct RotateCertificateAuthority {
    /// The authority.
    pub name: AuthorityName,
    /// The key that will sign from now on, of no other authority.
    pub key: KeyRef,
    /// How it will sign; the usual algorithm of such a key if absent.
    pub algorithm: Option<SigningAlgorithm>,
    /// How long the new certificate is valid; as long as that of a new authority if absent.
    pub lifetime: Option<Duration>,
    /// The new certificate in DER, for an authority whose certificate comes from outside, with those above it.
    pub certificate: Option<(Vec<u8>, Vec<Vec<u8>>)>,
}

/// The permissions that it takes.
pub struct Proof {
    old: Issuing<actions::RotateCertificateAuthority>,
    key: KeyProof<actions::Sign>,
    parent: Option<Issuing<actions::IssueAuthorityCertificate>>,
}

impl Operation for RotateCertificateAuthority {
    type Proof = Proof;
    type Output = Arc<CertificateAuthority>;
    const NAME: &'static str = "RotateCertificateAuthority";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { authority: Some(&self.name), signing_algorithm: self.algorithm, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        let params = self.params();
        let old = Issuing::authorize(gate, &self.name, &params).await?;
        let key = issuing::signing_key(gate, &self.key, self.algorithm).await?;
        let above = parent_of(issuer::current(old.authority.target())?)?;
        let parent = match (above, &self.certificate) {
            (Some(above), None) => {
                let parent = gate.authority_with(above).await?.ok_or_else(outside)?;
                Some(Issuing::authorize(gate, &parent, &params).await?)
            }
            _ => None,
        };
        Ok(Proof { old, key, parent })
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<Arc<CertificateAuthority>> {
        let authority = proof.old.authority.target();
        let old = proof.old.issuer_even_revoked(scope.now())?;
        if proof.key.target().project() != authority.project {
            return Err(Error::invalid("The key of a certificate authority is one of its own project."));
        }
        let signer = NewSigner::of(&proof.key, self.algorithm)?;
        if scope.reads(&proof.old.authority).authority_of(signer.id).await?.is_some() {
            return Err(Error::new(
                Reason::AlreadyExists,
                "The key is that of a certificate authority already; rotation takes a new one.",
            ));
        }
        let Made { certificate, chain, issued } = self.make(&proof, &old, &signer, scope).await?;
        let parsed = AuthorityCertificate::from_der(&certificate)?;
        let mut issuer = signer.issuer(&parsed, certificate, chain, scope.now());
        let new = IssuerInUse { issuer: &issuer, certificate: parsed, key: &proof.key };
        // A key whose certificate is revoked gets no other by which it would be trusted again.
        let cross = match proof.old.is_revoked(&old, scope).await? {
            true => Vec::new(),
            false => {
                vec![cross(authority, &old, &new, scope).await?, cross(authority, &new, &old, scope).await?]
            }
        };
        let revoked = scope.reads(&proof.old.authority).revocations(authority.id, scope.now()).await?;
        let number = next_number(authority.crl_number, scope.now())?;
        let list = new.sign_list(number, &revoked, scope).await?;
        issuer.cross = cross.iter().map(|certificate| certificate.der.clone()).collect();
        let mut rotated = CertificateAuthority::clone(authority);
        rotated.issuers.push(issuer);
        rotated.crl_number = list.number;
        let mut changes = vec![
            signer.taken(),
            Change::PutCertificateAuthority(rotated.clone()),
            Change::PutRevocationList(list),
        ];
        changes.extend(issued.into_iter().chain(cross).map(Change::InsertCertificate));
        scope.commit(&proof.old.authority, changes).await?;
        rotated.revision = rotated.revision.next();
        Ok(Arc::new(rotated))
    }
}

impl RotateCertificateAuthority {
    async fn make(
        &self,
        proof: &Proof,
        old: &IssuerInUse<'_>,
        signer: &NewSigner<'_>,
        scope: &Scope<'_>,
    ) -> Result<Made> {
        if let Some((certificate, chain)) = &self.certificate {
            let parsed = adoption::check(certificate, chain, &signer.public, scope.now())?;
            if parsed.subject != old.certificate.subject {
                return Err(Error::invalid("The new certificate has another subject than the old one."));
            }
            let chain = chain.iter().map(|der| der.as_slice().into()).collect();
            return Ok(Made { certificate: certificate.as_slice().into(), chain, issued: None });
        }
        let terms = AuthorityTerms {
            subject: Subject::from_name(&old.certificate.subject)?,
            lifetime: self.lifetime,
            path_len: old.certificate.path_len,
            constraints: old.certificate.constraints.clone(),
        };
        match &proof.parent {
            Some(parent) => subordinate(&terms, parent, &proof.key, scope).await,
            None => {
                let certificate = self_signed(&terms, signer, scope).await?;
                Ok(Made { certificate, chain: Vec::new(), issued: None })
            }
        }
    }
}

/// A certificate by which `above` vouches for `below`, both of one authority, for as long as both are valid.
async fn cross(
    authority: &CertificateAuthority,
    above: &IssuerInUse<'_>,
    below: &IssuerInUse<'_>,
    scope: &Scope<'_>,
) -> Result<Certificate> {
    let (subject, vouched) = (&above.certificate.subject, &below.certificate);
    let serial = CertificateSerial::from_random(scope.random().bytes());
    let (now, _) = issuing::validity(scope.now(), Duration::ZERO);
    let not_before = now.max(above.certificate.not_before).max(vouched.not_before);
    let not_after = above.certificate.not_after.min(vouched.not_after);
    let draft = Draft {
        serial: serial.clone(),
        algorithm: above.issuer.algorithm,
        issuer: subject,
        authority_key: Some(&above.certificate.key_identifier),
        subject,
        key: &vouched.key,
        key_identifier: Some(&vouched.key_identifier),
        not_before,
        not_after,
        usage: profile::authority_usage(),
        extended: &[],
        names: &[],
        authority: Some(AuthorityDraft { path_len: vouched.path_len, constraints: &vouched.constraints }),
        addresses: Addresses::of(scope.settings(), above.issuer.id),
    };
    Ok(Certificate {
        authority: authority.id,
        issuer: above.issuer.id,
        serial,
        profile: CertificateProfile::SubordinateCa,
        subject: subject.to_string().into(),
        key: Some(below.issuer.key),
        der: above.sign(&draft.encode()?, scope).await?,
        not_before,
        not_after,
        revocation: None,
    })
}

/// The certificate that vouches for an issuer, if it is not its own.
fn parent_of(issuer: &Issuer) -> Result<Option<IssuerId>> {
    let own = AuthorityCertificate::stored(issuer)?;
    if own.is_self_issued() {
        return Ok(None);
    }
    let above = issuer.chain.first().ok_or_else(outside)?;
    issuer::id_of(&AuthorityCertificate::from_der(above)?.key).map(Some)
}

fn outside() -> Error {
    Error::invalid(
        "The certificate of this authority comes from outside: give the new one that was issued for the new key.",
    )
}
