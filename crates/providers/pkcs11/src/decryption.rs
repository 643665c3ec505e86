use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{failure, oaep_hash};
use claviger_crypto::{HashAlg, PublicKey, oaep_decode};
use claviger_ports::{AsymmetricDecrypt, LiveKey, ProviderError};
use claviger_types::{EncryptionAlgorithm, KeySpec, SecretBytes};

use crate::{
    encoding,
    provider::{TokenLink, nonsense},
    wire::{Answer, Cipher, Request},
};

/// An RSA key for OAEP. It encrypts with the public half, here.
pub(crate) struct DecryptionKey {
    pub(crate) spec: KeySpec,
    pub(crate) id: Vec<u8>,
    pub(crate) public: PublicKey,
    pub(crate) token: Arc<TokenLink>,
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
        self.way(hash)?;
        self.public.encrypt_oaep(hash, &[], plaintext).map_err(failure)
    }

    async fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let hash = oaep_hash(algorithm)?;
        let by_token = self.way(hash)?;
        if !self.is_in_range(ciphertext) {
            return Err(ProviderError::Rejected);
        }
        if !by_token {
            let encoded = self.ask(Cipher::Rsa {}, ciphertext).await?.ok_or_else(nonsense)?;
            return oaep_decode(hash, &[], encoded.expose()).map(SecretBytes::from).map_err(failure);
        }
        match self.ask(Cipher::Oaep { hash }, ciphertext).await? {
            Some(plaintext) => Ok(plaintext),
            None => Err(self.whose_fault(hash).await),
        }
    }
}

impl DecryptionKey {
    /// Whether the token takes off the padding.
    fn way(&self, hash: HashAlg) -> Result<bool, ProviderError> {
        let capabilities = self.token.capabilities();
        let way = capabilities.decrypt.iter().find(|way| way.hash == hash);
        way.map(|way| way.token).ok_or(ProviderError::Unsupported)
    }

    /// As long as the modulus, and less than it: to everything else tokens say what they like.
    fn is_in_range(&self, ciphertext: &[u8]) -> bool {
        let modulus = encoding::rsa_parts(self.public.der()).map(|(modulus, _)| modulus);
        modulus.is_some_and(|modulus| ciphertext.len() == modulus.len() && ciphertext < modulus.as_slice())
    }

    /// `None` if the token does not say whether the ciphertext is at fault.
    async fn ask(&self, cipher: Cipher, ciphertext: &[u8]) -> Result<Option<SecretBytes>, ProviderError> {
        let text = SecretBytes::new(ciphertext.to_vec());
        let request = Request::Decrypt { id: self.id.clone(), cipher, text };
        match self.token.try_call(request).await? {
            None => Ok(None),
            Some(Answer::Bytes { bytes }) => Ok(Some(bytes)),
            Some(_) => Err(nonsense()),
        }
    }

    /// Whether the token can decrypt what we have just encrypted. If it can, it was the ciphertext.
    async fn whose_fault(&self, hash: HashAlg) -> ProviderError {
        let Ok(proof) = self.public.encrypt_oaep(hash, &[], &[0]) else { return nonsense() };
        match self.ask(Cipher::Oaep { hash }, &proof).await {
            Ok(Some(_)) => ProviderError::Rejected,
            Ok(None) => {
                ProviderError::Internal(format!("the token does not decrypt with {}", self.spec.name()))
            }
            Err(error) => error,
        }
    }
}
