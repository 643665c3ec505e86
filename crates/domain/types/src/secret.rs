use std::{fmt, mem, ops::Deref};

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing, optimization_barrier};

/// Secret bytes of any length: zeroized on drop, never printed, compared in constant time.
///
/// There is deliberately no `Debug`, `Display`, `PartialEq` or serde: the only way to the bytes is [`expose`](Self::expose),
/// so that a search for it finds every place where a secret is touched.
#[derive(Default)]
pub struct SecretBytes(Vec<u8>);

/// There was not enough room for all the bytes. The size of the buffer is not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretTooLong;

impl SecretBytes {
    /// Takes ownership of `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// A buffer for `capacity` bytes, with none in it.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`SecretTooLong`] if they don't fit, and nothing was added: a larger buffer would leave a copy behind.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), SecretTooLong> {
        if bytes.len() > self.0.capacity() - self.0.len() {
            return Err(SecretTooLong);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    /// The bytes. The caller must not copy them into anything that is not itself zeroized.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes, which is not treated as secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Constant-time equality; lengths may leak.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }

    /// A second copy, as carefully kept as the first.
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Display for SecretTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret does not fit into its buffer")
    }
}

impl std::error::Error for SecretTooLong {}

impl Drop for SecretBytes {
    /// Wiped as a whole. [`Zeroizing`] writes byte by byte, which for the buffers of one request takes as long as to encrypt
    /// them.
    fn drop(&mut self) {
        self.0.clear();
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(mut bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(mem::take(&mut *bytes))
    }
}

impl From<SecretBytes> for Zeroizing<Vec<u8>> {
    fn from(mut bytes: SecretBytes) -> Self {
        Self::new(mem::take(&mut bytes.0))
    }
}

/// A 256-bit symmetric key.
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Copies `bytes` into a key of its own and wipes the source.
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(*bytes));
        bytes.zeroize();
        key
    }

    /// `None` unless `bytes` are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// The bytes; see [`SecretBytes::expose`].
    pub fn expose(&self) -> &[u8; 32] {
        self.0.deref()
    }

    /// A second copy, as carefully kept as the first.
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
