//! Subject alternative names: DNS names, IP addresses and SPIFFE ids.

use std::{fmt, net::IpAddr, str::FromStr};

use claviger_core::{Error, Result};
use der::asn1::{Ia5String, OctetString};
use x509_cert::ext::pkix::name::GeneralName;

/// The most alternative names that a certificate has.
pub const MAX_NAMES: usize = 100;

/// One alternative name of a subject. As text `dns:…`, `ip:…` or `spiffe://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AltName {
    /// A host, or `*.` and a domain.
    Dns(DnsName),
    /// An address.
    Ip(IpAddr),
    /// A SPIFFE id.
    Spiffe(SpiffeId),
}

/// A DNS name in lower case, as hosts are called (RFC 1123 §2.1); its first label may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsName(Box<str>);

/// A SPIFFE id with a path, as workloads have (SPIFFE-ID §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiffeId(Box<str>);

impl DnsName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain behind `*.`.
    pub(crate) fn wildcard(&self) -> Option<&str> {
        self.0.strip_prefix("*.")
    }
}

impl FromStr for DnsName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        let host = lower.strip_prefix("*.").unwrap_or(&lower);
        let is_wild = host.len() < lower.len();
        let labels = host.split('.').count();
        // A wildcard for a whole top-level domain, and what reads as an address, are no names of hosts.
        let is_name = lower.len() <= 253
            && host.split('.').all(is_label)
            && (!is_wild || labels >= 2)
            && host.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
        match is_name {
            true => Ok(Self(lower.into())),
            false => Err(Error::invalid(format!("'{text}' is not the DNS name of a host."))),
        }
    }
}

impl SpiffeId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that says in whose name it is.
    pub(crate) fn trust_domain(&self) -> &str {
        let rest = self.0.strip_prefix(SPIFFE).unwrap_or_default();
        rest.split('/').next().unwrap_or_default()
    }
}

const SPIFFE: &str = "spiffe://";

impl FromStr for SpiffeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid(format!("'{text}' is not a SPIFFE id as spiffe://domain/path is."));
        let rest = text.strip_prefix(SPIFFE).filter(|_| text.len() <= 2048).ok_or_else(wrong)?;
        let (domain, path) = rest.split_once('/').ok_or_else(wrong)?;
        let in_domain =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        let in_path = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_segment =
            |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(in_path);
        let is_id = (1..=255).contains(&domain.len())
            && domain.bytes().all(in_domain)
            && path.split('/').all(is_segment);
        if is_id { Ok(Self(text.into())) } else { Err(wrong()) }
    }
}

impl AltName {
    /// From the form in requests and certificates.
    ///
    /// # Errors
    /// `InvalidRequest` for kinds of names that we do not issue, and for names that are none.
    pub fn from_general(name: &GeneralName) -> Result<Self> {
        match name {
            GeneralName::DnsName(text) => text.as_str().parse().map(Self::Dns),
            GeneralName::UniformResourceIdentifier(text) => text.as_str().parse().map(Self::Spiffe),
            GeneralName::IpAddress(bytes) => address(bytes.as_bytes()).map(Self::Ip),
            _ => Err(Error::invalid(
                "Alternative names are DNS names, IP addresses and SPIFFE ids; the request has another kind.",
            )),
        }
    }

    pub(crate) fn to_general(&self) -> Result<GeneralName> {
        let text = |text: &str| Ia5String::new(text).map_err(Error::internal);
        match self {
            Self::Dns(name) => text(&name.0).map(GeneralName::DnsName),
            Self::Spiffe(id) => text(&id.0).map(GeneralName::UniformResourceIdentifier),
            Self::Ip(IpAddr::V4(address)) => bytes(&address.octets()),
            Self::Ip(IpAddr::V6(address)) => bytes(&address.octets()),
        }
    }
}

impl fmt::Display for AltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{}", name.0),
            Self::Ip(address) => write!(f, "ip:{address}"),
            Self::Spiffe(id) => f.write_str(&id.0),
        }
    }
}

impl FromStr for AltName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(format!("'{text}' is not an alternative name: write dns:…, ip:… or spiffe://…."))
        };
        if text.starts_with(SPIFFE) {
            return text.parse().map(Self::Spiffe);
        }
        match text.split_once(':').ok_or_else(wrong)? {
            ("dns", name) => name.parse().map(Self::Dns),
            ("ip", address) => address.parse().map(Self::Ip).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

/// A label of a host's name: letters, digits and hyphens, with hyphens only inside.
pub(crate) fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn bytes(octets: &[u8]) -> Result<GeneralName> {
    OctetString::new(octets).map(GeneralName::IpAddress).map_err(Error::internal)
}

fn address(octets: &[u8]) -> Result<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| v6()).map_err(|_| Error::invalid("An IP address has 4 or 16 bytes."))
}

#[cfg(test)]
mod tests;
