use std::sync::Arc;

use async_trait::async_trait;
use claviger_crypto::PrivateKey;
use claviger_ports::{Agree, LiveKey, ProviderError};
use claviger_types::{AgreementAlgorithm, KeySpec, SecretBytes};

use crate::{cost, pool::Pool, provider::key_failure};

pub(crate) struct AgreementKey {
    pub(crate) spec: KeySpec,
    pub(crate) private: Arc<PrivateKey>,
    pub(crate) pool: Arc<Pool>,
}

impl LiveKey for AgreementKey {
    fn agree(&self) -> Option<&dyn Agree> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + cost::weight(self.spec)
    }
}

#[async_trait]
impl Agree for AgreementKey {
    async fn agree(&self, algorithm: AgreementAlgorithm, peer: &[u8]) -> Result<SecretBytes, ProviderError> {
        let AgreementAlgorithm::Ecdh = algorithm;
        let key = Arc::clone(&self.private);
        let peer = peer.to_vec();
        let agree = move || key.agree(&peer).map(SecretBytes::from).map_err(key_failure);
        match cost::private(self.spec) {
            None => agree(),
            Some(lane) => self.pool.run(lane, agree).await,
        }
    }
}
