use async_trait::async_trait;
use claviger_crypto::{AesGcm, Xaes256Gcm, fill};
use claviger_failures::failure;
use claviger_ports::{Encrypt, LiveKey, ProviderError};
use claviger_types::{SecretBytes, SecretKey};

/// An AES-256 key for XAES-256-GCM with random nonces.
pub(crate) struct EncryptionKey {
    xaes: Xaes256Gcm,
    /// For [`Encrypt::open_plain_gcm`] only: its AEAD is made per call, because that is cheap, rare, and the expanded
    /// form would double the size of every key.
    raw: SecretKey,
}

impl EncryptionKey {
    /// `None` unless `material` is a key's length.
    pub(crate) fn new(material: &[u8]) -> Option<Self> {
        let raw = SecretKey::from_slice(material)?;
        Some(Self { xaes: Xaes256Gcm::new(raw.expose()), raw })
    }
}

impl LiveKey for EncryptionKey {
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        // Nothing in it is elsewhere on the heap.
        size_of::<Self>()
    }
}

#[async_trait]
impl Encrypt for EncryptionKey {
    fn aead(&self) -> u8 {
        1
    }

    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError> {
        let mut nonce = [0; Xaes256Gcm::NONCE_LEN];
        fill(&mut nonce).map_err(failure)?;
        let start = out.len();
        out.reserve(nonce.len() + plaintext.len() + Xaes256Gcm::TAG_LEN);
        out.extend_from_slice(&nonce);
        self.xaes.seal_into(&nonce, aad, plaintext, out).map_err(|error| {
            out.truncate(start);
            failure(error)
        })
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (nonce, ciphertext) = sealed.split_first_chunk().ok_or(ProviderError::Rejected)?;
        self.xaes.open(nonce, aad, ciphertext).map(SecretBytes::from).map_err(failure)
    }

    async fn open_plain_gcm(&self, sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (nonce, ciphertext) = sealed.split_first_chunk().ok_or(ProviderError::Rejected)?;
        let key = AesGcm::new(self.raw.expose()).map_err(failure)?;
        key.open(nonce, &[], ciphertext).map(SecretBytes::from).map_err(failure)
    }
}
