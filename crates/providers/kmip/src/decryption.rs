use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{failure, oaep_hash};
use claviger_crypto::{HashAlg, PublicKey};
use claviger_kmip::{RequestPayload, ResponsePayload, operations::DecryptRequest, value::UniqueIdentifier};
use claviger_ports::{AsymmetricDecrypt, LiveKey, ProviderError};
use claviger_types::{EncryptionAlgorithm, SecretBytes};

use crate::{
    error::CallError,
    parameters,
    server::{ServerLink, Session},
};

/// An RSA key for OAEP. It encrypts with the public half, here.
pub(crate) struct DecryptionKey {
    pub(crate) id: String,
    pub(crate) public: PublicKey,
    /// Length of the modulus in bytes.
    pub(crate) len: usize,
    pub(crate) server: Arc<ServerLink>,
}

impl LiveKey for DecryptionKey {
    fn asymmetric_decrypt(&self) -> Option<&dyn AsymmetricDecrypt> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.id.len() + 4 * self.public.der().len()
    }
}

#[async_trait]
impl AsymmetricDecrypt for DecryptionKey {
    async fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, ProviderError> {
        let hash = oaep_hash(algorithm)?;
        // What could not be decrypted is not encrypted either.
        self.check(hash)?;
        self.public.encrypt_oaep(hash, &[], plaintext).map_err(failure)
    }

    async fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let hash = oaep_hash(algorithm)?;
        self.check(hash)?;
        if ciphertext.len() != self.len {
            return Err(ProviderError::Rejected);
        }
        let (session, _) = self.server.session().await?;
        let error = match session.decrypt_oaep(&self.id, hash, ciphertext).await {
            Ok(plaintext) => return Ok(plaintext),
            Err(error @ CallError::Refused { .. }) if !error.is_missing() && !error.is_about_us() => error,
            Err(error) => return Err(error.into()),
        };
        // Whether the server can decrypt what has just been encrypted. If it can, it was the ciphertext.
        let proof = self.public.encrypt_oaep(hash, &[], &[0]).map_err(failure)?;
        match session.decrypt_oaep(&self.id, hash, &proof).await {
            Ok(_) => Err(ProviderError::Rejected),
            Err(_) => Err(error.into()),
        }
    }
}

impl DecryptionKey {
    fn check(&self, hash: HashAlg) -> Result<(), ProviderError> {
        let can = self.server.known().is_some_and(|known| known.capabilities.decrypt.contains(&hash));
        if can { Ok(()) } else { Err(ProviderError::Unsupported) }
    }
}

impl Session {
    /// Decrypts with RSAES-OAEP.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn decrypt_oaep(
        &self,
        id: &str,
        hash: HashAlg,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, CallError> {
        let request = DecryptRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::oaep(hash, self.version)),
            data: Some(ciphertext.to_vec()),
            ..DecryptRequest::default()
        };
        match self.ask(RequestPayload::Decrypt(request)).await? {
            ResponsePayload::Decrypt(answer) if answer.unique_identifier == UniqueIdentifier::from(id) => {
                Ok(answer.data.unwrap_or_default())
            }
            _ => Err(CallError::nonsense()),
        }
    }
}
