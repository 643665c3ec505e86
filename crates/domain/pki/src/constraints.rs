//! Name constraints (RFC 5280 §4.2.1.10): which names an authority, and every authority below it, may certify.

use std::{fmt, net::IpAddr, str::FromStr};

use claviger_core::{Error, Reason, Result};
use der::asn1::{Ia5String, OctetString};
use x509_cert::ext::pkix::{
    NameConstraints as Extension, constraints::name::GeneralSubtree, name::GeneralName,
};

use crate::names::{AltName, DnsName, is_label};

/// The most subtrees of either kind.
const MAX_SUBTREES: usize = 100;

/// What may be certified, and what may not.
///
/// Where anything is permitted, names of a kind of which nothing is permitted are refused. RFC 5280 would let them
/// through; whoever says "only under this domain" does not mean "and every address".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names must be in one of these.
    pub permitted: Vec<Subtree>,
    /// Names must be in none of these.
    pub excluded: Vec<Subtree>,
}

/// Names that belong together. As text `dns:example.org`, `ip:10.0.0.0/8`, `uri:example.org` or `uri:.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// A domain and all below it; empty for all names.
    Dns(Box<str>),
    /// A block of addresses: the first address, and how many bits all have in common.
    Ip(IpAddr, u8),
    /// A host of URIs, or behind a dot a domain without itself.
    Uri(Box<str>),
}

impl NameConstraints {
    /// Whether nothing is constrained.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// Refuses names that are not permitted, or are excluded.
    ///
    /// # Errors
    /// `InvalidRequest`, with the name.
    pub fn check<'a>(&self, names: impl IntoIterator<Item = &'a AltName>) -> Result<()> {
        for name in names {
            let is_permitted = self.permitted.is_empty() || self.permitted.iter().any(|in_| in_.holds(name));
            if !is_permitted || self.excluded.iter().any(|out| out.touches(name)) {
                return Err(Error::invalid(format!(
                    "The name constraints of the certificate authority do not permit {name}."
                )));
            }
        }
        Ok(())
    }

    /// Those of an authority below: what it is given, within what this one has. Both are written into its certificate, so
    /// that they hold also where only that is looked at.
    ///
    /// # Errors
    /// `InvalidRequest` if it would be permitted more; `Quota`.
    pub fn narrowed(&self, below: &Self) -> Result<Self> {
        let permitted = match (self.permitted.is_empty(), below.permitted.is_empty()) {
            (_, true) => self.permitted.clone(),
            (true, false) => below.permitted.clone(),
            (false, false) => {
                let too_wide =
                    below.permitted.iter().find(|part| !self.permitted.iter().any(|all| all.covers(part)));
                if let Some(subtree) = too_wide {
                    return Err(Error::invalid(format!("The authority above does not permit {subtree}.")));
                }
                below.permitted.clone()
            }
        };
        let mut excluded = self.excluded.clone();
        excluded.extend(below.excluded.iter().filter(|subtree| !self.excluded.contains(subtree)).cloned());
        if permitted.len() > MAX_SUBTREES || excluded.len() > MAX_SUBTREES {
            return Err(Error::new(
                Reason::Quota,
                format!("There are at most {MAX_SUBTREES} permitted and as many excluded names."),
            ));
        }
        Ok(Self { permitted, excluded })
    }

    /// From a certificate.
    ///
    /// # Errors
    /// `Unsupported` for constraints of kinds of names that we issue and cannot compare.
    pub(crate) fn from_extension(extension: &Extension) -> Result<Self> {
        let subtrees = |subtrees: &Option<Vec<GeneralSubtree>>| {
            subtrees.iter().flatten().filter_map(Subtree::from_general).collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            permitted: subtrees(&extension.permitted_subtrees)?,
            excluded: subtrees(&extension.excluded_subtrees)?,
        })
    }

    pub(crate) fn to_extension(&self) -> Result<Extension> {
        let encode = |subtrees: &[Subtree]| -> Result<Option<Vec<GeneralSubtree>>> {
            let all = subtrees.iter().map(Subtree::to_general).collect::<Result<Vec<_>>>()?;
            Ok(Some(all).filter(|all| !all.is_empty()))
        };
        Ok(Extension {
            permitted_subtrees: encode(&self.permitted)?,
            excluded_subtrees: encode(&self.excluded)?,
        })
    }
}

