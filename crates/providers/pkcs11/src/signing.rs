use async_trait::async_trait;
use claviger_crypto::SignatureScheme;
use claviger_ports::ProviderError;
use claviger_provider_device::{Form, Signs, prepare};
use claviger_types::{SecretBytes, SigningAlgorithm, SigningInput};

use crate::{
    calls::Weight,
    key::TokenKey,
    provider::nonsense,
    signature,
    wire::{Answer, Request, Signing},
};

#[async_trait]
impl Signs for TokenKey {
    fn forms(&self, algorithm: SigningAlgorithm) -> Result<Vec<Form>, ProviderError> {
        let capabilities = self.token.capabilities();
        let can =
            |form: &Form| capabilities.sign.contains(&Signing { algorithm, message: *form == Form::Message });
        Ok(signature::forms(algorithm).iter().copied().filter(can).collect())
    }

    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        scheme: SignatureScheme,
        of: SigningInput<'_>,
    ) -> Result<Vec<Vec<u8>>, ProviderError> {
        let (form, text) = prepare::<Self>(scheme, &self.forms(algorithm)?, of)?;
        let text = SecretBytes::new(signature::input(scheme, form, &text).ok_or_else(nonsense)?.into_owned());
        let mechanism = signature::mechanism(scheme, form);
        let request = Request::Sign { id: self.id.clone(), mechanism, text };
        let Answer::Bytes { bytes } = self.token.call(request, Weight::Light).await? else {
            return Err(nonsense());
        };
        let made = signature::output(scheme, bytes.expose());
        made.map(|made| vec![made])
            .ok_or_else(|| ProviderError::Internal("the token gave no signature".to_owned()))
    }
}
