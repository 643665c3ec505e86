//! What certificates say, for people.

use claviger_core::{Error, Result};
use claviger_types::{Certificate, Issuer};
use der::Decode;
use x509_cert::ext::pkix::SubjectAltName;

use crate::{constraints::NameConstraints, issuer::AuthorityCertificate, names::AltName};

/// What the certificate of an issuer says.
pub struct IssuerDescription {
    /// Its name (RFC 4514).
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// How many authorities may be below it, one under the other; `None` for any number.
    pub path_len: Option<u8>,
    /// Which names it may certify.
    pub constraints: NameConstraints,
}

impl IssuerDescription {
    /// Of an issuer.
    ///
    /// # Errors
    /// `StoredDataDamaged`.
    pub fn of(issuer: &Issuer) -> Result<Self> {
        let certificate = AuthorityCertificate::stored(issuer)?;
        Ok(Self {
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            path_len: certificate.path_len,
            constraints: certificate.constraints,
        })
    }
}

/// The alternative names in a certificate that we issued.
///
/// # Errors
/// `Internal` for what we do not issue.
pub fn alternative_names(certificate: &Certificate) -> Result<Vec<AltName>> {
    let parsed = x509_cert::Certificate::from_der(&certificate.der).map_err(Error::internal)?;
    let names = parsed.tbs_certificate().get_extension::<SubjectAltName>().map_err(Error::internal)?;
    names.iter().flat_map(|(_, SubjectAltName(names))| names).map(AltName::from_general).collect()
}
