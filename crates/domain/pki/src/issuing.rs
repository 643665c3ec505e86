//! What all operations that sign certificates have in common.

use std::{sync::Arc, time::Duration};

use claviger_core::{
    Action, Authorized, Error, Gate, KeyEntry, KeyProof, KeyRef, Params, Reason, Result, Scope, actions,
};
use claviger_crypto::PublicKey;
use claviger_ports::Change;
use claviger_types::{
    AuthorityName, CertificateAuthority, CertificateSerial, Issuer, IssuerId, KeyAlgorithm, MessageType,
    Revocation, RevocationList, SigningAlgorithm, SigningInput, Timestamp, VersionNumber,
};

use crate::{
    issuer::{self, AuthorityCertificate},
    revocation_list::ListDraft,
    signature::{self, Signed},
    time,
};

/// What is needed to sign with the key of an authority: the permission to do `A` to the authority, and the permission to
/// sign with its key.
pub(crate) struct Issuing<A> {
    pub(crate) authority: Authorized<A, Arc<CertificateAuthority>>,
    pub(crate) key: KeyProof<actions::Sign>,
}

impl<A: Action> Issuing<A> {
    pub(crate) async fn authorize(
        gate: &mut Gate<'_>,
        name: &AuthorityName,
        params: &Params<'_>,
    ) -> Result<Self> {
        let authority = gate.authority::<A>(name, params).await?;
        let issuer = issuer::current(authority.target())?;
        let key =
            gate.key(&KeyRef::id(issuer.key), &signing(Some(issuer.algorithm), Some(issuer.version))).await?;
        Ok(Self { authority, key })
    }

    /// The issuer whose key it is.
    ///
    /// # Errors
    /// `StoredDataDamaged`; `KeyState` if the certificate is not valid now, or is revoked.
    pub(crate) async fn issuer(&self, scope: &Scope<'_>) -> Result<IssuerInUse<'_>> {
        let issuer = self.issuer_even_revoked(scope.now())?;
        match self.is_revoked(&issuer, scope).await? {
            false => Ok(issuer),
            true => Err(Error::new(
                Reason::KeyState,
                format!(
                    "The certificate of the certificate authority '{}', or of one above it, is revoked.",
                    self.authority.target().name
                ),
            )),
        }
    }

    /// Whether the certificate of the issuer, or one above it, is revoked by an authority of this service. What others
    /// have revoked is not known here.
    pub(crate) async fn is_revoked(&self, issuer: &IssuerInUse<'_>, scope: &Scope<'_>) -> Result<bool> {
        let reads = scope.reads(&self.authority);
        let mut serial = issuer.certificate.serial.clone();
        for der in &issuer.issuer.chain {
            let above = AuthorityCertificate::from_der(der)?;
            if let (Some(serial), Some(authority)) =
                (serial, reads.authority_of(issuer::id_of(&above.key)?).await?)
                && let Some(certificate) = reads.certificate(authority.id, &serial).await?
                && certificate.revocation.is_some()
            {
                return Ok(true);
            }
            serial = above.serial;
        }
        Ok(false)
    }

    /// The same, for what may be done with an authority that must not be trusted any more.
    ///
    /// # Errors
    /// `StoredDataDamaged`; `KeyState` if the certificate is not valid now.
    pub(crate) fn issuer_even_revoked(&self, now: Timestamp) -> Result<IssuerInUse<'_>> {
        let authority = self.authority.target();
        let issuer = issuer::current(authority)?;
        let certificate = AuthorityCertificate::stored(issuer)?;
        if now < certificate.not_before || certificate.not_after < now {
            return Err(Error::new(
                Reason::KeyState,
                format!(
                    "The certificate of the certificate authority '{}' is not valid now.",
                    authority.name
                ),
            ));
        }
        Ok(IssuerInUse { issuer, certificate, key: &self.key })
    }
}

/// An issuer, and the permission to sign with its key.
pub(crate) struct IssuerInUse<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) certificate: AuthorityCertificate,
    pub(crate) key: &'a KeyProof<actions::Sign>,
}

impl IssuerInUse<'_> {
    /// Signs the content of a certificate; gives the certificate.
    pub(crate) async fn sign(&self, content: &[u8], scope: &Scope<'_>) -> Result<Arc<[u8]>> {
        let signature = self.signature(content, scope).await?;
        Signed::assemble(content, self.issuer.algorithm, &signature, &self.certificate.key).map(Arc::from)
    }

    /// Signs a revocation list.
    pub(crate) async fn sign_list(
        &self,
        number: u64,
        revoked: &[(CertificateSerial, Revocation)],
        scope: &Scope<'_>,
    ) -> Result<RevocationList> {
        let draft = ListDraft::new(&self.certificate, self.issuer.algorithm, number, revoked, scope.now())?;
        let signature = self.signature(draft.content(), scope).await?;
        draft.signed(self.issuer, &self.certificate, &signature)
    }

    async fn signature(&self, content: &[u8], scope: &Scope<'_>) -> Result<Vec<u8>> {
        let Issuer { version, algorithm, .. } = self.issuer;
        scope.sign(self.key, Some(*version), *algorithm, SigningInput::Message(content)).await
    }

    /// From when and until when something is valid that this issuer vouches for: not longer than itself.
    ///
    /// # Errors
    /// `InvalidRequest` if that is shorter than what was asked for.
    pub(crate) fn validity(
        &self,
        now: Timestamp,
        lifetime: Duration,
        is_asked: bool,
    ) -> Result<(Timestamp, Timestamp)> {
        let (not_before, not_after) = validity(now, lifetime);
        if is_asked && not_after > self.certificate.not_after {
            return Err(Error::invalid(format!(
                "The certificate of the certificate authority is valid until {} only.",
                self.certificate.not_after
            )));
        }
        Ok((not_before.max(self.certificate.not_before), not_after.min(self.certificate.not_after)))
    }
}

