use async_trait::async_trait;
use claviger_algorithms::key_kind;
use claviger_crypto::{KeyKind, PublicKey};
use claviger_ports::{Agree, LiveKey, ProviderError};
use claviger_provider_device::DeviceKey;
use claviger_types::{AgreementAlgorithm, SecretBytes};

use crate::{
    calls::Weight,
    encoding,
    key::TokenKey,
    provider::nonsense,
    wire::{Answer, Request},
    worker::field_len,
};

pub(crate) struct AgreementKey {
    pub(crate) key: TokenKey,
}

impl LiveKey for AgreementKey {
    fn agree(&self) -> Option<&dyn Agree> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.key.on_heap()
    }
}

#[async_trait]
impl Agree for AgreementKey {
    /// The peer's key is validated here, so that no token computes with a point that is not on its curve.
    async fn agree(&self, algorithm: AgreementAlgorithm, peer: &[u8]) -> Result<SecretBytes, ProviderError> {
        let AgreementAlgorithm::Ecdh = algorithm;
        let Some(kind @ KeyKind::Ec(curve)) = key_kind(self.key.spec) else {
            return Err(ProviderError::Unsupported);
        };
        let peer = PublicKey::from_spki_der(peer).map_err(|_| ProviderError::Rejected)?;
        if peer.kind() != kind {
            return Err(ProviderError::Rejected);
        }
        let point = encoding::point_of_spki(peer.der()).ok_or(ProviderError::Rejected)?;
        let request = Request::Agree { id: self.key.id.clone(), point, len: field_len(curve) };
        match self.key.token.call(request, Weight::Light).await? {
            Answer::Bytes { bytes } => Ok(bytes),
            _ => Err(nonsense()),
        }
    }
}
