/// Length in bytes of a ciphertext's header: nonce, the 36 characters of a key id, tag.
pub const HEADER_LEN: usize = 12 + 36 + 16;

/// Length in bytes of an encrypted empty message: nonce and tag.
const OVERHEAD: usize = 12 + 16;

/// A ciphertext of go-kms in its two parts. Nothing of it is authenticated yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext<'a> {
    /// The key id, encrypted under the master key of the key store.
    pub header: &'a [u8; HEADER_LEN],
    /// The message, encrypted under the key.
    pub sealed: &'a [u8],
}

impl<'a> Ciphertext<'a> {
    /// Splits a ciphertext; `None` if it is too short to be one.
    pub fn split(bytes: &'a [u8]) -> Option<Self> {
        let (header, sealed) = bytes.split_first_chunk()?;
        (sealed.len() >= OVERHEAD).then_some(Self { header, sealed })
    }
}
