use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{input, prehash, scheme, verdict};
use claviger_crypto::{Input, PublicKey, SignatureScheme, digest};
use claviger_ports::{LiveKey, ProviderError, Sign, SigningInput};
use claviger_types::{KeySpec, SecretBytes, SigningAlgorithm};

use crate::{
    calls::Weight,
    provider::{TokenLink, nonsense},
    signature::{self, Form},
    wire::{Answer, MAX_TEXT, Request},
};

/// A private key for signatures. They are checked with the public half, here.
pub(crate) struct SigningKey {
    pub(crate) spec: KeySpec,
    pub(crate) id: Vec<u8>,
    pub(crate) public: Arc<PublicKey>,
    pub(crate) token: Arc<TokenLink>,
}

/// Above this length, a message is hashed here where that is the same: it would only be copied to and fro.
const LONGEST_HASHED_BY_TOKEN: usize = 4096;

impl LiveKey for SigningKey {
    fn sign(&self) -> Option<&dyn Sign> {
        Some(self)
    }

    fn weight(&self) -> usize {
        // The public key is held twice: parsed, and in DER.
        size_of::<Self>() + self.id.len() + 4 * self.public.der().len()
    }
}

#[async_trait]
impl Sign for SigningKey {
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
    ) -> Result<Vec<u8>, ProviderError> {
        let scheme = scheme(self.spec, algorithm)?;
        let forms = self.forms(algorithm);
        let (form, text) = prepare(scheme, &forms, of)?;
        let text = SecretBytes::new(signature::input(scheme, form, &text).ok_or_else(nonsense)?.into_owned());
        let request = Request::Sign { id: self.id.clone(), mechanism: form.mechanism(scheme), text };
        let Answer::Bytes { bytes } = self.token.call(request, Weight::Light).await? else {
            return Err(nonsense());
        };
        let made = signature::output(scheme, bytes.expose());
        let made = made.ok_or_else(|| ProviderError::Internal("the token gave no signature".to_owned()))?;
        // A signature that a fault has spoilt can give the private key away (Boneh, DeMillo, Lipton, EUROCRYPT 1997), and
        // one of another key is of no use to anybody.
        if self.is_valid(scheme, of, &made).await? {
            Ok(made)
        } else {
            Err(ProviderError::Internal("the token gave a signature that is not right".to_owned()))
        }
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        let scheme = scheme(self.spec, algorithm)?;
        prepare(scheme, &self.forms(algorithm), of)?;
        self.is_valid(scheme, of, signature).await
    }
}

impl SigningKey {
    /// Checks a signature, on a thread of its own if the curve is a large one.
    async fn is_valid(
        &self,
        scheme: SignatureScheme,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        if !matches!(self.spec, KeySpec::EcP384 | KeySpec::EcP521) {
            return verdict(self.public.verify(scheme, input(of), signature));
        }
        let digest = match (of, prehash(scheme)) {
            (SigningInput::Message(message), Some(hash)) => digest(hash, message),
            (SigningInput::Digest(digest), _) => digest.to_vec(),
            _ => return Err(ProviderError::Unsupported),
        };
        let (public, signature) = (Arc::clone(&self.public), signature.to_vec());
        self.token.compute(move || verdict(public.verify(scheme, Input::Digest(&digest), &signature))).await
    }

    /// The forms in which the token was seen to sign with this algorithm.
    fn forms(&self, algorithm: SigningAlgorithm) -> Vec<Form> {
        let capabilities = self.token.capabilities();
        let can = |form: &Form| {
            let known =
                |way: &crate::wire::Signing| way.algorithm == algorithm && way.message == form.is_message();
            capabilities.sign.iter().any(known)
        };
        signature::forms(algorithm).iter().copied().filter(can).collect()
    }
}

/// In which form something is signed, and what is given in that form.
fn prepare(
    scheme: SignatureScheme,
    forms: &[Form],
    of: SigningInput<'_>,
) -> Result<(Form, Vec<u8>), ProviderError> {
    let (message, digests) = (forms.contains(&Form::Message), forms.contains(&Form::Digest));
    match (of, prehash(scheme)) {
        (SigningInput::Message(text), Some(hash))
            if digests && (!message || text.len() > LONGEST_HASHED_BY_TOKEN) =>
        {
            Ok((Form::Digest, digest(hash, text)))
        }
        (SigningInput::Message(text), _) if message && text.len() <= MAX_TEXT => {
            Ok((Form::Message, text.to_vec()))
        }
        (SigningInput::Message(_), _) if message => Err(ProviderError::Rejected),
        (SigningInput::Digest(text), Some(hash)) if digests => {
            if text.len() == hash.digest_len() {
                Ok((Form::Digest, text.to_vec()))
            } else {
                Err(ProviderError::Rejected)
            }
        }
        _ => Err(ProviderError::Unsupported),
    }
}
