//! AES in modes that hide but do not authenticate (NIST SP 800-38A): whoever can change a ciphertext can change what
//! it decrypts to, and nobody notices.

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use crate::{CryptoError, Secret};

const BLOCK_LEN: usize = 16;

/// CBC (§6.2) without padding. The initialization vector must be unpredictable.
///
/// # Errors
/// `Malformed` unless `key` is 16 or 32 bytes long and `plaintext` a multiple of 16.
pub fn aes_cbc_encrypt(key: &[u8], iv: &[u8; BLOCK_LEN], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
    whole_blocks(plaintext)?;
    encrypt(EncryptingKey::cbc(unbound(key)?), iv, plaintext)
}

/// The inverse of [`aes_cbc_encrypt`].
///
/// # Errors
/// `Malformed` unless `key` is 16 or 32 bytes long and `ciphertext` a multiple of 16.
pub fn aes_cbc_decrypt(key: &[u8], iv: &[u8; BLOCK_LEN], ciphertext: &[u8]) -> Result<Secret, CryptoError> {
    whole_blocks(ciphertext)?;
    decrypt(DecryptingKey::cbc(unbound(key)?), iv, ciphertext)
}

/// CTR (§6.5), the counter being the whole block, big endian. No counter block may repeat under one key: that reveals
/// the XOR of the plaintexts.
///
/// # Errors
/// `Malformed` unless `key` is 16 or 32 bytes long.
pub fn aes_ctr_encrypt(
    key: &[u8],
    counter: &[u8; BLOCK_LEN],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    encrypt(EncryptingKey::ctr(unbound(key)?), counter, plaintext)
}

/// The inverse of [`aes_ctr_encrypt`].
///
/// # Errors
/// `Malformed` unless `key` is 16 or 32 bytes long.
pub fn aes_ctr_decrypt(
    key: &[u8],
    counter: &[u8; BLOCK_LEN],
    ciphertext: &[u8],
) -> Result<Secret, CryptoError> {
    decrypt(DecryptingKey::ctr(unbound(key)?), counter, ciphertext)
}

fn whole_blocks(text: &[u8]) -> Result<(), CryptoError> {
    if text.len().is_multiple_of(BLOCK_LEN) { Ok(()) } else { Err(CryptoError::Malformed) }
}

fn unbound(key: &[u8]) -> Result<UnboundCipherKey, CryptoError> {
    let algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return Err(CryptoError::Malformed),
    };
    UnboundCipherKey::new(algorithm, key).map_err(|_| CryptoError::Internal)
}

fn encrypt<E>(
    key: Result<EncryptingKey, E>,
    iv: &[u8; BLOCK_LEN],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let key = key.map_err(|_| CryptoError::Internal)?;
    let mut text = Zeroizing::new(plaintext.to_vec());
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.less_safe_encrypt(&mut text, context).map_err(|_| CryptoError::Internal)?;
    Ok(std::mem::take(&mut *text))
}

fn decrypt<E>(
    key: Result<DecryptingKey, E>,
    iv: &[u8; BLOCK_LEN],
    ciphertext: &[u8],
) -> Result<Secret, CryptoError> {
    let key = key.map_err(|_| CryptoError::Internal)?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let len = key.decrypt(&mut text, context).map_err(|_| CryptoError::Internal)?.len();
    text.truncate(len);
    Ok(text)
}
