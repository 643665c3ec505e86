use std::{sync::Arc, time::Duration};

use claviger_core::{
    Authorized, Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, ProjectTarget, Reason, Result,
    Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{
    AuthorityId, AuthorityName, Certificate, CertificateAuthority, CertificateProfile, CertificateSerial,
    Revision, SigningAlgorithm,
};

use crate::{
    adoption,
    certificate::{AuthorityDraft, Draft},
    certify::{Holder, Issued, Wanted},
    constraints::NameConstraints,
    issuer::AuthorityCertificate,
    issuing::{self, IssuerInUse, Issuing, NewSigner},
    profile::{self, Profile},
    revocation_list::next_number,
    subject::Subject,
};

/// Makes a certificate authority of a key: one that vouches for itself, one that another vouches for, or one that there
/// was before its key came here.
pub struct CreateCertificateAuthority {
    /// Its name, free in the caller's project.
    pub name: AuthorityName,
    /// The key that will sign, of no other authority.
    pub key: KeyRef,
    /// How it will sign; the usual algorithm of such a key if absent.
    pub algorithm: Option<SigningAlgorithm>,
    /// Where its certificate comes from.
    pub origin: Origin,
}

/// Where the certificate of an authority comes from.
pub enum Origin {
    /// It exists already.
    Adopted {
        /// The certificate, DER.
        certificate: Vec<u8>,
        /// Those above it, the nearest first, as far as they are at hand.
        chain: Vec<Vec<u8>>,
    },
    /// The authority signs it itself.
    Root(AuthorityTerms),
    /// Another authority of the project signs it.
    Subordinate {
        /// That authority.
        parent: AuthorityName,
        /// What it is to say.
        terms: AuthorityTerms,
    },
}

/// What the certificate of an authority is to say.
#[derive(Clone)]
pub struct AuthorityTerms {
    /// Its name, with a common name.
    pub subject: Subject,
    /// How long it is valid.
    pub lifetime: Option<Duration>,
    /// How many authorities may be below it, one under the other. If absent any number below a root, and none below others.
    pub path_len: Option<u8>,
    /// Which names it may certify.
    pub constraints: NameConstraints,
}

/// The permissions that it takes.
pub struct Proof {
    create: Authorized<actions::CreateCertificateAuthority, ProjectTarget>,
    key: KeyProof<actions::Sign>,
    parent: Option<Issuing<actions::IssueAuthorityCertificate>>,
}

impl Operation for CreateCertificateAuthority {
    type Proof = Proof;
    type Output = Arc<CertificateAuthority>;
    const NAME: &'static str = "CreateCertificateAuthority";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { authority: Some(&self.name), signing_algorithm: self.algorithm, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        let params = self.params();
        let create = gate.new_authority(&self.name, &params)?;
        let key = issuing::signing_key(gate, &self.key, self.algorithm).await?;
        let parent = match &self.origin {
            Origin::Subordinate { parent, .. } => Some(Issuing::authorize(gate, parent, &params).await?),
            Origin::Adopted { .. } | Origin::Root(_) => None,
        };
        Ok(Proof { create, key, parent })
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<Arc<CertificateAuthority>> {
        let ProjectTarget(project) = *proof.create.target();
        if proof.key.target().project() != project {
            return Err(Error::invalid("The key of a certificate authority is one of its own project."));
        }
        if scope.reads(&proof.create).authority_named(project, &self.name).await?.is_some() {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("There is a certificate authority '{}' already.", self.name),
            ));
        }
        let signer = NewSigner::of(&proof.key, self.algorithm)?;
        if scope.reads(&proof.create).authority_of(signer.id).await?.is_some() {
            return Err(Error::new(
                Reason::AlreadyExists,
                "The key is that of a certificate authority already; each has its own.",
            ));
        }
        let Made { certificate, chain, issued } = self.make(&proof, &signer, scope).await?;
        let parsed = AuthorityCertificate::from_der(&certificate)?;
        let issuer = signer.issuer(&parsed, certificate, chain, scope.now());
        let list = IssuerInUse { issuer: &issuer, certificate: parsed, key: &proof.key };
        let list = list.sign_list(next_number(0, scope.now())?, &[], scope).await?;
        let authority = CertificateAuthority {
            id: AuthorityId::from_random(scope.random().bytes()),
            project,
            name: self.name.clone(),
            issuers: vec![issuer],
            crl_number: list.number,
            created: scope.now(),
            revision: Revision::NEW,
        };
        let mut changes = vec![
            signer.taken(),
            Change::PutCertificateAuthority(authority.clone()),
            Change::PutRevocationList(list),
        ];
        if let Some(issued) = issued {
            scope.issued(&issued.serial);
            changes.push(Change::InsertCertificate(issued));
        }
        scope.commit(&proof.create, changes).await?;
        Ok(Arc::new(authority))
    }
}

