use async_trait::async_trait;
use claviger_algorithms::mac_hash;
use claviger_crypto::HmacKey;
use claviger_failures::verdict;
use claviger_ports::{LiveKey, Mac, ProviderError};
use claviger_types::MacAlgorithm;

pub(crate) struct MacKey {
    algorithm: MacAlgorithm,
    key: HmacKey,
}

impl MacKey {
    pub(crate) fn new(algorithm: MacAlgorithm, material: &[u8]) -> Self {
        Self { algorithm, key: HmacKey::new(mac_hash(algorithm), material) }
    }

    fn check(&self, algorithm: MacAlgorithm) -> Result<(), ProviderError> {
        if algorithm == self.algorithm { Ok(()) } else { Err(ProviderError::Unsupported) }
    }
}

impl LiveKey for MacKey {
    fn mac(&self) -> Option<&dyn Mac> {
        Some(self)
    }

    fn weight(&self) -> usize {
        // Nothing in it is elsewhere on the heap.
        size_of::<Self>()
    }
}

#[async_trait]
impl Mac for MacKey {
    async fn compute(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.check(algorithm)?;
        Ok(self.key.sign(message))
    }

    async fn verify(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool, ProviderError> {
        self.check(algorithm)?;
        verdict(self.key.verify(message, mac))
    }
}