impl Subtree {
    /// Whether all that a name stands for is in it.
    fn holds(&self, name: &AltName) -> bool {
        match (self, name) {
            (Self::Dns(domain), AltName::Dns(name)) => {
                is_under(name.wildcard().unwrap_or(name.as_str()), domain)
            }
            (Self::Ip(first, bits), AltName::Ip(address)) => in_block(*address, *first, *bits),
            (Self::Uri(host), AltName::Spiffe(id)) => has_host(id.trust_domain(), host),
            _ => false,
        }
    }

    /// Whether anything that a name stands for is in it.
    fn touches(&self, name: &AltName) -> bool {
        match (self, name) {
            (Self::Dns(domain), AltName::Dns(name)) => {
                name.wildcard().is_some_and(|parent| is_under(domain, parent))
                    || self.holds(&AltName::Dns(name.clone()))
            }
            _ => self.holds(name),
        }
    }

    /// Whether all of another are in it.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dns(all), Self::Dns(part)) => is_under(part, all),
            (Self::Ip(all, bits), Self::Ip(part, narrower)) => {
                narrower >= bits && in_block(*part, *all, *bits)
            }
            (Self::Uri(all), Self::Uri(part)) if part.starts_with('.') => {
                all.starts_with('.') && part.ends_with(&**all)
            }
            (Self::Uri(all), Self::Uri(part)) => has_host(part, all),
            _ => false,
        }
    }

    /// `None` for mailboxes: we issue none, so that whatever is said of them holds.
    fn from_general(subtree: &GeneralSubtree) -> Option<Result<Self>> {
        if subtree.minimum != 0 || subtree.maximum.is_some() {
            return Some(Err(unsupported("with a minimum or maximum")));
        }
        match &subtree.base {
            GeneralName::DnsName(domain) => Some(Self::dns(domain.as_str())),
            GeneralName::UniformResourceIdentifier(host) => Some(Self::uri(host.as_str())),
            GeneralName::IpAddress(block) => Some(Self::from_block(block.as_bytes())),
            GeneralName::Rfc822Name(_) => None,
            _ => Some(Err(unsupported("of a kind that is not DNS, IP, URI or mail"))),
        }
    }

    fn to_general(&self) -> Result<GeneralSubtree> {
        let text = |text: &str| Ia5String::new(text).map_err(Error::internal);
        let base = match self {
            Self::Dns(domain) => GeneralName::DnsName(text(domain)?),
            Self::Uri(host) => GeneralName::UniformResourceIdentifier(text(host)?),
            Self::Ip(IpAddr::V4(first), bits) => block(&first.octets(), &v4_mask(*bits).to_be_bytes())?,
            Self::Ip(IpAddr::V6(first), bits) => block(&first.octets(), &v6_mask(*bits).to_be_bytes())?,
        };
        Ok(GeneralSubtree { base, minimum: 0, maximum: None })
    }

    fn dns(text: &str) -> Result<Self> {
        let domain = text.to_ascii_lowercase();
        let is_domain = domain.is_empty() || domain.split('.').all(is_label) && domain.len() <= 253;
        match is_domain {
            true => Ok(Self::Dns(domain.into())),
            false => Err(Error::invalid(format!("'{text}' is not a domain, as example.org is."))),
        }
    }

    fn uri(text: &str) -> Result<Self> {
        let host = text.to_ascii_lowercase();
        let bare = host.strip_prefix('.').unwrap_or(&host);
        match bare.split('.').all(is_label) && bare.len() <= 253 {
            true => Ok(Self::Uri(host.into())),
            false => Err(Error::invalid(format!("'{text}' is neither a host nor a dot and a domain."))),
        }
    }

    fn ip(text: &str) -> Result<Self> {
        let wrong = || Error::invalid(format!("'{text}' is not a block of addresses, as 10.0.0.0/8 is."));
        let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits: u8 = bits.parse().map_err(|_| wrong())?;
        let is_block = match address {
            IpAddr::V4(v4) => bits <= 32 && v4.to_bits() & !v4_mask(bits) == 0,
            IpAddr::V6(v6) => bits <= 128 && v6.to_bits() & !v6_mask(bits) == 0,
        };
        if is_block { Ok(Self::Ip(address, bits)) } else { Err(wrong()) }
    }

    fn from_block(bytes: &[u8]) -> Result<Self> {
        let wrong = || unsupported("whose mask has gaps");
        let (address, mask) = bytes.split_at_checked(bytes.len() / 2).ok_or_else(wrong)?;
        let (address, ones, zeros): (IpAddr, u32, u32) = match (address.len(), mask.len()) {
            (4, 4) => {
                let mask = u32::from_be_bytes(mask.try_into().map_err(|_| wrong())?);
                let address = <[u8; 4]>::try_from(address).map_err(|_| wrong())?;
                (IpAddr::from(address), mask.leading_ones(), mask.trailing_zeros().min(32))
            }
            (16, 16) => {
                let mask = u128::from_be_bytes(mask.try_into().map_err(|_| wrong())?);
                let address = <[u8; 16]>::try_from(address).map_err(|_| wrong())?;
                (IpAddr::from(address), mask.leading_ones(), mask.trailing_zeros().min(128))
            }
            _ => return Err(unsupported("whose addresses have neither 4 nor 16 bytes")),
        };
        match ones + zeros == if address.is_ipv4() { 32 } else { 128 } {
            true => Ok(Self::Ip(address, u8::try_from(ones).map_err(|_| wrong())?)),
            false => Err(wrong()),
        }
    }
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(domain) => write!(f, "dns:{domain}"),
            Self::Ip(first, bits) => write!(f, "ip:{first}/{bits}"),
            Self::Uri(host) => write!(f, "uri:{host}"),
        }
    }
}

