use std::sync::Arc;

use async_trait::async_trait;
use claviger_ports::{Encrypt, LiveKey, ProviderError};
use claviger_types::{CipherMode, SecretBytes};

use crate::{
    provider::TokenLink,
    raw,
    wire::{Cipher, MAX_TEXT},
};

/// An AES-256 key for GCM in the token, with random nonces of the token's.
pub(crate) struct EncryptionKey {
    pub(crate) id: Vec<u8>,
    pub(crate) token: Arc<TokenLink>,
}

/// SP 800-38D §8.3 allows 2³² random nonces of 96 bits under one key. Half of it: a token may restart its generator.
const MESSAGE_LIMIT: u64 = 1 << 31;

const NONCE_LEN: usize = 12;

impl LiveKey for EncryptionKey {
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.id.len()
    }
}

#[async_trait]
impl Encrypt for EncryptionKey {
    fn aead(&self) -> u8 {
        2
    }

    fn message_limit(&self) -> Option<u64> {
        Some(MESSAGE_LIMIT)
    }

    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError> {
        if plaintext.len().saturating_add(aad.len()) > MAX_TEXT {
            return Err(ProviderError::Rejected);
        }
        let cipher = Cipher::Gcm { iv: None, aad: aad.to_vec() };
        let sealed = raw::encrypt(&self.token, &self.id, cipher, plaintext, CipherMode::Gcm).await?;
        out.extend_from_slice(&sealed.iv);
        out.extend_from_slice(&sealed.ciphertext);
        Ok(())
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(ProviderError::Rejected)?;
        if sealed.len().saturating_add(aad.len()) > MAX_TEXT + 1024 {
            return Err(ProviderError::Rejected);
        }
        let cipher = Cipher::Gcm { iv: Some(nonce.to_vec()), aad: aad.to_vec() };
        raw::decrypt(&self.token, &self.id, cipher, ciphertext, CipherMode::Gcm).await
    }

    /// The same cipher without associated data.
    async fn open_plain_gcm(&self, sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        self.open(&[], sealed).await
    }
}
