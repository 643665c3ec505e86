use async_trait::async_trait;
use claviger_crypto::HashAlg;
use claviger_ports::ProviderError;
use claviger_provider_device::Authenticates;
use claviger_types::SecretBytes;

use crate::{
    calls::Weight,
    key::TokenKey,
    provider::nonsense,
    wire::{Answer, Request, SignMechanism},
};

#[async_trait]
impl Authenticates for TokenKey {
    async fn code(&self, hash: HashAlg, message: &[u8]) -> Result<SecretBytes, ProviderError> {
        let mechanism = SignMechanism::Hmac { hash };
        let text = SecretBytes::new(message.to_vec());
        match self.token.call(Request::Sign { id: self.id.clone(), mechanism, text }, Weight::Light).await? {
            Answer::Bytes { bytes } if bytes.len() == hash.digest_len() => Ok(bytes),
            _ => Err(nonsense()),
        }
    }
}
