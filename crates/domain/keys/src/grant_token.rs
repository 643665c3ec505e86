use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_core::{Error, Reason, Result};
use claviger_types::{GrantId, KeyId};

/// Names a grant to clients that use it before it can be seen everywhere. Here it is seen everywhere at once, so a token
/// allows nothing: it only says which grant to retire. Whoever makes one up gets no further than with the grant's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantToken {
    /// The key of the grant.
    pub key: KeyId,
    /// The grant.
    pub grant: GrantId,
    /// Makes each token of a grant another.
    pub nonce: [u8; 8],
}

const FORMAT: u8 = 1;
const LEN: usize = 1 + 16 + 8 + 64;

impl GrantToken {
    /// Base64: a byte for the format, the key's id, the nonce, the grant's id.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.push(FORMAT);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(self.grant.as_str().as_bytes());
        BASE64_STANDARD.encode(bytes)
    }

    /// The inverse of [`encode`](Self::encode).
    ///
    /// # Errors
    /// `InvalidGrantToken`.
    pub fn parse(text: &str) -> Result<Self> {
        Self::split(text)
            .ok_or_else(|| Error::new(Reason::InvalidGrantToken, "The grant token is not valid."))
    }

    fn split(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let (format, rest) = bytes.split_first()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (nonce, grant) = rest.split_first_chunk::<8>()?;
        let grant = std::str::from_utf8(grant).ok().filter(|grant| grant.len() == 64)?;
        (*format == FORMAT).then_some(Self {
            key: KeyId::from_bytes(*key),
            grant: grant.parse().ok()?,
            nonce: *nonce,
        })
    }
}

#[cfg(test)]
mod tests;
