use async_trait::async_trait;
use claviger_crypto::{HashAlg, PublicKey};
use claviger_failures::failure;
use claviger_kmip::{RequestPayload, ResponsePayload, operations::DecryptRequest, value::UniqueIdentifier};
use claviger_ports::ProviderError;
use claviger_provider_device::Decrypts;
use claviger_types::SecretBytes;

use crate::{error::CallError, key::ServerKey, parameters, server::Session};

#[async_trait]
impl Decrypts for ServerKey {
    fn decrypts(&self, hash: HashAlg) -> bool {
        self.server.known().is_some_and(|known| known.capabilities.decrypt.contains(&hash))
    }

    async fn decrypt_oaep(
        &self,
        hash: HashAlg,
        public: &PublicKey,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let len = self.spec.rsa_bits().and_then(|bits| usize::try_from(bits.div_ceil(8)).ok());
        if len != Some(ciphertext.len()) {
            return Err(ProviderError::Rejected);
        }
        let (session, _) = self.server.session().await?;
        let error = match session.decrypt_oaep(&self.id, hash, ciphertext).await {
            Ok(plaintext) => return Ok(plaintext),
            Err(error @ CallError::Refused { .. }) if !error.is_missing() && !error.is_about_us() => error,
            Err(error) => return Err(error.into()),
        };
        // Whether the server can decrypt what has just been encrypted. If it can, it was the ciphertext.
        let proof = public.encrypt_oaep(hash, &[], &[0]).map_err(failure)?;
        match session.decrypt_oaep(&self.id, hash, &proof).await {
            Ok(_) => Err(ProviderError::Rejected),
            Err(_) => Err(error.into()),
        }
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
