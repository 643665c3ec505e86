use async_trait::async_trait;
use claviger_ports::{LiveKey, ProviderError, RawCipher, RawCiphertext};
use claviger_types::{CipherMode, SecretBytes};

use crate::DeviceKey;

/// An AES key in a device.
#[async_trait]
pub trait Enciphers: DeviceKey {
    /// Encrypts, and checks the lengths of what comes back. A vector that is not given is drawn by the provider or the
    /// device; for GCM it never is. With GCM the tag follows the ciphertext.
    ///
    /// # Errors
    /// As for any call.
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError>;

    /// Decrypts, and checks the length of what comes back.
    ///
    /// # Errors
    /// `Rejected` if the ciphertext is at fault.
    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError>;
}

/// An AES key for raw modes.
pub(crate) struct RawKey<K> {
    pub(crate) key: K,
}

/// Bytes of a block of AES.
pub const BLOCK_LEN: usize = 16;

/// Bytes of the tag behind a ciphertext.
pub const fn tag_len(mode: CipherMode) -> usize {
    match mode {
        CipherMode::Gcm => 16,
        CipherMode::Cbc | CipherMode::Ctr => 0,
    }
}

impl<K: Enciphers> LiveKey for RawKey<K> {
    fn raw(&self) -> Option<&dyn RawCipher> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.key.on_heap()
    }
}

#[async_trait]
impl<K: Enciphers> RawCipher for RawKey<K> {
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError> {
        if mode == CipherMode::Gcm && iv.is_some() {
            return Err(ProviderError::Rejected);
        }
        check::<K>(mode, iv, additional_data, plaintext)?;
        self.key.encrypt(mode, iv, additional_data, plaintext).await
    }

    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        check::<K>(mode, Some(iv), additional_data, ciphertext)?;
        self.key.decrypt(mode, iv, additional_data, ciphertext).await
    }
}

/// What the port asks for.
fn check<K: DeviceKey>(
    mode: CipherMode,
    iv: Option<&[u8]>,
    additional_data: &[u8],
    text: &[u8],
) -> Result<(), ProviderError> {
    let wrong_iv = iv.is_some_and(|iv| iv.len() != mode.iv_len());
    let stray_data = mode != CipherMode::Gcm && !additional_data.is_empty();
    let broken_block = mode == CipherMode::Cbc && !text.len().is_multiple_of(BLOCK_LEN);
    let too_long = text.len().saturating_add(additional_data.len()) > K::MAX_TEXT;
    if wrong_iv || stray_data || broken_block || too_long {
        return Err(ProviderError::Rejected);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