/// The permission to sign certificates with a key. Of a key whose algorithm is not named, the usual one is decided on.
pub(crate) async fn signing_key(
    gate: &mut Gate<'_>,
    key: &KeyRef,
    algorithm: Option<SigningAlgorithm>,
) -> Result<KeyProof<actions::Sign>> {
    let proof: KeyProof<actions::Sign> = gate.key(key, &signing(algorithm, None)).await?;
    match algorithm {
        Some(_) => Ok(proof),
        None => {
            let usual = usual_algorithm(proof.target())?;
            gate.key(key, &signing(Some(usual), None)).await
        }
    }
}

fn signing<'a>(algorithm: Option<SigningAlgorithm>, version: Option<VersionNumber>) -> Params<'a> {
    Params {
        signing_algorithm: algorithm,
        message_type: Some(MessageType::Raw),
        version,
        ..Params::default()
    }
}

/// A key that is to sign certificates: its primary version, for as long as it does that.
pub(crate) struct NewSigner<'a> {
    pub(crate) key: &'a KeyProof<actions::Sign>,
    pub(crate) version: VersionNumber,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) public: PublicKey,
    pub(crate) id: IssuerId,
}

impl<'a> NewSigner<'a> {
    /// # Errors
    /// `Unsupported` and `InvalidKeyUsage` if it can't sign certificates, or not as asked.
    pub(crate) fn of(key: &'a KeyProof<actions::Sign>, asked: Option<SigningAlgorithm>) -> Result<Self> {
        let entry = key.target();
        let algorithm = asked.map_or_else(|| usual_algorithm(entry), Ok)?;
        signature::identifier(algorithm)?;
        let fixed = entry.primary()?.algorithm.is_none_or(|fixed| fixed == KeyAlgorithm::Sign(algorithm));
        if !fixed || !SigningAlgorithm::of(entry.key().spec).contains(&algorithm) {
            let message = format!("The key does not sign with {}.", algorithm.name());
            return Err(Error::new(Reason::InvalidKeyUsage, message));
        }
        let public = public_half(key)?;
        let id = issuer::id_of(&public)?;
        Ok(Self { key, version: entry.primary()?.number, algorithm, public, id })
    }

    /// Signs the content of its own certificate; gives the certificate.
    pub(crate) async fn sign(&self, content: &[u8], scope: &Scope<'_>) -> Result<Arc<[u8]>> {
        let input = SigningInput::Message(content);
        let signature = scope.sign(self.key, Some(self.version), self.algorithm, input).await?;
        Signed::assemble(content, self.algorithm, &signature, &self.public).map(Arc::from)
    }

    /// The key as it is, to be written with the authority: whoever destroys the version meanwhile and whoever makes it an
    /// issuer must not both succeed.
    pub(crate) fn taken(&self) -> Change {
        Change::PutKey(self.key.target().key().clone())
    }

    /// The issuer that it becomes with a certificate.
    pub(crate) fn issuer(
        &self,
        certificate: &AuthorityCertificate,
        der: Arc<[u8]>,
        chain: Vec<Arc<[u8]>>,
        now: Timestamp,
    ) -> Issuer {
        Issuer {
            id: self.id,
            key: self.key.target().id(),
            version: self.version,
            algorithm: self.algorithm,
            certificate: der,
            chain,
            cross: Vec::new(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            created: now,
        }
    }
}

/// How a key signs certificates if nobody says.
fn usual_algorithm(entry: &KeyEntry) -> Result<SigningAlgorithm> {
    match entry.primary()?.algorithm {
        Some(KeyAlgorithm::Sign(fixed)) => Ok(fixed),
        _ => signature::usual_algorithm(entry.key().spec),
    }
}

/// The public half of the primary version of a key that the caller may sign with, if it can be certified.
pub(crate) fn public_half(key: &KeyProof<actions::Sign>) -> Result<PublicKey> {
    let public = key.target().primary()?.public.as_ref();
    signature::public_key(public.ok_or_else(|| Error::internal("a signing key without a public half"))?)
}

/// From when and until when something is valid that is made now: from a little earlier, for clocks that are slow.
pub(crate) fn validity(now: Timestamp, lifetime: Duration) -> (Timestamp, Timestamp) {
    const BACKDATED: i64 = 300;
    let not_before = Timestamp::from_secs(now.secs()).plus_secs(-BACKDATED);
    // The last second is part of it.
    (not_before, time::after(not_before, lifetime).plus_secs(-1))
}
