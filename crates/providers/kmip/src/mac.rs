use std::sync::Arc;

use async_trait::async_trait;
use claviger_crypto::HashAlg;
use claviger_kmip::{RequestPayload, ResponsePayload, operations::MacRequest, value::UniqueIdentifier};
use claviger_ports::{LiveKey, Mac, ProviderError};
use claviger_types::{KeySpec, MacAlgorithm, SecretBytes};

use crate::{
    error::CallError,
    parameters,
    raw::MAX_TEXT,
    server::{ServerLink, Session},
};

pub(crate) struct MacKey {
    pub(crate) spec: KeySpec,
    pub(crate) id: String,
    pub(crate) algorithm: MacAlgorithm,
    pub(crate) hash: HashAlg,
    pub(crate) server: Arc<ServerLink>,
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

    /// The server computes the code, and it is compared here: what it says itself of a truncated code differs from one to
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
        let (session, _) = self.server.session().await?;
        Ok(SecretBytes::new(session.mac(&self.id, self.spec, self.hash, message).await?))
    }
}

impl Session {
    /// The code of a message, which has the length of its hash.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn mac(
        &self,
        id: &str,
        spec: KeySpec,
        hash: HashAlg,
        message: &[u8],
    ) -> Result<Vec<u8>, CallError> {
        let request = MacRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::mac(spec, hash)),
            data: Some(SecretBytes::new(message.to_vec())),
            ..MacRequest::default()
        };
        let ResponsePayload::Mac(answer) = self.ask(RequestPayload::Mac(request)).await? else {
            return Err(CallError::nonsense());
        };
        let code = answer.mac_data.filter(|code| code.len() == hash.digest_len());
        match code {
            Some(code) if answer.unique_identifier == UniqueIdentifier::from(id) => Ok(code),
            _ => Err(CallError::nonsense()),
        }
    }
}
