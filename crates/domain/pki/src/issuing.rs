//! What all operations that sign certificates have in common.

use std::{sync::Arc, time::Duration};

use claviger_core::{Action, Authorized, Error, Gate, KeyProof, KeyRef, Params, Reason, Result, Scope, actions};
use claviger_crypto::PublicKey;
use claviger_ports::SigningInput;
use claviger_types::{
    AuthorityName, CertificateAuthority, CertificateSerial, Issuer, MessageType, Revocation, RevocationList,
    SigningAlgorithm, Timestamp,
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
        let key = signing_key(gate, &KeyRef::id(issuer.key), Some(issuer.algorithm)).await?;
        Ok(Self { authority, key })
    }

    /// The issuer whose key it is.
    ///
    /// # Errors
    /// `StoredDataDamaged`; `KeyState` if the certificate is not valid now.
    pub(crate) fn issuer(&self, now: Timestamp) -> Result<IssuerInUse<'_>> {
        let authority = self.authority.target();
        let issuer = issuer::current(authority)?;
        let certificate = AuthorityCertificate::stored(issuer)?;
        if now < certificate.not_before || certificate.not_after < now {
            return Err(Error::new(
                Reason::KeyState,
                format!("The certificate of the certificate authority '{}' is not valid now.", authority.name),
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
        sign(self.key, self.issuer.algorithm, &self.certificate.key, content, scope).await
    }

    /// Signs a revocation list.
    pub(crate) async fn sign_list(
        &self,
        number: u64,
        revoked: &[(CertificateSerial, Revocation)],
        scope: &Scope<'_>,
    ) -> Result<RevocationList> {
        let algorithm = self.issuer.algorithm;
        let draft = ListDraft::new(&self.certificate, algorithm, number, revoked, scope.now())?;
        let signature = scope.sign(self.key, algorithm, SigningInput::Message(draft.content())).await?;
        draft.signed(self.issuer, &self.certificate, &signature)
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
    let params = |algorithm| Params {
        signing_algorithm: algorithm,
        message_type: Some(MessageType::Raw),
        ..Params::default()
    };
    let proof: KeyProof<actions::Sign> = gate.key(key, &params(algorithm)).await?;
    match algorithm {
        Some(_) => Ok(proof),
        None => {
            let usual = signature::usual_algorithm(proof.target().key().spec)?;
            gate.key(key, &params(Some(usual))).await
        }
    }
}

/// How a key will sign: as asked, if it can.
///
/// # Errors
/// `Unsupported`, `InvalidKeyUsage`.
pub(crate) fn algorithm_of(
    key: &KeyProof<actions::Sign>,
    asked: Option<SigningAlgorithm>,
) -> Result<SigningAlgorithm> {
    let spec = key.target().key().spec;
    let usual = signature::usual_algorithm(spec)?;
    let algorithm = asked.unwrap_or(usual);
    signature::identifier(algorithm)?;
    match SigningAlgorithm::of(spec).contains(&algorithm) {
        true => Ok(algorithm),
        false => Err(Error::new(
            Reason::InvalidKeyUsage,
            format!("Algorithm {} is incompatible with key spec {}.", algorithm.name(), spec.policy_name()),
        )),
    }
}

/// Signs the content of a certificate; gives the certificate.
pub(crate) async fn sign(
    key: &KeyProof<actions::Sign>,
    algorithm: SigningAlgorithm,
    public: &PublicKey,
    content: &[u8],
    scope: &Scope<'_>,
) -> Result<Arc<[u8]>> {
    let signature = scope.sign(key, algorithm, SigningInput::Message(content)).await?;
    Signed::assemble(content, algorithm, &signature, public).map(Arc::from)
}

/// The public half of a key that the caller may sign with, if it can be certified.
pub(crate) fn public_half(key: &KeyProof<actions::Sign>) -> Result<PublicKey> {
    signature::public_key(key.target().public_key()?)
}

/// From when and until when something is valid that is made now: from a little earlier, for clocks that are slow.
pub(crate) fn validity(now: Timestamp, lifetime: Duration) -> (Timestamp, Timestamp) {
    const BACKDATED: i64 = 300;
    let not_before = Timestamp::from_secs(now.secs()).plus_secs(-BACKDATED);
    // The last second is part of it.
    (not_before, time::after(not_before, lifetime).plus_secs(-1))
}
