//! AES-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::{CryptoError, Secret};

pub(crate) const TAG_LEN: usize = 16;

/// SP 800-38D §5.2.1.1: 2^39 - 256 bits of plaintext for one nonce.
const MAX_PLAINTEXT: u64 = (1 << 36) - 32;

/// AES-128-GCM or AES-256-GCM with a nonce chosen by the caller.
///
/// A nonce must never repeat under one key: a repetition reveals the XOR of the plaintexts and lets tags be forged.
/// With random nonces a key is good for 2^32 messages; prefer [`crate::Xaes256Gcm`] where the format is ours.
pub struct AesGcm(LessSafeKey);

impl AesGcm {
    /// # Errors
    /// `Malformed` unless `key` is 16 or 32 bytes long.
    pub fn new(key: &[u8]) -> Result<Self, CryptoError> {
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            32 => &AES_256_GCM,
            _ => return Err(CryptoError::Malformed),
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| CryptoError::Internal)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts, and returns ciphertext followed by the 16-byte tag.
    ///
    /// # Errors
    /// `TooLarge` above 2^36 - 32 bytes of plaintext.
    pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut out = Vec::new();
        self.seal_into(nonce, aad, plaintext, &mut out)?;
        Ok(out)
    }

    /// Decrypts ciphertext followed by the tag.
    ///
    /// # Errors
    /// `Rejected` if the tag is not right for this key, nonce, `aad` and ciphertext, or there is no whole tag.
    pub fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext_and_tag: &[u8],
    ) -> Result<Secret, CryptoError> {
        let (ciphertext, tag) =
            ciphertext_and_tag.split_last_chunk::<TAG_LEN>().ok_or(CryptoError::Rejected)?;
        let mut plaintext = Zeroizing::new(vec![0; ciphertext.len()]);
        self.0
            .open_separate_gather(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(aad),
                ciphertext,
                tag,
                &mut plaintext,
            )
            .map_err(|_| CryptoError::Rejected)?;
        Ok(plaintext)
    }

    /// Appends ciphertext and tag to `out`; on an error `out` is as it was.
    pub(crate) fn seal_into(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CryptoError> {
        if u64::try_from(plaintext.len()).map_or(true, |len| len > MAX_PLAINTEXT) {
            return Err(CryptoError::TooLarge);
        }
        let start = out.len();
        out.resize(start + plaintext.len() + TAG_LEN, 0);
        let (_, sealed) = out.split_at_mut(start);
        let (ciphertext, tag) = sealed.split_at_mut(plaintext.len());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0.seal_out_of_place_scatter(nonce, Aad::from(aad), plaintext, ciphertext, &[], tag).map_err(
            |_| {
                out.truncate(start);
                CryptoError::Internal
            },
        )
    }
}