impl FromStr for Subtree {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some(("dns", domain)) => Self::dns(domain),
            Some(("ip", block)) => Self::ip(block),
            Some(("uri", host)) => Self::uri(host),
            _ => Err(Error::invalid(format!(
                "'{text}' is not a name constraint: write dns:…, ip:…/… or uri:…."
            ))),
        }
    }
}

/// A common name that reads as a host's is one to some who check, so that the same is asked of it.
pub(crate) fn host_of_common_name(common_name: &str) -> Option<AltName> {
    let host: DnsName = common_name.parse().ok()?;
    host.as_str().contains('.').then_some(AltName::Dns(host))
}

fn is_under(name: &str, domain: &str) -> bool {
    let above = name.strip_suffix(domain);
    domain.is_empty() || above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn has_host(host: &str, constraint: &str) -> bool {
    match constraint.starts_with('.') {
        true => host.len() > constraint.len() && host.ends_with(constraint),
        false => host == constraint,
    }
}

fn in_block(address: IpAddr, first: IpAddr, bits: u8) -> bool {
    match (address, first) {
        (IpAddr::V4(address), IpAddr::V4(first)) => {
            (address.to_bits() ^ first.to_bits()) & v4_mask(bits) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(first)) => {
            (address.to_bits() ^ first.to_bits()) & v6_mask(bits) == 0
        }
        _ => false,
    }
}

fn v4_mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(bits.into())).unwrap_or(0)
}

fn v6_mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0)
}

fn block(address: &[u8], mask: &[u8]) -> Result<GeneralName> {
    OctetString::new([address, mask].concat()).map(GeneralName::IpAddress).map_err(Error::internal)
}

fn unsupported(what: &str) -> Error {
    Error::new(Reason::Unsupported, format!("The certificate has name constraints {what}."))
}

#[cfg(test)]
mod tests;
