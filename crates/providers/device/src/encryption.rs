use async_trait::async_trait;
use claviger_ports::{Encrypt, LiveKey, ProviderError};
use claviger_types::{CipherMode, SecretBytes};

use crate::Enciphers;

/// An AES-256 key for GCM, with random nonces.
pub(crate) struct EncryptionKey<K> {
    pub(crate) key: K,
}

/// SP 800-38D §8.3 allows 2³² random nonces of 96 bits under one key. Half of it: a device may restart its generator.
const MESSAGE_LIMIT: u64 = 1 << 31;

/// Bytes of GCM's nonce.
pub const NONCE_LEN: usize = CipherMode::Gcm.iv_len();

impl<K: Enciphers> LiveKey for EncryptionKey<K> {
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.key.on_heap()
    }
}

#[async_trait]
impl<K: Enciphers> Encrypt for EncryptionKey<K> {
    fn aead(&self) -> u8 {
        2
    }

    fn message_limit(&self) -> Option<u64> {
        Some(MESSAGE_LIMIT)
    }

    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError> {
        if plaintext.len().saturating_add(aad.len()) > K::MAX_TEXT {
            return Err(ProviderError::Rejected);
        }
        let sealed = self.key.encrypt(CipherMode::Gcm, None, aad, plaintext).await?;
        out.extend_from_slice(&sealed.iv);
        out.extend_from_slice(&sealed.ciphertext);
        Ok(())
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(ProviderError::Rejected)?;
        if sealed.len().saturating_add(aad.len()) > K::MAX_TEXT + 1024 {
            return Err(ProviderError::Rejected);
        }
        self.key.decrypt(CipherMode::Gcm, nonce, aad, ciphertext).await
    }

    /// The same cipher without associated data.
    async fn open_plain_gcm(&self, sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        self.open(&[], sealed).await
    }
}
