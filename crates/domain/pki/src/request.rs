//! Certification requests (PKCS#10, RFC 2986).

use claviger_core::{Error, Result};
use claviger_crypto::PublicKey;
use const_oid::AssociatedOid;
use der::{Decode, Encode};
use x509_cert::{
    attr::Attributes,
    ext::{Extensions, pkix::SubjectAltName},
    request::{CertReqInfo, ExtensionReq},
};

use crate::{
    names::{AltName, MAX_NAMES},
    signature::{self, Signed},
    subject::Subject,
};

/// The longest request, in bytes of DER.
pub const MAX_REQUEST: usize = 16 << 10;

/// What a request asks for, by somebody who holds the key: the signature was checked.
///
/// Of its extensions only the alternative names count; what a certificate may be used for, and how long, is the
/// authority's business.
pub struct CertificateRequest {
    /// The key.
    pub(crate) key: PublicKey,
    /// The subject that it wants.
    pub subject: Subject,
    /// The alternative names that it wants.
    pub names: Vec<AltName>,
}

impl CertificateRequest {
    /// Parses and checks a request.
    ///
    /// # Errors
    /// `InvalidRequest`, `InvalidSignature`, `Unsupported`.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        if der.len() > MAX_REQUEST {
            return Err(Error::invalid(format!("A certification request has at most {MAX_REQUEST} bytes.")));
        }
        let signed = Signed::from_der(der).map_err(not_a_request)?;
        let content = signed.content_der()?;
        let info = CertReqInfo::from_der(&content).map_err(not_a_request)?;
        let key = signature::public_key(&info.public_key.to_der().map_err(not_a_request)?)?;
        signature::verify(&key, &signed.algorithm, &content, &signed.signature)?;
        Ok(Self {
            key,
            subject: Subject::from_name(&info.subject)?,
            names: requested_names(&info.attributes)?,
        })
    }
}

fn requested_names(attributes: &Attributes) -> Result<Vec<AltName>> {
    let twice = || Error::invalid("The certification request asks for extensions twice.");
    let mut requested = attributes.iter().filter(|attribute| attribute.oid == ExtensionReq::OID);
    let Some(attribute) = requested.next() else { return Ok(Vec::new()) };
    if requested.next().is_some() {
        return Err(twice());
    }
    let mut values = attribute.values.iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(twice()) };
    let extensions: Extensions = value.decode_as().map_err(not_a_request)?;
    let mut names = extensions.iter().filter(|extension| extension.extn_id == SubjectAltName::OID);
    let Some(extension) = names.next() else { return Ok(Vec::new()) };
    if names.next().is_some() {
        return Err(Error::invalid("The certification request has alternative names twice."));
    }
    let SubjectAltName(names) =
        SubjectAltName::from_der(extension.extn_value.as_bytes()).map_err(not_a_request)?;
    if names.len() > MAX_NAMES {
        return Err(Error::invalid(format!("A certificate has at most {MAX_NAMES} alternative names.")));
    }
    names.iter().map(AltName::from_general).collect()
}

fn not_a_request(error: der::Error) -> Error {
    Error::invalid("This is not a certification request (PKCS#10) in DER.").caused_by(error)
}

#[cfg(test)]
mod tests;
