//! HMAC (FIPS 198-1, RFC 2104).

use aws_lc_rs::hmac;

use crate::{CryptoError, HashAlg};

/// An HMAC key whose padded blocks are hashed once.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// Any length of key is possible; SP 800-107 wants at least half of the digest's.
    #[must_use]
    pub fn new(alg: HashAlg, key: &[u8]) -> Self {
        let algorithm = match alg {
            HashAlg::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            HashAlg::Sha224 => hmac::HMAC_SHA224,
            HashAlg::Sha256 => hmac::HMAC_SHA256,
            HashAlg::Sha384 => hmac::HMAC_SHA384,
            HashAlg::Sha512 => hmac::HMAC_SHA512,
        };
        Self(hmac::Key::new(algorithm, key))
    }

    /// The whole MAC of `message`, as long as the hash function's digest.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    /// Compares in constant time. A truncated MAC is refused.
    ///
    /// # Errors
    /// `Rejected` if `mac` is not the MAC of `message`.
    pub fn verify(&self, message: &[u8], mac: &[u8]) -> Result<(), CryptoError> {
        hmac::verify(&self.0, message, mac).map_err(|_| CryptoError::Rejected)
    }
}

/// HMAC-SHA-256 in one call.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = [0; 32];
    // Invariant: an HMAC-SHA-256 tag is 32 bytes long.
    mac.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    mac
}
