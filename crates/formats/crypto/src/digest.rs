//! SHA-1 and SHA-2 (FIPS 180-4).

use aws_lc_rs::digest as lc;

use crate::CryptoError;

/// A hash function. SHA-1 exists for OAEP, HMAC and PBKDF2 only, never for signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlg {
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl HashAlg {
    /// Length of the digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn algorithm(self) -> &'static lc::Algorithm {
        match self {
            Self::Sha1 => &lc::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &lc::SHA224,
            Self::Sha256 => &lc::SHA256,
            Self::Sha384 => &lc::SHA384,
            Self::Sha512 => &lc::SHA512,
        }
    }

    pub(crate) fn hash(self, message: &[u8]) -> lc::Digest {
        lc::digest(self.algorithm(), message)
    }

    /// Takes over a digest that the caller computed.
    ///
    /// # Errors
    /// `Malformed` if it is not exactly [`HashAlg::digest_len`] bytes long.
    pub(crate) fn import(self, digest: &[u8]) -> Result<lc::Digest, CryptoError> {
        lc::Digest::import_less_safe(digest, self.algorithm()).map_err(|_| CryptoError::Malformed)
    }
}

/// Digest of `message`, [`HashAlg::digest_len`] bytes long.
#[must_use]
pub fn digest(alg: HashAlg, message: &[u8]) -> Vec<u8> {
    alg.hash(message).as_ref().to_vec()
}

/// SHA-256 of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; 32] {
    to_array(&HashAlg::Sha256.hash(message))
}

/// SHA-256 over parts that arrive one after the other.
#[derive(Clone)]
pub struct Sha256Hasher(lc::Context);

impl Sha256Hasher {
    /// An empty message.
    #[must_use]
    pub fn new() -> Self {
        Self(lc::Context::new(&lc::SHA256))
    }

    /// Appends `part` to the message.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The digest of everything appended.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        to_array(&self.0.finish())
    }
}

impl Default for Sha256Hasher {
    fn default() -> Self {
        Self::new()
    }
}

fn to_array(digest: &lc::Digest) -> [u8; 32] {
    let mut array = [0; 32];
    // Invariant: only called with SHA-256 digests, which are 32 bytes long.
    array.copy_from_slice(digest.as_ref());
    array
}
