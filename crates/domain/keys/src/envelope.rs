//! The ciphertexts of encrypt keys.
//!
//! ```text
//! byte 0      format: 0xC1
//! byte 1      AEAD: 1 = XAES-256-GCM (C2SP), 2 = AES-256-GCM of a device
//! bytes 2–17  key id
//! bytes 18–21 key version, big endian
//! then        nonce ‖ ciphertext ‖ tag of the AEAD
//! ```
//! The associated data of the AEAD is the header followed by the caller's additional data, so that neither can be
//! exchanged. The first byte tells our ciphertexts from those of other systems whose keys were imported.

use claviger_core::{EncryptionContext, Error, Reason, Result};
use claviger_types::{KeyId, VersionNumber};

/// The format that is written.
const FORMAT: u8 = 0xC1;
const HEADER_LEN: usize = 22;

/// What the caller binds to a ciphertext besides the plaintext.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdditionalData {
    /// Nothing.
    #[default]
    None,
    /// An encryption context; an empty one is the same as nothing.
    Context(EncryptionContext),
    /// Bytes; none are the same as nothing.
    Bytes(Vec<u8>),
}

impl AdditionalData {
    /// The encryption context, if it is one.
    pub fn context(&self) -> Option<&EncryptionContext> {
        match self {
            Self::Context(context) => Some(context),
            Self::None | Self::Bytes(_) => None,
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Context(context) if !context.is_empty() => {
                out.push(1);
                context.encode(out);
            }
            Self::Bytes(bytes) if !bytes.is_empty() => {
                out.push(2);
                out.extend_from_slice(bytes);
            }
            Self::None | Self::Context(_) | Self::Bytes(_) => out.push(0),
        }
    }
}

/// What the header of a ciphertext says. Nothing of it is trusted before the AEAD has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which AEAD.
    pub aead: u8,
    /// Which key.
    pub key: KeyId,
    /// Which version of it.
    pub version: VersionNumber,
}

impl Header {
    /// Appends the header to `out` and returns the associated data.
    pub fn write(&self, additional: &AdditionalData, out: &mut Vec<u8>) -> Vec<u8> {
        let start = out.len();
        out.extend_from_slice(&[FORMAT, self.aead]);
        out.extend_from_slice(self.key.as_bytes());
        out.extend_from_slice(&self.version.get().to_be_bytes());
        let mut aad = Vec::with_capacity(HEADER_LEN + 64);
        aad.extend(out.iter().skip(start));
        additional.encode(&mut aad);
        aad
    }

    /// Splits a ciphertext into its header and what the AEAD opens.
    ///
    /// # Errors
    /// `InvalidCiphertext` if it is not one of ours.
    pub fn parse(ciphertext: &[u8]) -> Result<(Self, &[u8])> {
        Self::split(ciphertext)
            .ok_or_else(|| Error::new(Reason::InvalidCiphertext, "The ciphertext is not valid."))
    }

    /// The associated data of a ciphertext with this header.
    pub fn associated_data(&self, additional: &AdditionalData) -> Vec<u8> {
        self.write(additional, &mut Vec::with_capacity(HEADER_LEN))
    }

    fn split(ciphertext: &[u8]) -> Option<(Self, &[u8])> {
        let (header, sealed) = ciphertext.split_first_chunk::<HEADER_LEN>()?;
        let ([format, aead], rest) = header.split_first_chunk::<2>()?;
        let (key, version) = rest.split_first_chunk::<16>()?;
        let version = VersionNumber::new(u32::from_be_bytes(version.try_into().ok()?))?;
        (*format == FORMAT).then_some((Self { aead: *aead, key: KeyId::from_bytes(*key), version }, sealed))
    }
}

#[cfg(test)]
mod tests;
