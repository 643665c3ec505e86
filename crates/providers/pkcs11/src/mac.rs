use std::sync::Arc;

use async_trait::async_trait;
use claviger_crypto::HashAlg;
use claviger_ports::{LiveKey, Mac, ProviderError};
use claviger_types::{MacAlgorithm, SecretBytes};

use crate::{
    calls::Weight,
    provider::{TokenLink, nonsense},
    wire::{Answer, MAX_TEXT, Request, SignMechanism},
};

pub(crate) struct MacKey {
    pub(crate) id: Vec<u8>,
    pub(crate) algorithm: MacAlgorithm,
    pub(crate) hash: HashAlg,
    pub(crate) token: Arc<TokenLink>,
}

impl LiveKey for MacKey {
    fn mac(&self) -> Option<&dyn Mac> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.id.len()
    }
}

#[async_trait]
impl Mac for MacKey {
    async fn compute(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.code(algorithm, message).await.map(|code| code.expose().to_vec())
    }

    /// The token computes the code, and it is compared here: what it says itself of a truncated code differs from one to
    /// the next.
    async fn verify(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool, ProviderError> {
        Ok(self.code(algorithm, message).await?.ct_eq(mac))
    }
}

impl MacKey {
    async fn code(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<SecretBytes, ProviderError> {
        if algorithm != self.algorithm {
            return Err(ProviderError::Unsupported);
        }
        if message.len() > MAX_TEXT {
            return Err(ProviderError::Rejected);
        }
        let mechanism = SignMechanism::Hmac { hash: self.hash };
        let text = SecretBytes::new(message.to_vec());
        match self.token.call(Request::Sign { id: self.id.clone(), mechanism, text }, Weight::Light).await? {
            Answer::Bytes { bytes } if bytes.len() == self.hash.digest_len() => Ok(bytes),
            _ => Err(nonsense()),
        }
    }
}
