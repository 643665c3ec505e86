use std::time::Duration;

use claviger_core::{Error, Result};
use claviger_crypto::{HashAlg, digest};
use claviger_types::{CertificateSerial, Revocation, Timestamp};
use const_oid::db::rfc6960::ID_PKIX_OCSP_BASIC;
use der::{
    Choice, Encode, Enumerated, Sequence,
    asn1::{Any, GeneralizedTime, Null, ObjectIdentifier, OctetString},
};
use x509_cert::{ext::pkix::CrlReason, serial_number::SerialNumber, spki::AlgorithmIdentifierOwned};

use super::request::{CertId, CertIdHash};
use crate::{issuer::AuthorityCertificate, revocation_list, signature, time};

/// How long an answer may be relied upon.
pub(super) const VALID: Duration = Duration::from_secs(24 * 3600);
/// How long it is given out before another is signed.
pub(super) const REFRESH: Duration = Duration::from_secs(8 * 3600);

/// Why there is no status. Such answers have no signature (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is not as it must be.
    MalformedRequest,
    /// Something of ours is out of order.
    InternalError,
    /// Too many at once, or not at the moment.
    TryLater,
    /// The certificate is none of this issuer's.
    Unauthorized,
}

#[derive(Clone, Copy, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum Status {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    Unauthorized = 6,
}

#[derive(Sequence)]
struct OcspResponse {
    status: Status,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    kind: ObjectIdentifier,
    response: OctetString,
}

/// The version is left out, because it is the first; so is what nobody asked for.
#[derive(Sequence)]
struct ResponseData {
    /// `ResponderID`, by key.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    responder: OctetString,
    produced: GeneralizedTime,
    responses: Vec<SingleResponse>,
}

#[derive(Sequence)]
struct SingleResponse {
    id: CertId,
    status: CertStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    next_update: GeneralizedTime,
}

#[derive(Choice)]
enum CertStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
}

#[derive(Sequence)]
struct RevokedInfo {
    at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<CrlReason>,
}

impl Refusal {
    /// The answer.
    pub fn to_der(self) -> Vec<u8> {
        let status = match self {
            Self::MalformedRequest => Status::MalformedRequest,
            Self::InternalError => Status::InternalError,
            Self::TryLater => Status::TryLater,
            Self::Unauthorized => Status::Unauthorized,
        };
        // Invariant: a number encodes.
        OcspResponse { status, bytes: None }.to_der().unwrap_or_default()
    }
}

/// How a request names an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IssuerHashes {
    pub(super) name: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl IssuerHashes {
    pub(super) fn of(issuer: &AuthorityCertificate, hash: CertIdHash) -> Result<Self> {
        let hash = match hash {
            CertIdHash::Sha1 => HashAlg::Sha1,
            CertIdHash::Sha256 => HashAlg::Sha256,
        };
        let name = issuer.subject.to_der().map_err(Error::internal)?;
        let info = signature::key_info(&issuer.key)?;
        Ok(Self { name: digest(hash, &name), key: digest(hash, info.subject_public_key.raw_bytes()) })
    }
}

/// What is signed.
pub(super) fn content(
    issuer: &AuthorityCertificate,
    hash: CertIdHash,
    serial: &CertificateSerial,
    revocation: Option<Revocation>,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let octets = |bytes: Vec<u8>| OctetString::new(bytes).map_err(Error::internal);
    let hashes = IssuerHashes::of(issuer, hash)?;
    let id = CertId {
        hash: AlgorithmIdentifierOwned { oid: hash.oid(), parameters: Some(Any::null()) },
        issuer_name: octets(hashes.name)?,
        issuer_key: octets(hashes.key)?,
        serial: SerialNumber::new(serial.as_bytes()).map_err(Error::internal)?,
    };
    let single = SingleResponse {
        id,
        status: status(revocation)?,
        this_update: time::generalized(now)?,
        next_update: time::generalized(time::after(now, VALID))?,
    };
    let data = ResponseData {
        responder: octets(IssuerHashes::of(issuer, CertIdHash::Sha1)?.key)?,
        produced: time::generalized(now)?,
        responses: vec![single],
    };
    data.to_der().map_err(Error::internal)
}

/// The answer around a `BasicOCSPResponse`.
pub(super) fn successful(basic: Vec<u8>) -> Result<Vec<u8>> {
    let response = OctetString::new(basic).map_err(Error::internal)?;
    let bytes = ResponseBytes { kind: ID_PKIX_OCSP_BASIC, response };
    OcspResponse { status: Status::Successful, bytes: Some(bytes) }.to_der().map_err(Error::internal)
}

fn status(revocation: Option<Revocation>) -> Result<CertStatus> {
    let Some(Revocation { at, reason }) = revocation else { return Ok(CertStatus::Good(Null)) };
    let reason = revocation_list::reason(reason);
    Ok(CertStatus::Revoked(RevokedInfo { at: time::generalized(at)?, reason }))
}
