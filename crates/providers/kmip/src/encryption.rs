use std::sync::Arc;

use async_trait::async_trait;
use claviger_ports::{Encrypt, LiveKey, ProviderError};
use claviger_types::{CipherMode, SecretBytes};

use crate::{
    raw::{self, Cipher, MAX_TEXT},
    server::ServerLink,
};

/// An AES-256 key for GCM in the server, with random nonces that are drawn here or there.
pub(crate) struct EncryptionKey {
    pub(crate) id: String,
    pub(crate) server: Arc<ServerLink>,
}

/// SP 800-38D §8.3 allows 2³² random nonces of 96 bits under one key. Half of it, as with other devices.
const MESSAGE_LIMIT: u64 = 1 << 31;

pub(crate) const NONCE_LEN: usize = 12;

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
        let (session, known) = self.server.session().await?;
        let (nonce, sealed) = session.seal(&self.id, aad, plaintext, known.capabilities.draws).await?;
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(())
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(ProviderError::Rejected)?;
        if sealed.len().saturating_add(aad.len()) > MAX_TEXT + 1024 {
            return Err(ProviderError::Rejected);
        }
        let (session, known) = self.server.session().await?;
        raw::open(&session, &self.id, &gcm(nonce, aad), known.capabilities.draws, ciphertext).await
    }

    /// The same cipher without associated data.
    async fn open_plain_gcm(&self, sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        self.open(&[], sealed).await
    }
}

/// AES-GCM with a nonce of 96 bits.
pub(crate) const fn gcm<'a>(nonce: &'a [u8], aad: &'a [u8]) -> Cipher<'a> {
    Cipher { mode: CipherMode::Gcm, pads: false, iv: nonce, aad }
}
