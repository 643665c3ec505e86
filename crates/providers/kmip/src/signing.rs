use async_trait::async_trait;
use claviger_crypto::{SignatureScheme, ecdsa_signature_der};
use claviger_kmip::{RequestPayload, ResponsePayload, operations::SignRequest, value::UniqueIdentifier};
use claviger_ports::ProviderError;
use claviger_provider_device::{Form, Signs, prepare};
use claviger_types::{SecretBytes, SigningAlgorithm, SigningInput};

use crate::{
    capabilities::Signing,
    error::CallError,
    key::ServerKey,
    parameters,
    server::{Known, Session},
};

#[async_trait]
impl Signs for ServerKey {
    fn forms(&self, algorithm: SigningAlgorithm) -> Result<Vec<Form>, ProviderError> {
        let known = self.server.known().ok_or_else(|| {
            ProviderError::Unavailable("it is being found out what the server can do".to_owned())
        })?;
        Ok(forms(&known, algorithm))
    }

    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        scheme: SignatureScheme,
        of: SigningInput<'_>,
    ) -> Result<Vec<Vec<u8>>, ProviderError> {
        let (session, known) = self.server.session().await?;
        let (form, text) = prepare::<Self>(scheme, &forms(&known, algorithm), of)?;
        Ok(readings(scheme, session.sign(&self.id, scheme, form, text).await?))
    }
}

impl Session {
    /// What the server makes for a signature.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn sign(
        &self,
        id: &str,
        scheme: SignatureScheme,
        form: Form,
        text: Vec<u8>,
    ) -> Result<Vec<u8>, CallError> {
        let text = Some(SecretBytes::new(text));
        let (data, digested_data) = match form {
            Form::Message => (text, None),
            Form::Digest => (None, text),
        };
        let request = SignRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: parameters::signing(scheme, self.version),
            data,
            digested_data,
            ..SignRequest::default()
        };
        match self.ask(RequestPayload::Sign(request)).await? {
            ResponsePayload::Sign(answer) if answer.unique_identifier == UniqueIdentifier::from(id) => {
                answer.signature_data.ok_or_else(CallError::nonsense)
            }
            _ => Err(CallError::nonsense()),
        }
    }
}

/// What a server may have meant: some give ECDSA signatures in DER, some r ‖ s.
pub(crate) fn readings(scheme: SignatureScheme, made: Vec<u8>) -> Vec<Vec<u8>> {
    let concatenated = match scheme {
        SignatureScheme::Ecdsa(_) => ecdsa_signature_der(&made),
        _ => None,
    };
    [made].into_iter().chain(concatenated).collect()
}

/// The forms in which the server was seen to sign with this algorithm.
fn forms(known: &Known, algorithm: SigningAlgorithm) -> Vec<Form> {
    let can = |form: &Form| known.capabilities.sign.contains(&Signing { algorithm, form: *form });
    [Form::Message, Form::Digest].into_iter().filter(can).collect()
}
