//! A handle: its version in a byte, then specification, usage and `CKA_ID`, each after its length in a byte, then the
//! public key as a `SubjectPublicKeyInfo` (RFC 5280 §4.1) of an asymmetric key.
//!
//! It holds no secret. Handles are stored: names of specifications and usages are those of the store, which do not
//! change. What is found on the token by its label alone has a handle that names neither, and can only be destroyed.

use claviger_ports::{Handle, ProviderError};
use claviger_types::{KeySpec, KeyUsage, SecretBytes};

const VERSION: u8 = 1;

/// What a handle says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    /// `None` for what is only known to be ours.
    pub(crate) kind: Option<(KeySpec, KeyUsage)>,
    /// `CKA_ID`
    pub(crate) id: Vec<u8>,
    /// Empty for a symmetric key.
    pub(crate) public: Vec<u8>,
}

impl KeyPlace {
    /// `None` if the id is empty or has more than 255 bytes.
    pub(crate) fn encode(&self) -> Option<Handle> {
        let (spec, usage) = self.kind.map_or(("", ""), |(spec, usage)| (spec.name(), usage.name()));
        let mut bytes = vec![VERSION];
        for field in [spec.as_bytes(), usage.as_bytes(), &self.id] {
            bytes.push(u8::try_from(field.len()).ok()?);
            bytes.extend_from_slice(field);
        }
        bytes.extend_from_slice(&self.public);
        (!self.id.is_empty()).then(|| Handle(SecretBytes::new(bytes)))
    }

    /// # Errors
    /// `Rejected` if it is no handle of ours.
    pub(crate) fn decode(handle: &Handle) -> Result<Self, ProviderError> {
        Self::parse(handle.0.expose()).ok_or(ProviderError::Rejected)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[VERSION])?;
        let (spec, rest) = field(rest)?;
        let (usage, rest) = field(rest)?;
        let (id, public) = field(rest)?;
        let kind = if spec.is_empty() && usage.is_empty() {
            None
        } else {
            let spec = KeySpec::from_name(str::from_utf8(spec).ok()?)?;
            let usage = KeyUsage::from_name(str::from_utf8(usage).ok()?)?;
            spec.allows(usage).then_some(())?;
            Some((spec, usage))
        };
        let has_public = kind.is_some_and(|(spec, _)| spec.is_asymmetric());
        (!id.is_empty() && has_public != public.is_empty()).then(|| Self {
            kind,
            id: id.to_vec(),
            public: public.to_vec(),
        })
    }
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

#[cfg(test)]
mod tests;
