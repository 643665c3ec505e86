use claviger_types::CertificateSerial;
use const_oid::{
    ObjectIdentifier,
    db::rfc5912::{ID_SHA_1, ID_SHA_256},
};
use der::{
    Decode, Enumerated, Sequence,
    asn1::{Any, OctetString},
};
use x509_cert::{
    ext::{Extensions, pkix::name::GeneralName},
    serial_number::SerialNumber,
    spki::AlgorithmIdentifierOwned,
};

use super::Refusal;

/// The longest request, in bytes of DER: what asks for one certificate is much shorter.
pub const MAX_REQUEST: usize = 2048;

/// The certificate whose status is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusRequest {
    /// How the issuer is named.
    pub(crate) hash: CertIdHash,
    pub(crate) issuer_name: Box<[u8]>,
    pub(crate) issuer_key: Box<[u8]>,
    /// Its serial number.
    pub(crate) serial: CertificateSerial,
}

/// The hash functions by which requests name issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CertIdHash {
    Sha1,
    Sha256,
}

#[derive(Sequence)]
struct OcspRequest {
    content: Content,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    signature: Option<Any>,
}

#[derive(Sequence)]
struct Content {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    version: Version,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    requestor: Option<GeneralName>,
    list: Vec<SingleRequest>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Enumerated)]
#[asn1(type = "INTEGER")]
#[repr(u8)]
enum Version {
    #[default]
    V1 = 0,
}

#[derive(Sequence)]
struct SingleRequest {
    id: CertId,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// Also part of responses.
#[derive(Clone, Sequence)]
pub(super) struct CertId {
    pub(super) hash: AlgorithmIdentifierOwned,
    pub(super) issuer_name: OctetString,
    pub(super) issuer_key: OctetString,
    pub(super) serial: SerialNumber,
}

impl StatusRequest {
    /// Parses a request. Whoever signed it, for whatever reason, nothing comes of that.
    ///
    /// # Errors
    /// `MalformedRequest` for what is none, or asks for several certificates or for what it says is critical;
    /// `Unauthorized` for what can't be a certificate of ours.
    pub fn from_der(der: &[u8]) -> Result<Self, Refusal> {
        if der.len() > MAX_REQUEST {
            return Err(Refusal::MalformedRequest);
        }
        let OcspRequest { content, signature: _ } =
            OcspRequest::from_der(der).map_err(|_| Refusal::MalformedRequest)?;
        let [SingleRequest { id, extensions }] =
            <[SingleRequest; 1]>::try_from(content.list).map_err(|_| Refusal::MalformedRequest)?;
        let mut extensions = content.extensions.iter().chain(&extensions).flatten();
        if extensions.any(|extension| extension.critical) {
            return Err(Refusal::MalformedRequest);
        }
        let hash = CertIdHash::of(id.hash.oid).ok_or(Refusal::Unauthorized)?;
        let serial = id.serial.as_bytes();
        let is_negative = serial.first().is_some_and(|first| first & 0x80 != 0);
        let serial = CertificateSerial::from_be_bytes(serial).filter(|_| !is_negative);
        Ok(Self {
            hash,
            issuer_name: id.issuer_name.as_bytes().into(),
            issuer_key: id.issuer_key.as_bytes().into(),
            serial: serial.ok_or(Refusal::Unauthorized)?,
        })
    }
}

impl CertIdHash {
    fn of(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Sha1, Self::Sha256].into_iter().find(|hash| hash.oid() == oid)
    }

    pub(super) const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => ID_SHA_1,
            Self::Sha256 => ID_SHA_256,
        }
    }
}

#[cfg(test)]
mod tests;
