use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    AccountId, AuthorityId, InvalidId, InvalidName, KeyId, Revision, SigningAlgorithm, Timestamp,
    VersionNumber,
};

/// Name of a certificate authority in its project: 1 to 63 letters, digits and characters of `_-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorityName(Box<str>);

impl AuthorityName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AuthorityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AuthorityName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        match (1..=63).contains(&text.len()) && text.bytes().all(allowed) {
            true => Ok(Self(text.into())),
            false => Err(InvalidName::new(
                "a certificate authority's name has 1 to 63 letters, digits and characters of _-",
            )),
        }
    }
}

/// One key that issues certificates, by the digest of its public half: 20 bytes, as text 40 hexadecimal digits. Also the
/// key identifier in what it issues, and its part of public addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerId([u8; 20]);

impl IssuerId {
    /// From the leftmost 160 bits of a digest.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl FromStr for IssuerId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = read_hex(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(InvalidId::of("issuer id"))
    }
}

/// Serial number of a certificate: positive, at most 20 octets as an ASN.1 INTEGER, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateSerial(Box<[u8]>);

impl CertificateSerial {
    /// 126 random bits behind a zero and a one, so that all have 16 octets and none has a sign.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        let [first, ..] = &mut bytes;
        *first = (*first & 0x7f) | 0x40;
        Self(bytes.into())
    }

    /// From its magnitude, big endian; `None` for zero and for what would take more than 20 octets.
    pub fn from_be_bytes(bytes: &[u8]) -> Option<Self> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let magnitude = bytes.get(zeros..)?;
        let signed_len = magnitude.len() + usize::from(magnitude.first()? & 0x80 != 0);
        (signed_len <= 20).then(|| Self(magnitude.into()))
    }

    /// Its magnitude, big endian.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for CertificateSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// Hexadecimal digits, as [`Display`](fmt::Display) writes them.
impl FromStr for CertificateSerial {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = read_hex(text).and_then(|bytes| Self::from_be_bytes(&bytes));
        bytes.ok_or(InvalidId::of("certificate serial number"))
    }
}

/// An authority that issues certificates with keys of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateAuthority {
    /// Its id.
    pub id: AuthorityId,
    /// The project that owns it.
    pub project: AccountId,
    /// What it is called there.
    pub name: AuthorityName,
    /// Its keys with their certificates, oldest first. The last one issues; the others still sign revocation lists.
    pub issuers: Vec<Issuer>,
    /// Number of its newest revocation list; it only grows.
    pub crl_number: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Counts its changes.
    pub revision: Revision,
}

impl CertificateAuthority {
    /// The one that issues; `None` only for a damaged record.
    pub fn current(&self) -> Option<&Issuer> {
        self.issuers.last()
    }

    /// One of its issuers.
    pub fn issuer(&self, id: IssuerId) -> Option<&Issuer> {
        self.issuers.iter().find(|issuer| issuer.id == id)
    }
}

/// A key of an authority with the certificates about it. Only the cross certificates ever change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its id.
    pub id: IssuerId,
    /// The key.
    pub key: KeyId,
    /// Which version of it.
    pub version: VersionNumber,
    /// How it signs.
    pub algorithm: SigningAlgorithm,
    /// Its certificate, DER.
    pub certificate: Arc<[u8]>,
    /// The certificates above that one, the nearest first, DER.
    pub chain: Vec<Arc<[u8]>>,
    /// Certificates by which its predecessor vouches for it, and it for its predecessor, DER.
    pub cross: Vec<Arc<[u8]>>,
    /// From when the certificate is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// When it was added.
    pub created: Timestamp,
}

/// What a certificate is made for; decides what it may say and how long it may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateProfile {
    /// A TLS client.
    Client,
    /// A device with an identity that lasts.
    Device,
    /// A TLS server.
    Server,
    /// Both ends of TLS: a service among services.
    ServerClient,
    /// Another certificate authority.
    SubordinateCa,
}

impl CertificateProfile {
    /// Every profile.
    pub const ALL: [Self; 5] =
        [Self::Client, Self::Device, Self::Server, Self::ServerClient, Self::SubordinateCa];

    /// Our own name of it, in the store and the native API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Device => "device",
            Self::Server => "server",
            Self::ServerClient => "server-client",
            Self::SubordinateCa => "sub-ca",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

/// A certificate that an authority issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The authority.
    pub authority: AuthorityId,
    /// Which of its keys signed.
    pub issuer: IssuerId,
    /// Its serial number, unique in the authority.
    pub serial: CertificateSerial,
    /// What it is for.
    pub profile: CertificateProfile,
    /// Its subject as text (RFC 4514); empty if only alternative names say whose it is.
    pub subject: Box<str>,
    /// The key that it is about, if that is one of the service.
    pub key: Option<KeyId>,
    /// The certificate, DER.
    pub der: Arc<[u8]>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// Since when it is not to be trusted, and why.
    pub revocation: Option<Revocation>,
}

/// That a certificate is not to be trusted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a certificate is revoked (RFC 5280 §5.3.1). What can be taken back (`certificateHold`) is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of RFC 5280 and say all")]
pub enum RevocationReason {
    AffiliationChanged,
    CaCompromise,
    CessationOfOperation,
    KeyCompromise,
    PrivilegeWithdrawn,
    Superseded,
    Unspecified,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::AffiliationChanged,
        Self::CaCompromise,
        Self::CessationOfOperation,
        Self::KeyCompromise,
        Self::PrivilegeWithdrawn,
        Self::Superseded,
        Self::Unspecified,
    ];

    /// Our own name of it, in the store and the native API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AffiliationChanged => "affiliation-changed",
            Self::CaCompromise => "ca-compromise",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::KeyCompromise => "key-compromise",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::Superseded => "superseded",
            Self::Unspecified => "unspecified",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A signed list of what is revoked, as one issuer publishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    /// Who signed it.
    pub issuer: IssuerId,
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub this_update: Timestamp,
    /// When it must be replaced by.
    pub next_update: Timestamp,
    /// When its successor is due.
    pub refresh: Timestamp,
    /// The list, DER.
    pub der: Arc<[u8]>,
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| u8::try_from(nibble(*high)? << 4 | nibble(*low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests;
