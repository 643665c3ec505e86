use async_trait::async_trait;
use claviger_crypto::HashAlg;
use claviger_kmip::{RequestPayload, ResponsePayload, operations::MacRequest, value::UniqueIdentifier};
use claviger_ports::ProviderError;
use claviger_provider_device::Authenticates;
use claviger_types::{KeySpec, SecretBytes};

use crate::{error::CallError, key::ServerKey, parameters, server::Session};

#[async_trait]
impl Authenticates for ServerKey {
    async fn code(&self, hash: HashAlg, message: &[u8]) -> Result<SecretBytes, ProviderError> {
        let (session, _) = self.server.session().await?;
        Ok(SecretBytes::new(session.mac(&self.id, self.spec, hash, message).await?))
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
