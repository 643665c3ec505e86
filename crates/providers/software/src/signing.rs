use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{input, prehash, scheme};
use claviger_crypto::{Input, PrivateKey, PublicKey, SignatureScheme, digest};
use claviger_failures::{failure, verdict};
use claviger_ports::{LiveKey, ProviderError, Sign};
use claviger_types::{KeySpec, SigningAlgorithm, SigningInput};

use crate::{cost, pool::Pool};

pub(crate) struct SigningKey {
    pub(crate) spec: KeySpec,
    pub(crate) private: Arc<PrivateKey>,
    pub(crate) public: Arc<PublicKey>,
    pub(crate) pool: Arc<Pool>,
}

impl LiveKey for SigningKey {
    fn sign(&self) -> Option<&dyn Sign> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + cost::weight(self.spec)
    }
}

#[async_trait]
impl Sign for SigningKey {
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
    ) -> Result<Vec<u8>, ProviderError> {
        let scheme = scheme(self.spec, algorithm).ok_or(ProviderError::Unsupported)?;
        let Some(lane) = cost::private(self.spec) else {
            return self.private.sign(scheme, input(of)).map_err(failure);
        };
        let (key, of) = (Arc::clone(&self.private), OwnedInput::new(scheme, of));
        self.pool.run(lane, move || key.sign(scheme, of.borrow()).map_err(failure)).await
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        let scheme = scheme(self.spec, algorithm).ok_or(ProviderError::Unsupported)?;
        let Some(lane) = cost::public(self.spec) else {
            return verdict(self.public.verify(scheme, input(of), signature));
        };
        let (key, of, signature) =
            (Arc::clone(&self.public), OwnedInput::new(scheme, of), signature.to_vec());
        self.pool.run(lane, move || verdict(key.verify(scheme, of.borrow(), &signature))).await
    }
}

/// What is signed, for another thread. A message is hashed at once where the scheme signs a digest: that is cheaper
/// than to copy it and keep it while it waits.
enum OwnedInput {
    Digest(Vec<u8>),
    ExternalMu(Vec<u8>),
    Message(Vec<u8>),
}

impl OwnedInput {
    fn new(scheme: SignatureScheme, input: SigningInput<'_>) -> Self {
        match (input, prehash(scheme)) {
            (SigningInput::Message(message), Some(hash)) => Self::Digest(digest(hash, message)),
            (SigningInput::Message(message), None) => Self::Message(message.to_vec()),
            (SigningInput::Digest(digest), _) => Self::Digest(digest.to_vec()),
            (SigningInput::ExternalMu(mu), _) => Self::ExternalMu(mu.to_vec()),
        }
    }

    fn borrow(&self) -> Input<'_> {
        match self {
            Self::Digest(digest) => Input::Digest(digest),
            Self::ExternalMu(mu) => Input::ExternalMu(mu),
            Self::Message(message) => Input::Message(message),
        }
    }
}
