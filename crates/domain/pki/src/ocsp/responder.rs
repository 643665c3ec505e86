use std::{num::NonZeroU32, sync::Arc};

use claviger_core::{Error, Reason, Result, Service};
use claviger_types::{CertificateAuthority, CertificateSerial, IssuerId, Timestamp};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use quick_cache::sync::Cache;

use super::{
    Refusal, SignCertificateStatus, SignedStatus, StatusRequest, request::CertIdHash, response::IssuerHashes,
};
use crate::issuer::AuthorityCertificate;

/// Answers that are remembered.
const REMEMBERED: usize = 50_000;
/// Signatures a second that strangers can bring about, over all authorities.
const SIGNATURES: NonZeroU32 = NonZeroU32::MIN.saturating_add(49);

/// Answers who asks for the status of certificates, whoever it is.
///
/// A signature costs, and a stranger gets none by asking: there is one for each certificate that was issued, each way of
/// naming it and each period, and so many a second at most. Everything else is answered from memory, or without a signature.
pub struct Responder {
    service: Service,
    front: &'static str,
    answers: Cache<(IssuerId, CertIdHash, CertificateSerial), Arc<SignedStatus>>,
    signatures: DefaultDirectRateLimiter,
}

/// An answer to a request.
pub enum StatusAnswer {
    /// There is no status.
    Refused(Refusal),
    /// The status, which may be kept.
    Signed {
        /// The response, DER.
        der: Arc<[u8]>,
        /// Until when it stays as it is, unless the certificate is revoked.
        until: Timestamp,
    },
}

impl Responder {
    /// For the authorities of `service`; `front` is how it is called in the audit log.
    pub fn new(service: Service, front: &'static str) -> Self {
        Self::rationed(service, front, Quota::per_second(SIGNATURES))
    }

    /// The same with another bound for signatures.
    pub fn rationed(service: Service, front: &'static str, quota: Quota) -> Self {
        Self { service, front, answers: Cache::new(REMEMBERED), signatures: RateLimiter::direct(quota) }
    }

    /// Answers a request in DER to one issuer.
    ///
    /// # Errors
    /// If the store can't be read, or the issuer's key can't be used.
    pub async fn answer(&self, issuer: IssuerId, request: &[u8]) -> Result<StatusAnswer> {
        match self.status(issuer, request).await {
            Ok(status) => Ok(StatusAnswer::Signed { der: status.der.clone(), until: status.refresh }),
            Err(Absent::Refused(refusal)) => Ok(StatusAnswer::Refused(refusal)),
            Err(Absent::Failed(error)) => Err(error),
        }
    }

    async fn status(&self, issuer: IssuerId, request: &[u8]) -> Result<Arc<SignedStatus>, Absent> {
        let request = StatusRequest::from_der(request)?;
        let authority = self.service.published().authority_of(issuer).await?.ok_or(Refusal::Unauthorized)?;
        if !names(&request, issuer, &authority)? {
            return Err(Refusal::Unauthorized.into());
        }
        // The store knows of a revocation at once, so that it is looked at each time.
        let certificate = self.service.published().certificate(&authority, &request.serial).await?;
        let certificate =
            certificate.filter(|certificate| certificate.issuer == issuer).ok_or(Refusal::Unauthorized)?;
        let place = (issuer, request.hash, request.serial);
        let now = self.service.clock().now();
        let is_current =
            |known: &SignedStatus| known.revocation == certificate.revocation && now < known.refresh;
        let known = self.answers.get_or_insert_async(&place, self.sign(&place)).await?;
        if is_current(&known) {
            return Ok(known);
        }
        self.answers.remove_if(&place, |known| !is_current(known));
        self.answers.get_or_insert_async(&place, self.sign(&place)).await
    }

    async fn sign(
        &self,
        (issuer, hash, serial): &(IssuerId, CertIdHash, CertificateSerial),
    ) -> Result<Arc<SignedStatus>, Absent> {
        self.signatures.check().map_err(|_| Refusal::TryLater)?;
        let cx = self.service.publisher_context(self.front)?;
        let operation = SignCertificateStatus { issuer: *issuer, hash: *hash, serial: serial.clone() };
        Ok(Arc::new(self.service.call(cx, operation).await?))
    }
}

/// Whether the request means this issuer, and not another with the same address.
fn names(request: &StatusRequest, id: IssuerId, authority: &CertificateAuthority) -> Result<bool> {
    let Some(issuer) = authority.issuer(id) else { return Ok(false) };
    let hashes = IssuerHashes::of(&AuthorityCertificate::stored(issuer)?, request.hash)?;
    Ok(*hashes.name == *request.issuer_name && *hashes.key == *request.issuer_key)
}

enum Absent {
    Refused(Refusal),
    Failed(Error),
}

impl From<Refusal> for Absent {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Absent {
    fn from(error: Error) -> Self {
        match error.reason() {
            Reason::Throttled | Reason::Timeout | Reason::Unavailable => Self::Refused(Refusal::TryLater),
            _ => Self::Failed(error),
        }
    }
}
