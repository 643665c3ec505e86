//! The content of a certificate that is to be signed (RFC 5280 §4.1).

use claviger_core::{Error, Result};
use claviger_crypto::PublicKey;
use claviger_types::{CertificateSerial, IssuerId, SigningAlgorithm, Timestamp};
use const_oid::{
    AssociatedOid, ObjectIdentifier,
    db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP},
};
use der::{
    Encode, Sequence,
    asn1::{Ia5String, OctetString, Uint},
    flagset::FlagSet,
};
use x509_cert::{
    Version,
    ext::{
        Extension, Extensions,
        pkix::{
            AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
            CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages, NameConstraints as NamesExtension,
            SubjectAltName, SubjectKeyIdentifier,
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    name::Name,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::Validity,
};

use crate::{address::Addresses, constraints::NameConstraints, issuer, names::AltName, signature, time};

/// Everything that a certificate will say.
pub(crate) struct Draft<'a> {
    pub(crate) serial: CertificateSerial,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) issuer: &'a Name,
    /// By what the key that signs is known; `None` for one that signs its own certificate, which knows itself.
    pub(crate) authority_key: Option<&'a [u8]>,
    pub(crate) subject: &'a Name,
    pub(crate) key: &'a PublicKey,
    /// By what the certified key is known, if not by its digest.
    pub(crate) key_identifier: Option<&'a [u8]>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) usage: FlagSet<KeyUsages>,
    pub(crate) extended: &'a [ObjectIdentifier],
    pub(crate) names: &'a [AltName],
    pub(crate) authority: Option<AuthorityDraft<'a>>,
    /// Where to find what the issuer publishes, if it says.
    pub(crate) addresses: Option<Addresses>,
}

/// What the certificate of an authority says besides.
pub(crate) struct AuthorityDraft<'a> {
    pub(crate) path_len: Option<u8>,
    pub(crate) constraints: &'a NameConstraints,
}

#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

impl Draft<'_> {
    /// What is signed.
    ///
    /// # Errors
    /// `Internal`: what was checked encodes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let tbs = TbsCertificate {
            version: Version::V3,
            serial: Uint::new(self.serial.as_bytes()).map_err(Error::internal)?,
            signature: signature::identifier(self.algorithm)?,
            issuer: self.issuer.clone(),
            validity: Validity::new(time::encoded(self.not_before)?, time::encoded(self.not_after)?),
            subject: self.subject.clone(),
            key: signature::key_info(self.key)?,
            extensions: self.extensions()?,
        };
        tbs.to_der().map_err(Error::internal)
    }

    fn extensions(&self) -> Result<Extensions> {
        let mut extensions = Vec::new();
        if let Some(AuthorityDraft { path_len, constraints }) = &self.authority {
            let basic = BasicConstraints { ca: true, path_len_constraint: *path_len };
            extensions.push(extension(true, &basic)?);
            if !constraints.is_empty() {
                extensions.push(extension::<NamesExtension>(true, &constraints.to_extension()?)?);
            }
        }
        extensions.push(extension(true, &KeyUsage(self.usage))?);
        if !self.extended.is_empty() {
            extensions.push(extension(false, &ExtendedKeyUsage(self.extended.to_vec()))?);
        }
        extensions.push(extension(false, &SubjectKeyIdentifier(self.subject_key()?))?);
        if let Some(identifier) = self.authority_key {
            extensions.push(extension(false, &authority_key(identifier)?)?);
        }
        if !self.names.is_empty() {
            let names = self.names.iter().map(AltName::to_general).collect::<Result<_>>()?;
            extensions.push(extension(self.subject.is_empty(), &SubjectAltName(names))?);
        }
        if let Some(addresses) = &self.addresses {
            extensions.push(extension(false, &distribution_points(addresses)?)?);
            extensions.push(extension(false, &information_access(addresses)?)?);
        }
        Ok(extensions)
    }

    fn subject_key(&self) -> Result<OctetString> {
        let digest: IssuerId = issuer::id_of(self.key)?;
        OctetString::new(self.key_identifier.unwrap_or(digest.as_bytes())).map_err(Error::internal)
    }
}

pub(crate) fn authority_key(identifier: &[u8]) -> Result<AuthorityKeyIdentifier> {
    let identifier = OctetString::new(identifier).map_err(Error::internal)?;
    Ok(AuthorityKeyIdentifier { key_identifier: Some(identifier), ..Default::default() })
}

pub(crate) fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension> {
    let value = value.to_der().and_then(OctetString::new).map_err(Error::internal)?;
    Ok(Extension { extn_id: T::OID, critical, extn_value: value })
}

fn distribution_points(addresses: &Addresses) -> Result<CrlDistributionPoints> {
    Ok(CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![uri(&addresses.list())?])),
        reasons: None,
        crl_issuer: None,
    }]))
}

fn information_access(addresses: &Addresses) -> Result<AuthorityInfoAccessSyntax> {
    let access = |access_method, address: &str| {
        Ok(AccessDescription { access_method, access_location: uri(address)? })
    };
    let all = [access(ID_AD_OCSP, &addresses.ocsp()), access(ID_AD_CA_ISSUERS, &addresses.certificate())];
    Ok(AuthorityInfoAccessSyntax(all.into_iter().collect::<Result<_>>()?))
}

fn uri(text: &str) -> Result<GeneralName> {
    Ia5String::new(text).map(GeneralName::UniformResourceIdentifier).map_err(Error::internal)
}
