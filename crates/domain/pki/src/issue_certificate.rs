use std::time::Duration;

use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{AuthorityName, CertificateProfile};

use crate::{
    certify::{Holder, Issued, Wanted},
    constraints::NameConstraints,
    issuing::{self, Issuing},
    names::AltName,
    request::CertificateRequest,
    subject::Subject,
};

/// Issues a certificate.
pub struct IssueCertificate {
    /// The authority.
    pub authority: AuthorityName,
    /// What it is for.
    pub profile: CertificateProfile,
    /// The key that it is about.
    pub key: SubjectKey,
    /// Whose it is; what the request says if absent.
    pub subject: Option<Subject>,
    /// The names that it is good for; those of the request if absent.
    pub names: Option<Vec<AltName>>,
    /// How long it is valid.
    pub lifetime: Option<Duration>,
    /// Of an authority: how many authorities may be below it; none if absent.
    pub path_len: Option<u8>,
    /// Of an authority: which names it may certify.
    pub constraints: NameConstraints,
}

/// The key that a certificate is about.
pub enum SubjectKey {
    /// A key of the service, with which the caller may sign.
    Key(KeyRef),
    /// A certification request (PKCS#10) in DER, signed by whoever has the key.
    Request(Vec<u8>),
}

/// The permissions that it takes.
pub struct Proof {
    issuing: Issuing<actions::IssueCertificate>,
    key: Option<KeyProof<actions::Sign>>,
}

impl Operation for IssueCertificate {
    type Proof = Proof;
    type Output = Issued;
    const NAME: &'static str = "IssueCertificate";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            authority: Some(&self.authority),
            certificate_profile: Some(self.profile),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        let issuing = Issuing::authorize(gate, &self.authority, &self.params()).await?;
        // What an authority outside issues is in no record here: who may issue certificates may not therefore make one.
        if self.profile == CertificateProfile::SubordinateCa {
            gate.authority::<actions::IssueAuthorityCertificate>(&self.authority, &self.params()).await?;
        }
        // Who may sign with a key possesses it, as who signs a request does.
        let key = match &self.key {
            SubjectKey::Key(key) => Some(issuing::signing_key(gate, key, None).await?),
            SubjectKey::Request(_) => None,
        };
        Ok(Proof { issuing, key })
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<Issued> {
        let is_authority = self.profile == CertificateProfile::SubordinateCa;
        if !is_authority && (self.path_len.is_some() || !self.constraints.is_empty()) {
            return Err(Error::invalid(
                "Only certificates of authorities have a path length and name constraints.",
            ));
        }
        let wanted = Wanted {
            profile: self.profile,
            lifetime: self.lifetime,
            path_len: self.path_len,
            constraints: &self.constraints,
        };
        let issued = proof.issuing.certify(&self.holder(&proof)?, &wanted, scope).await?;
        scope.issued(&issued.certificate.serial);
        let change = Change::InsertCertificate(issued.certificate.clone());
        scope.commit(&proof.issuing.authority, vec![change]).await?;
        Ok(issued)
    }
}

impl IssueCertificate {
    /// Whose the certificate is: what the caller says counts before what a request says.
    fn holder(&self, proof: &Proof) -> Result<Holder> {
        let (key, kms_key, subject, names) = match (&self.key, &proof.key) {
            (SubjectKey::Request(der), _) => {
                let CertificateRequest { key, subject, names } = CertificateRequest::from_der(der)?;
                (key, None, subject, names)
            }
            (SubjectKey::Key(_), Some(key)) => {
                (issuing::public_half(key)?, Some(key.target().id()), Subject::default(), Vec::new())
            }
            (SubjectKey::Key(_), None) => return Err(Error::internal("no proof for the key of the subject")),
        };
        Ok(Holder {
            key,
            kms_key,
            subject: self.subject.clone().unwrap_or(subject),
            names: self.names.clone().unwrap_or(names),
        })
    }
}
