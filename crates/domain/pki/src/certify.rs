//! The one place where an authority decides what it certifies for others.

use std::{sync::Arc, time::Duration};

use claviger_core::{Action, Error, Result, Scope};
use claviger_crypto::PublicKey;
use claviger_types::{Certificate, CertificateProfile, CertificateSerial, KeyId};

use crate::{
    address::Addresses,
    certificate::{AuthorityDraft, Draft},
    constraints::{NameConstraints, host_of_common_name},
    issuer::AuthorityCertificate,
    issuing::{IssuerInUse, Issuing},
    names::AltName,
    profile::Profile,
    subject::Subject,
};

/// Whose a certificate is to be: nothing of it is checked yet but that whoever has the key wants it.
pub(crate) struct Holder {
    pub(crate) key: PublicKey,
    pub(crate) kms_key: Option<KeyId>,
    pub(crate) subject: Subject,
    pub(crate) names: Vec<AltName>,
}

/// What it is to say.
pub(crate) struct Wanted<'a> {
    pub(crate) profile: CertificateProfile,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) path_len: Option<u8>,
    pub(crate) constraints: &'a NameConstraints,
}

/// A certificate that was issued.
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// Those above it, the nearest first, DER.
    pub chain: Vec<Arc<[u8]>>,
}

impl<A: Action> Issuing<A> {
    /// Checks names, lifetime and constraints, and signs.
    pub(crate) async fn certify(
        &self,
        holder: &Holder,
        wanted: &Wanted<'_>,
        scope: &Scope<'_>,
    ) -> Result<Issued> {
        let issuer = self.issuer(scope).await?;
        let profile = Profile::of(wanted.profile);
        profile.check_names(&holder.subject, &holder.names)?;
        let lifetime = profile.lifetime(wanted.lifetime)?;
        let (not_before, not_after) = issuer.validity(scope.now(), lifetime, wanted.lifetime.is_some())?;
        let below = Below::of(wanted, holder, &issuer.certificate)?;
        let serial = CertificateSerial::from_random(scope.random().bytes());
        let subject = holder.subject.to_name()?;
        let draft = Draft {
            serial: serial.clone(),
            algorithm: issuer.issuer.algorithm,
            issuer: &issuer.certificate.subject,
            authority_key: Some(&issuer.certificate.key_identifier),
            subject: &subject,
            key: &holder.key,
            key_identifier: None,
            not_before,
            not_after,
            usage: profile.key_usage,
            extended: profile.extended,
            names: &holder.names,
            authority: below.as_ref().map(Below::draft),
            addresses: Addresses::of(scope.settings(), issuer.issuer.id),
        };
        let der = issuer.sign(&draft.encode()?, scope).await?;
        let certificate = Certificate {
            authority: self.authority.target().id,
            issuer: issuer.issuer.id,
            serial,
            profile: wanted.profile,
            subject: holder.subject.to_string().into(),
            key: holder.kms_key,
            der,
            not_before,
            not_after,
            revocation: None,
        };
        Ok(Issued { certificate, chain: chain_above(&issuer) })
    }
}

/// What an authority below another may do.
struct Below {
    path_len: u8,
    constraints: NameConstraints,
}

impl Below {
    /// `None` for what is no authority; its names must be permitted.
    fn of(wanted: &Wanted<'_>, holder: &Holder, above: &AuthorityCertificate) -> Result<Option<Self>> {
        if wanted.profile != CertificateProfile::SubordinateCa {
            let host = holder.subject.common_name().and_then(host_of_common_name);
            above.constraints.check(holder.names.iter().chain(&host))?;
            return Ok(None);
        }
        Ok(Some(Self {
            path_len: path_len_below(above.path_len, wanted.path_len)?,
            constraints: above.constraints.narrowed(wanted.constraints)?,
        }))
    }

    fn draft(&self) -> AuthorityDraft<'_> {
        AuthorityDraft { path_len: Some(self.path_len), constraints: &self.constraints }
    }
}

fn chain_above(issuer: &IssuerInUse<'_>) -> Vec<Arc<[u8]>> {
    [&issuer.issuer.certificate].into_iter().chain(&issuer.issuer.chain).cloned().collect()
}

/// How many authorities may be below one that is below an authority with `above`.
fn path_len_below(above: Option<u8>, asked: Option<u8>) -> Result<u8> {
    let asked = asked.unwrap_or(0);
    match above {
        Some(0) => Err(Error::invalid(
            "No authority may be below this certificate authority (its path length is 0).",
        )),
        Some(above) if asked >= above => Err(Error::invalid(format!(
            "Below this certificate authority the path length is at most {}.",
            above.saturating_sub(1)
        ))),
        _ => Ok(asked),
    }
}
