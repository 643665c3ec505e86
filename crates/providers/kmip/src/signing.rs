use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{input, prehash, scheme, verdict};
use claviger_crypto::{Input, PublicKey, SignatureScheme, digest, ecdsa_signature_der};
use claviger_kmip::{RequestPayload, ResponsePayload, operations::SignRequest, value::UniqueIdentifier};
use claviger_ports::{LiveKey, ProviderError, Sign, SigningInput};
use claviger_types::{KeySpec, SecretBytes, SigningAlgorithm};

use crate::{
    capabilities::{Form, Signing},
    error::CallError,
    parameters,
    raw::MAX_TEXT,
    server::{Known, ServerLink, Session},
};

/// A private key for signatures. They are checked with the public half, here.
pub(crate) struct SigningKey {
    pub(crate) spec: KeySpec,
    pub(crate) id: String,
    pub(crate) public: Arc<PublicKey>,
    pub(crate) server: Arc<ServerLink>,
}

/// Above this length, a message is hashed here where that is the same: it would only be sent to and fro.
const LONGEST_HASHED_BY_SERVER: usize = 4096;

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
        let (session, known) = self.server.session().await?;
        let (form, text) = prepare(scheme, &forms(&known, algorithm), of)?;
        let made = session.sign(&self.id, scheme, form, text).await?;
        // A signature that a fault has spoilt can give the private key away (Boneh, DeMillo, Lipton, EUROCRYPT 1997), and
        // one of another key is of no use to anybody.
        for signature in readings(scheme, made) {
            if self.is_valid(scheme, of, &signature).await? {
                return Ok(signature);
            }
        }
        Err(ProviderError::Internal("the KMIP server gave a signature that is not right".to_owned()))
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        let scheme = scheme(self.spec, algorithm)?;
        let known = self.server.known().ok_or_else(|| {
            ProviderError::Unavailable("it is being found out what the server can do".to_owned())
        })?;
        prepare(scheme, &forms(&known, algorithm), of)?;
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
        self.server.compute(move || verdict(public.verify(scheme, Input::Digest(&digest), &signature))).await
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

/// In which form something is signed, and what is given in that form.
fn prepare(
    scheme: SignatureScheme,
    forms: &[Form],
    of: SigningInput<'_>,
) -> Result<(Form, Vec<u8>), ProviderError> {
    let (message, digests) = (forms.contains(&Form::Message), forms.contains(&Form::Digest));
    let hash = prehash(scheme).ok_or(ProviderError::Unsupported)?;
    match of {
        SigningInput::Message(text) if digests && (!message || text.len() > LONGEST_HASHED_BY_SERVER) => {
            Ok((Form::Digest, digest(hash, text)))
        }
        SigningInput::Message(text) if message && text.len() <= MAX_TEXT => {
            Ok((Form::Message, text.to_vec()))
        }
        SigningInput::Message(_) if message => Err(ProviderError::Rejected),
        SigningInput::Digest(text) if digests && text.len() == hash.digest_len() => {
            Ok((Form::Digest, text.to_vec()))
        }
        SigningInput::Digest(_) if digests => Err(ProviderError::Rejected),
        _ => Err(ProviderError::Unsupported),
    }
}
