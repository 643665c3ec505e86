use async_trait::async_trait;
use claviger_algorithms::oaep_hash;
use claviger_crypto::{HashAlg, PublicKey};
use claviger_failures::failure;
use claviger_ports::{AsymmetricDecrypt, LiveKey, ProviderError};
use claviger_types::{EncryptionAlgorithm, SecretBytes};

use crate::DeviceKey;

/// A private key for OAEP in a device.
#[async_trait]
pub trait Decrypts: DeviceKey {
    /// Whether the device was seen to decrypt with this hash.
    fn decrypts(&self, hash: HashAlg) -> bool;

    /// Decrypts. `public` is the public half, with which it can be found out whether the ciphertext is at fault or the
    /// device.
    ///
    /// # Errors
    /// `Rejected` if it is the ciphertext.
    async fn decrypt_oaep(
        &self,
        hash: HashAlg,
        public: &PublicKey,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError>;
}

/// An RSA key for OAEP. It encrypts with the public half, here.
pub(crate) struct DecryptionKey<K> {
    pub(crate) public: PublicKey,
    pub(crate) key: K,
}

impl<K: Decrypts> LiveKey for DecryptionKey<K> {
    fn asymmetric_decrypt(&self) -> Option<&dyn AsymmetricDecrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        // The public key is held twice: parsed, and in DER.
        size_of::<Self>() + self.key.on_heap() + 4 * self.public.der().len()
    }
}

#[async_trait]
impl<K: Decrypts> AsymmetricDecrypt for DecryptionKey<K> {
    async fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, ProviderError> {
        // What could not be decrypted is not encrypted either.
        let hash = self.hash(algorithm)?;
        self.public.encrypt_oaep(hash, &[], plaintext).map_err(failure)
    }

    async fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let hash = self.hash(algorithm)?;
        self.key.decrypt_oaep(hash, &self.public, ciphertext).await
    }
}

impl<K: Decrypts> DecryptionKey<K> {
    fn hash(&self, algorithm: EncryptionAlgorithm) -> Result<HashAlg, ProviderError> {
        let hash = oaep_hash(algorithm).ok_or(ProviderError::Unsupported)?;
        if self.key.decrypts(hash) { Ok(hash) } else { Err(ProviderError::Unsupported) }
    }
}
