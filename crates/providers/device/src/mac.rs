use async_trait::async_trait;
use claviger_algorithms::mac_hash;
use claviger_crypto::HashAlg;
use claviger_ports::{LiveKey, Mac, ProviderError};
use claviger_types::{MacAlgorithm, SecretBytes};

use crate::DeviceKey;

/// A key for HMAC in a device.
#[async_trait]
pub trait Authenticates: DeviceKey {
    /// The code of a message, which has the length of the hash.
    ///
    /// # Errors
    /// As for any call.
    async fn code(&self, hash: HashAlg, message: &[u8]) -> Result<SecretBytes, ProviderError>;
}

pub(crate) struct MacKey<K> {
    pub(crate) algorithm: MacAlgorithm,
    pub(crate) key: K,
}

impl<K: Authenticates> LiveKey for MacKey<K> {
    fn mac(&self) -> Option<&dyn Mac> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.key.on_heap()
    }
}

#[async_trait]
impl<K: Authenticates> Mac for MacKey<K> {
    async fn compute(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.code(algorithm, message).await.map(|code| code.expose().to_vec())
    }

    /// The device computes the code, and it is compared here: what it says itself of a truncated code differs from one to
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

impl<K: Authenticates> MacKey<K> {
    async fn code(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<SecretBytes, ProviderError> {
        if algorithm != self.algorithm {
            return Err(ProviderError::Unsupported);
        }
        if message.len() > K::MAX_TEXT {
            return Err(ProviderError::Rejected);
        }
        self.key.code(mac_hash(algorithm), message).await
    }
}
