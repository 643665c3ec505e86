use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::oaep_hash;
use claviger_crypto::{PrivateKey, PublicKey};
use claviger_failures::failure;
use claviger_ports::{AsymmetricDecrypt, LiveKey, ProviderError};
use claviger_types::{EncryptionAlgorithm, KeySpec, SecretBytes};

use crate::{cost, pool::Pool};

/// An RSA key for OAEP.
pub(crate) struct DecryptionKey {
    pub(crate) spec: KeySpec,
    pub(crate) private: Arc<PrivateKey>,
    pub(crate) public: Arc<PublicKey>,
    pub(crate) pool: Arc<Pool>,
}

impl LiveKey for DecryptionKey {
    fn asymmetric_decrypt(&self) -> Option<&dyn AsymmetricDecrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + cost::weight(self.spec)
    }
}

#[async_trait]
impl AsymmetricDecrypt for DecryptionKey {
    async fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, ProviderError> {
        let hash = oaep_hash(algorithm).ok_or(ProviderError::Unsupported)?;
        self.public.encrypt_oaep(hash, &[], plaintext).map_err(failure)
    }

    async fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let hash = oaep_hash(algorithm).ok_or(ProviderError::Unsupported)?;
        let key = Arc::clone(&self.private);
        let ciphertext = ciphertext.to_vec();
        let decrypt =
            move || key.decrypt_oaep(hash, &[], &ciphertext).map(SecretBytes::from).map_err(failure);
        match cost::private(self.spec) {
            None => decrypt(),
            Some(lane) => self.pool.run(lane, decrypt).await,
        }
    }
}
