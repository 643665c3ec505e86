//! What the certificate of an authority says about what it may issue.

use claviger_core::{Error, Reason, Result};
use claviger_crypto::{PublicKey, sha256};
use claviger_types::{CertificateAuthority, CertificateSerial, Issuer, IssuerId, Timestamp};
use const_oid::AssociatedOid;
use der::{Decode, Encode};
use x509_cert::{
    Certificate,
    ext::pkix::{self, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier},
    name::Name,
};

use crate::{
    constraints::NameConstraints,
    signature::{self, Signed},
    time,
};

/// A parsed certificate of an authority.
pub(crate) struct AuthorityCertificate {
    /// `None` if it is none that we issue.
    pub(crate) serial: Option<CertificateSerial>,
    pub(crate) subject: Name,
    pub(crate) issuer: Name,
    pub(crate) key: PublicKey,
    pub(crate) key_identifier: Vec<u8>,
    /// How many authorities may be below it, one under the other; `None` for any number.
    pub(crate) path_len: Option<u8>,
    pub(crate) constraints: NameConstraints,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// Critical extensions that are looked at here.
const KNOWN: [const_oid::ObjectIdentifier; 3] =
    [BasicConstraints::OID, KeyUsage::OID, pkix::NameConstraints::OID];

impl AuthorityCertificate {
    /// Parses a certificate and checks that an authority may use it.
    ///
    /// # Errors
    /// `InvalidRequest` if it is none, or not that of an authority; `Unsupported` for what we can't keep to.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self> {
        let certificate = Certificate::from_der(der).map_err(not_a_certificate)?;
        let tbs = certificate.tbs_certificate();
        let key = signature::public_key(&tbs.subject_public_key_info().to_der().map_err(not_a_certificate)?)?;
        let critical = tbs.extensions().into_iter().flatten().filter(|extension| extension.critical);
        if let Some(unknown) = critical.map(|extension| extension.extn_id).find(|id| !KNOWN.contains(id)) {
            return Err(Error::new(
                Reason::Unsupported,
                format!("The certificate has a critical extension {unknown} that is not known here."),
            ));
        }
        let basic = tbs.get_extension::<BasicConstraints>().map_err(not_a_certificate)?;
        let path_len = match basic {
            Some((_, BasicConstraints { ca: true, path_len_constraint })) => path_len_constraint,
            _ => return Err(Error::invalid("The certificate is not that of a certificate authority.")),
        };
        let usage = tbs.get_extension::<KeyUsage>().map_err(not_a_certificate)?;
        if !usage.is_some_and(|(_, usage)| usage.key_cert_sign() && usage.crl_sign()) {
            return Err(Error::invalid(
                "The key usage of the certificate does not allow to sign certificates and lists.",
            ));
        }
        let identifier = tbs.get_extension::<SubjectKeyIdentifier>().map_err(not_a_certificate)?;
        let (_, SubjectKeyIdentifier(identifier)) =
            identifier.ok_or_else(|| Error::invalid("The certificate has no subject key identifier."))?;
        let constraints = tbs.get_extension::<pkix::NameConstraints>().map_err(not_a_certificate)?;
        if tbs.subject().is_empty() {
            return Err(Error::invalid("The certificate has no subject."));
        }
        Ok(Self {
            serial: CertificateSerial::from_be_bytes(tbs.serial_number().as_bytes()),
            subject: tbs.subject().clone(),
            issuer: tbs.issuer().clone(),
            key,
            key_identifier: identifier.as_bytes().to_vec(),
            path_len,
            constraints: constraints.map_or_else(
                || Ok(NameConstraints::default()),
                |(_, constraints)| NameConstraints::from_extension(&constraints),
            )?,
            not_before: time::of(&tbs.validity().not_before),
            not_after: time::of(&tbs.validity().not_after),
        })
    }

    /// The certificate of an issuer, as it is stored.
    ///
    /// # Errors
    /// `StoredDataDamaged`.
    pub(crate) fn stored(issuer: &Issuer) -> Result<Self> {
        Self::from_der(&issuer.certificate).map_err(|error| {
            Error::new(Reason::StoredDataDamaged, "A stored certificate is damaged.")
                .caused_by(error.public().to_owned())
        })
    }

    /// Whether it names itself as its issuer.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// The name of a key: the leftmost 160 bits of the SHA-256 of its bits (RFC 7093 §2, method 1).
///
/// # Errors
/// `Internal`.
pub(crate) fn id_of(key: &PublicKey) -> Result<IssuerId> {
    let info = signature::key_info(key)?;
    let digest = sha256(info.subject_public_key.raw_bytes());
    let leftmost = digest.first_chunk::<20>().ok_or_else(|| Error::internal("a digest without 20 bytes"))?;
    Ok(IssuerId::from_bytes(*leftmost))
}

/// The issuer that signs what an authority issues now.
///
/// # Errors
/// `StoredDataDamaged`.
pub(crate) fn current(authority: &CertificateAuthority) -> Result<&Issuer> {
    authority.current().ok_or_else(|| {
        Error::new(Reason::StoredDataDamaged, "A stored certificate authority is damaged.")
            .caused_by("no issuer")
    })
}

/// Whether `above` signed the certificate `der`.
///
/// # Errors
/// `InvalidSignature`; `InvalidRequest` if it is no certificate.
pub(crate) fn check_signed_by(der: &[u8], above: &PublicKey) -> Result<()> {
    let signed = Signed::from_der(der).map_err(not_a_certificate)?;
    signature::verify(above, &signed.algorithm, &signed.content_der()?, &signed.signature)
}

/// By what a certificate says that it knows the key that signed it.
pub(crate) fn authority_key_identifier(der: &[u8]) -> Result<Option<Vec<u8>>> {
    let certificate = Certificate::from_der(der).map_err(not_a_certificate)?;
    let found = certificate.tbs_certificate().get_extension::<AuthorityKeyIdentifier>();
    let found = found.map_err(not_a_certificate)?;
    Ok(found.and_then(|(_, identifier)| identifier.key_identifier).map(|bytes| bytes.as_bytes().to_vec()))
}

fn not_a_certificate(error: der::Error) -> Error {
    Error::invalid("This is not a certificate (X.509 version 3) in DER.").caused_by(error)
}
