use async_trait::async_trait;
use claviger_crypto::{HashAlg, PublicKey, oaep_decode};
use claviger_failures::failure;
use claviger_ports::ProviderError;
use claviger_provider_device::Decrypts;
use claviger_types::SecretBytes;

use crate::{
    encoding,
    key::TokenKey,
    provider::nonsense,
    wire::{Answer, Cipher, Request},
};

#[async_trait]
impl Decrypts for TokenKey {
    fn decrypts(&self, hash: HashAlg) -> bool {
        self.unpads(hash).is_some()
    }

    async fn decrypt_oaep(
        &self,
        hash: HashAlg,
        public: &PublicKey,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let by_token = self.unpads(hash).ok_or(ProviderError::Unsupported)?;
        if !is_in_range(public, ciphertext) {
            return Err(ProviderError::Rejected);
        }
        if !by_token {
            let encoded = self.ask(Cipher::Rsa {}, ciphertext).await?.ok_or_else(nonsense)?;
            return oaep_decode(hash, &[], encoded.expose()).map(SecretBytes::from).map_err(failure);
        }
        match self.ask(Cipher::Oaep { hash }, ciphertext).await? {
            Some(plaintext) => Ok(plaintext),
            None => Err(self.whose_fault(hash, public).await),
        }
    }
}

impl TokenKey {
    /// Whether the token takes off the padding; `None` if it does not decrypt with this hash at all.
    fn unpads(&self, hash: HashAlg) -> Option<bool> {
        self.token.capabilities().decrypt.iter().find(|way| way.hash == hash).map(|way| way.token)
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
    async fn whose_fault(&self, hash: HashAlg, public: &PublicKey) -> ProviderError {
        let Ok(proof) = public.encrypt_oaep(hash, &[], &[0]) else { return nonsense() };
        match self.ask(Cipher::Oaep { hash }, &proof).await {
            Ok(Some(_)) => ProviderError::Rejected,
            Ok(None) => {
                ProviderError::Internal(format!("the token does not decrypt with {}", self.spec.name()))
            }
            Err(error) => error,
        }
    }
}

/// As long as the modulus, and less than it: to everything else tokens say what they like.
fn is_in_range(public: &PublicKey, ciphertext: &[u8]) -> bool {
    let modulus = encoding::rsa_parts(public.der()).map(|(modulus, _)| modulus);
    modulus.is_some_and(|modulus| ciphertext.len() == modulus.len() && ciphertext < modulus.as_slice())
}
