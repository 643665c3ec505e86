//! What a certificate says, as attributes of its object.

use claviger_kmip::{
    Attribute,
    attributes::{X509CertificateIdentifier, X509CertificateIssuer, X509CertificateSubject},
    enums::CertificateType,
    objects::Certificate,
};
use der::{Decode, Encode};

use crate::error::Failure;

/// The attributes of a certificate (KMIP 2.1 §4.8, §4.61 to §4.63).
pub(crate) fn attributes(certificate: &Certificate) -> Result<Vec<Attribute>, Failure> {
    let length = u32::try_from(certificate.value.len())
        .map_err(|_| Failure::invalid("The certificate is too long."))?;
    let mut all = vec![Attribute::CertificateType(certificate.ty), Attribute::CertificateLength(length)];
    if certificate.ty != CertificateType::X509 {
        return Ok(all);
    }
    let no_certificate = || Failure::invalid("The certificate is not one of X.509 in DER.");
    let parsed = x509_cert::Certificate::from_der(&certificate.value).map_err(|_| no_certificate())?;
    let parsed = parsed.tbs_certificate();
    let issuer = parsed.issuer().to_der().map_err(|_| no_certificate())?;
    let subject = parsed.subject().to_der().map_err(|_| no_certificate())?;
    let serial = parsed.serial_number().to_der().map_err(|_| no_certificate())?;
    all.extend([
        Attribute::X509CertificateIdentifier(X509CertificateIdentifier {
            issuer_distinguished_name: issuer.clone(),
            serial_number: serial,
        }),
        Attribute::X509CertificateSubject(X509CertificateSubject {
            distinguished_name: subject,
            alternative_names: Vec::new(),
        }),
        Attribute::X509CertificateIssuer(X509CertificateIssuer {
            distinguished_name: issuer,
            alternative_names: Vec::new(),
        }),
    ]);
    Ok(all)
}
