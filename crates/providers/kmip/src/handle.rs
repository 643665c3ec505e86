//! A handle: its version in a byte, then specification, usage, the identifiers of the secret or private key and of its
//! public half, and what the key is recognised by, each after its length in two bytes, big endian; then the public key as a
//! `SubjectPublicKeyInfo` (RFC 5280 §4.1) of an asymmetric key.
//!
//! It holds no secret. Handles are stored: names of specifications and usages are those of the store, which do not change.
//! What is found in the server by its name alone has a handle that names neither, and can only be destroyed.
//!
//! An identifier alone does not say which key it is: a server that was restored from an older copy gives it to another key.
//! So the key is recognised by the name that it got when it was made, or by the second in which it came into being if it was
//! there before us.

use claviger_ports::{Handle, ProviderError};
use claviger_types::{KeySpec, KeyTag, KeyUsage, SecretBytes};

use crate::{capabilities::Kind, naming, objects::Facts};

const VERSION: u8 = 1;

/// What a handle says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    /// `None` for what is only known to be ours.
    pub(crate) kind: Option<Kind>,
    /// Unique identifier of the secret or private key; or of the public half if there is nothing else.
    pub(crate) key: String,
    /// That of the public half, if it is an object of its own.
    pub(crate) public_id: Option<String>,
    pub(crate) mark: Mark,
    /// Empty for a symmetric key.
    pub(crate) public: Vec<u8>,
}

/// What a key is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Its name has this tag.
    Tag(KeyTag),
    /// Its Initial Date, in seconds since 1970.
    Since(i64),
}

impl Mark {
    /// Whether an object of which the server says this is the key.
    pub(crate) fn fits(self, facts: &Facts) -> bool {
        match self {
            Self::Tag(tag) => {
                facts.names.iter().any(|name| naming::tag_of(name).is_some_and(|(t, _)| t == tag))
            }
            Self::Since(seconds) => facts.initial == Some(seconds),
        }
    }

    fn encode(self) -> Vec<u8> {
        match self {
            Self::Tag(tag) => tag.as_bytes().to_vec(),
            Self::Since(seconds) => seconds.to_be_bytes().to_vec(),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        match (bytes.try_into(), bytes.try_into()) {
            (Ok(tag), _) => Some(Self::Tag(KeyTag::new(tag))),
            (_, Ok(seconds)) => Some(Self::Since(i64::from_be_bytes(seconds))),
            _ => None,
        }
    }
}

impl KeyPlace {
    /// `None` if an identifier is empty or has more than 65535 bytes.
    pub(crate) fn encode(&self) -> Option<Handle> {
        let (spec, usage) = self.kind.map_or(("", ""), |kind| (kind.spec.name(), kind.usage.name()));
        let public_id = self.public_id.as_deref().unwrap_or_default();
        let mark = self.mark.encode();
        let mut bytes = vec![VERSION];
        for field in [spec.as_bytes(), usage.as_bytes(), self.key.as_bytes(), public_id.as_bytes(), &mark] {
            bytes.extend(u16::try_from(field.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes.extend_from_slice(&self.public);
        (!self.key.is_empty()).then(|| Handle(SecretBytes::new(bytes)))
    }

    /// # Errors
    /// `Rejected` if it is no handle of ours.
    pub(crate) fn decode(handle: &Handle) -> Result<Self, ProviderError> {
        Self::parse(handle.0.expose()).ok_or(ProviderError::Rejected)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[VERSION])?;
        let (spec, rest) = text(rest)?;
        let (usage, rest) = text(rest)?;
        let (key, rest) = text(rest)?;
        let (public_id, rest) = text(rest)?;
        let (mark, public) = field(rest)?;
        let kind = if spec.is_empty() && usage.is_empty() {
            None
        } else {
            let (spec, usage) = (KeySpec::from_name(spec)?, KeyUsage::from_name(usage)?);
            Some(spec.allows(usage).then_some(Kind { spec, usage })?)
        };
        let has_public = kind.is_some_and(|kind| kind.spec.is_asymmetric());
        (!key.is_empty() && has_public != public.is_empty()).then_some(())?;
        Some(Self {
            kind,
            key: key.to_owned(),
            public_id: (!public_id.is_empty()).then(|| public_id.to_owned()),
            mark: Mark::parse(mark)?,
            public: public.to_vec(),
        })
    }
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (bytes, rest) = field(bytes)?;
    Some((str::from_utf8(bytes).ok()?, rest))
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests;
