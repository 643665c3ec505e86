use std::ops::Deref;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Secret bytes of any length: zeroized on drop, never printed, compared in constant time.
///
/// There is deliberately no `Debug`, `Display`, `PartialEq` or serde: the only way to the bytes is [`expose`](Self::expose),
/// so that a search for it finds every place where a secret is touched.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
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

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<SecretBytes> for Zeroizing<Vec<u8>> {
    fn from(bytes: SecretBytes) -> Self {
        bytes.0
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
}
