//! Revocation lists (RFC 5280 §5).

use std::time::Duration;

use claviger_core::{Error, Result};
use claviger_types::{
    CertificateSerial, Issuer, Revocation, RevocationList, RevocationReason, SigningAlgorithm, Timestamp,
};
use der::Encode;
use x509_cert::{
    Version,
    crl::{RevokedCert, TbsCertList},
    ext::pkix::{CrlNumber, CrlReason},
    serial_number::SerialNumber,
};

use crate::{
    certificate::{authority_key, extension},
    issuer::AuthorityCertificate,
    signature::{self, Signed},
    time,
};

/// How long a list may be relied upon.
pub(crate) const VALID: Duration = Duration::from_secs(7 * 86_400);
/// How long it is until the next one, if nothing is revoked meanwhile: time enough to mend what is out of order.
const REFRESH: Duration = Duration::from_secs(86_400);

/// A list that is about to be signed.
///
/// It has what the whole authority revoked, whichever of its keys signed that: all are of one name, and some who check
/// tell lists apart by nothing else.
pub(crate) struct ListDraft {
    number: u64,
    now: Timestamp,
    algorithm: SigningAlgorithm,
    content: Vec<u8>,
}

impl ListDraft {
    pub(crate) fn new(
        issuer: &AuthorityCertificate,
        algorithm: SigningAlgorithm,
        number: u64,
        revoked: &[(CertificateSerial, Revocation)],
        now: Timestamp,
    ) -> Result<Self> {
        let now = Timestamp::from_secs(now.secs());
        let entries = revoked.iter().map(|(serial, revocation)| entry(serial, revocation));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        let number_extension = CrlNumber::try_from(number).map_err(Error::internal)?;
        let extensions = vec![
            extension(false, &authority_key(&issuer.key_identifier)?)?,
            extension(false, &number_extension)?,
        ];
        let list = TbsCertList {
            version: Version::V2,
            signature: signature::identifier(algorithm)?,
            issuer: issuer.subject.clone(),
            this_update: time::encoded(now)?,
            next_update: Some(time::encoded(time::after(now, VALID))?),
            // An empty list is left out (RFC 5280 §5.1.2.6).
            revoked_certificates: Some(entries).filter(|entries| !entries.is_empty()),
            crl_extensions: Some(extensions),
        };
        Ok(Self { number, now, algorithm, content: list.to_der().map_err(Error::internal)? })
    }

    /// What is signed.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The list with its signature.
    pub(crate) fn signed(
        self,
        issuer: &Issuer,
        certificate: &AuthorityCertificate,
        signature: &[u8],
    ) -> Result<RevocationList> {
        let der = Signed::assemble(&self.content, self.algorithm, signature, &certificate.key)?;
        Ok(RevocationList {
            issuer: issuer.id,
            number: self.number,
            this_update: self.now,
            next_update: time::after(self.now, VALID),
            refresh: time::after(self.now, REFRESH),
            der: der.into(),
        })
    }
}

/// The number of the list after one of number `last`, 0 if there is none. It is not below the time, so that numbers also grow
/// where an older copy of the store was restored.
///
/// # Errors
/// `Internal` if there are none left.
pub(crate) fn next_number(last: u64, now: Timestamp) -> Result<u64> {
    let next = last.checked_add(1).ok_or_else(|| Error::internal("no numbers of lists left"))?;
    Ok(next.max(u64::try_from(now.secs()).unwrap_or(0)))
}

fn entry(serial: &CertificateSerial, revocation: &Revocation) -> Result<RevokedCert> {
    // "Unspecified" is said by saying nothing (RFC 5280 §5.3.1).
    let reason = reason(revocation.reason).map(|reason| extension(false, &reason)).transpose()?;
    Ok(RevokedCert {
        serial_number: SerialNumber::new(serial.as_bytes()).map_err(Error::internal)?,
        revocation_date: time::encoded(revocation.at)?,
        crl_entry_extensions: reason.map(|reason| vec![reason]),
    })
}

/// The code of a reason, if it is one worth telling.
pub(crate) fn reason(reason: RevocationReason) -> Option<CrlReason> {
    match reason {
        RevocationReason::AffiliationChanged => Some(CrlReason::AffiliationChanged),
        RevocationReason::CaCompromise => Some(CrlReason::CaCompromise),
        RevocationReason::CessationOfOperation => Some(CrlReason::CessationOfOperation),
        RevocationReason::KeyCompromise => Some(CrlReason::KeyCompromise),
        RevocationReason::PrivilegeWithdrawn => Some(CrlReason::PrivilegeWithdrawn),
        RevocationReason::Superseded => Some(CrlReason::Superseded),
        RevocationReason::Unspecified => None,
    }
}