/// The certificate of an authority.
pub(crate) struct Made {
    pub(crate) certificate: Arc<[u8]>,
    pub(crate) chain: Vec<Arc<[u8]>>,
    /// The same as the authority above remembers it.
    pub(crate) issued: Option<Certificate>,
}

impl CreateCertificateAuthority {
    async fn make(&self, proof: &Proof, signer: &NewSigner<'_>, scope: &Scope<'_>) -> Result<Made> {
        match (&self.origin, &proof.parent) {
            (Origin::Adopted { certificate, chain }, _) => {
                adoption::check(certificate, chain, &signer.public, scope.now())?;
                let chain = chain.iter().map(|der| der.as_slice().into()).collect();
                Ok(Made { certificate: certificate.as_slice().into(), chain, issued: None })
            }
            (Origin::Root(terms), _) => {
                let certificate = self_signed(terms, signer, scope).await?;
                Ok(Made { certificate, chain: Vec::new(), issued: None })
            }
            (Origin::Subordinate { terms, .. }, Some(parent)) => {
                subordinate(terms, parent, &proof.key, scope).await
            }
            (Origin::Subordinate { .. }, None) => Err(Error::internal("no proof for the authority above")),
        }
    }
}

/// A root's certificate. It says nothing about where revocations are found: nobody could revoke it.
pub(crate) async fn self_signed(
    terms: &AuthorityTerms,
    signer: &NewSigner<'_>,
    scope: &Scope<'_>,
) -> Result<Arc<[u8]>> {
    Profile::of(CertificateProfile::SubordinateCa).check_names(&terms.subject, &[])?;
    let lifetime = terms.lifetime.unwrap_or(profile::ROOT_LIFETIME);
    let lifetime = profile::checked_lifetime(lifetime, profile::MAX_ROOT_LIFETIME)?;
    let (not_before, not_after) = issuing::validity(scope.now(), lifetime);
    let subject = terms.subject.to_name()?;
    let constraints = NameConstraints::default().narrowed(&terms.constraints)?;
    let draft = Draft {
        serial: CertificateSerial::from_random(scope.random().bytes()),
        algorithm: signer.algorithm,
        issuer: &subject,
        authority_key: None,
        subject: &subject,
        key: &signer.public,
        key_identifier: None,
        not_before,
        not_after,
        usage: profile::authority_usage(),
        extended: &[],
        names: &[],
        authority: Some(AuthorityDraft { path_len: terms.path_len, constraints: &constraints }),
        addresses: None,
    };
    signer.sign(&draft.encode()?, scope).await
}

/// The certificate of an authority below another.
pub(crate) async fn subordinate(
    terms: &AuthorityTerms,
    parent: &Issuing<actions::IssueAuthorityCertificate>,
    key: &KeyProof<actions::Sign>,
    scope: &Scope<'_>,
) -> Result<Made> {
    let holder = Holder {
        key: issuing::public_half(key)?,
        kms_key: Some(key.target().id()),
        subject: terms.subject.clone(),
        names: Vec::new(),
    };
    let wanted = Wanted {
        profile: CertificateProfile::SubordinateCa,
        lifetime: terms.lifetime,
        path_len: terms.path_len,
        constraints: &terms.constraints,
    };
    let Issued { certificate, chain } = parent.certify(&holder, &wanted, scope).await?;
    Ok(Made { certificate: certificate.der.clone(), chain, issued: Some(certificate) })
}
