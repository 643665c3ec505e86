//! XAES-256-GCM (<https://c2sp.org/XAES-256-GCM>): AES-256-GCM with a nonce long enough to be random.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, UnboundCipherKey};
use zeroize::Zeroizing;

use crate::gcm::{self, AesGcm};
use crate::{CryptoError, Secret};

/// An XAES-256-GCM key: its AES key schedule and the CMAC subkey K1 are computed once.
///
/// With random nonces one key is good for 2^80 messages at a collision risk of 2^-32. Like AES-GCM it is neither
/// resistant to repeated nonces nor key-committing.
///
/// The key schedules are overwritten on drop. Moving a value can leave a copy behind, so keys belong on the heap.
pub struct Xaes256Gcm {
    block: EncryptingKey,
    k1: Zeroizing<[u8; 16]>,
}

impl Xaes256Gcm {
    /// Length of the key in bytes.
    pub const KEY_LEN: usize = 32;
    /// Length of the nonce in bytes.
    pub const NONCE_LEN: usize = 24;
    /// Length of the tag in bytes, by which a ciphertext is longer than its plaintext.
    pub const TAG_LEN: usize = gcm::TAG_LEN;

    /// Prepares `key`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a 32-byte key always has a key schedule")]
    pub fn new(key: &[u8; 32]) -> Self {
        // Invariant: the only fallible steps check the key length and that the input is whole blocks.
        Self::try_new(key).expect("AES-256 accepts every 32-byte key")
    }

    /// Encrypts, and returns ciphertext followed by the tag. `nonce` must never repeat under this key.
    ///
    /// # Errors
    /// `TooLarge` above 2^36 - 32 bytes of plaintext.
    pub fn seal(&self, nonce: &[u8; 24], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut out = Vec::new();
        self.seal_into(nonce, aad, plaintext, &mut out)?;
        Ok(out)
    }

    /// As [`Xaes256Gcm::seal`], but appends to `out`. After an error `out` is as it was.
    ///
    /// # Errors
    /// `TooLarge` above 2^36 - 32 bytes of plaintext.
    pub fn seal_into(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        let (key, nonce) = self.derive(nonce)?;
        key.seal_into(&nonce, aad, plaintext, out)
    }

    /// Decrypts ciphertext followed by the tag.
    ///
    /// # Errors
    /// `Rejected` if the tag is not right for this key, nonce, `aad` and ciphertext, or there is no whole tag.
    pub fn open(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        ciphertext_and_tag: &[u8],
    ) -> Result<Secret, CryptoError> {
        let (key, nonce) = self.derive(nonce)?;
        key.open(&nonce, aad, ciphertext_and_tag)
    }

    fn try_new(key: &[u8; 32]) -> Result<Self, CryptoError> {
        let key = UnboundCipherKey::new(&AES_256, key).map_err(|_| CryptoError::Internal)?;
        let block = EncryptingKey::ecb(key).map_err(|_| CryptoError::Internal)?;
        let mut l = Zeroizing::new([0; 16]);
        block.encrypt(l.as_mut_slice()).map_err(|_| CryptoError::Internal)?;
        Ok(Self { block, k1: double(&l) })
    }

    /// The subkey and the 12-byte nonce of one message (specification, "Detailed key derivation algorithm").
    fn derive(&self, nonce: &[u8; 24]) -> Result<(AesGcm, [u8; 12]), CryptoError> {
        let (context, gcm_nonce) = halves(nonce);
        let mut key = Zeroizing::new([0; 32]);
        for (counter, block) in (1u8..).zip(key.chunks_exact_mut(16)) {
            let message = [0, counter, b'X', 0].into_iter().chain(context);
            for ((out, k1), input) in block.iter_mut().zip(self.k1.iter()).zip(message) {
                *out = k1 ^ input;
            }
        }
        self.block.encrypt(key.as_mut_slice()).map_err(|_| CryptoError::Internal)?;
        Ok((AesGcm::new(key.as_slice())?, gcm_nonce))
    }
}

fn halves(nonce: &[u8; 24]) -> ([u8; 12], [u8; 12]) {
    let mut context = [0; 12];
    let mut gcm_nonce = [0; 12];
    context.copy_from_slice(&nonce[..12]);
    gcm_nonce.copy_from_slice(&nonce[12..]);
    (context, gcm_nonce)
}

/// Multiplication by x in GF(2^128) (NIST SP 800-38B §6.1), without a branch on the secret.
fn double(l: &[u8; 16]) -> Zeroizing<[u8; 16]> {
    let value = u128::from_be_bytes(*l);
    let carry = (value >> 127).wrapping_neg() & 0b1000_0111;
    Zeroizing::new(((value << 1) ^ carry).to_be_bytes())
}

#[cfg(test)]
mod tests;
