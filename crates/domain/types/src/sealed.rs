use std::fmt;

/// Which root key encrypted a stored secret; it grows by one with each rotation of the root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootKeyGeneration(pub u32);

/// A secret encrypted under the root key: the only form in which a secret can reach a store.
///
/// Only the seal makes and opens one. The associated data is the place where it is stored (table, row, column), so
/// that a ciphertext moved to another place does not open. A roll-back of one row to an older value is not detected.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The root key that opens it.
    pub generation: RootKeyGeneration,
    /// Nonce, ciphertext and tag.
    pub bytes: Box<[u8]>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(generation {}, {} bytes)", self.generation.0, self.bytes.len())
    }
}
