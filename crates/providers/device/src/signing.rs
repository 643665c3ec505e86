use std::sync::Arc;

use async_trait::async_trait;
use claviger_algorithms::{input, prehash, scheme};
use claviger_crypto::{Input, PublicKey, SignatureScheme, digest};
use claviger_failures::verdict;
use claviger_ports::{LiveKey, ProviderError, Sign};
use claviger_types::{KeySpec, SigningAlgorithm, SigningInput};

use crate::DeviceKey;

/// A private key for signatures in a device.
#[async_trait]
pub trait Signs: DeviceKey {
    /// The forms in which the device was seen to sign with an algorithm. Does not wait.
    ///
    /// # Errors
    /// `Unavailable` if that is not known yet.
    fn forms(&self, algorithm: SigningAlgorithm) -> Result<Vec<Form>, ProviderError>;

    /// What the device makes for a signature, once it has been [prepared](prepare), in the form of the port: everything
    /// that it may have meant, best first.
    ///
    /// # Errors
    /// As for any call.
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        scheme: SignatureScheme,
        of: SigningInput<'_>,
    ) -> Result<Vec<Vec<u8>>, ProviderError>;
}

/// What a device is given to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The message, which it hashes.
    Message,
    /// The digest.
    Digest,
}

/// Above this length, a message is hashed here where that is the same: it would only be sent to and fro.
const LONGEST_HASHED_BY_DEVICE: usize = 4096;

/// In which of the forms something is signed, and what is given in that form.
///
/// # Errors
/// `Rejected` if it has a wrong length, `Unsupported` if there is no form for it.
pub fn prepare<K: DeviceKey>(
    scheme: SignatureScheme,
    forms: &[Form],
    of: SigningInput<'_>,
) -> Result<(Form, Vec<u8>), ProviderError> {
    let (message, digests) = (forms.contains(&Form::Message), forms.contains(&Form::Digest));
    match (of, prehash(scheme)) {
        (SigningInput::Message(text), Some(hash))
            if digests && (!message || text.len() > LONGEST_HASHED_BY_DEVICE) =>
        {
            Ok((Form::Digest, digest(hash, text)))
        }
        (SigningInput::Message(text), _) if message && text.len() <= K::MAX_TEXT => {
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

/// A private key for signatures. They are checked with the public half, here.
pub(crate) struct SigningKey<K> {
    pub(crate) public: Arc<PublicKey>,
    pub(crate) key: K,
}

impl<K: Signs> LiveKey for SigningKey<K> {
    fn sign(&self) -> Option<&dyn Sign> {
        Some(self)
    }

    fn weight(&self) -> usize {
        // The public key is held twice: parsed, and in DER.
        size_of::<Self>() + self.key.on_heap() + 4 * self.public.der().len()
    }
}

#[async_trait]
impl<K: Signs> Sign for SigningKey<K> {
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
    ) -> Result<Vec<u8>, ProviderError> {
        let scheme = scheme(self.key.spec(), algorithm).ok_or(ProviderError::Unsupported)?;
        // A signature that a fault has spoilt can give the private key away (Boneh, DeMillo, Lipton, EUROCRYPT 1997), and
        // one of another key is of no use to anybody.
        for signature in self.key.sign(algorithm, scheme, of).await? {
            if self.is_valid(scheme, of, &signature).await? {
                return Ok(signature);
            }
        }
        Err(ProviderError::Internal(format!("{} gave a signature that is not right", K::DEVICE)))
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        let scheme = scheme(self.key.spec(), algorithm).ok_or(ProviderError::Unsupported)?;
        // What could not be signed is not checked either.
        prepare::<K>(scheme, &self.key.forms(algorithm)?, of)?;
        self.is_valid(scheme, of, signature).await
    }
}

impl<K: Signs> SigningKey<K> {
    /// Checks a signature, on a thread of its own if the curve is a large one.
    async fn is_valid(
        &self,
        scheme: SignatureScheme,
        of: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        if !matches!(self.key.spec(), KeySpec::EcP384 | KeySpec::EcP521) {
            return verdict(self.public.verify(scheme, input(of), signature));
        }
        let digest = match (of, prehash(scheme)) {
            (SigningInput::Message(message), Some(hash)) => digest(hash, message),
            (SigningInput::Digest(digest), _) => digest.to_vec(),
            _ => return Err(ProviderError::Unsupported),
        };
        let (public, signature) = (Arc::clone(&self.public), signature.to_vec());
        let check = move || verdict(public.verify(scheme, Input::Digest(&digest), &signature));
        self.key.computing().run(check).await
    }
}

#[cfg(test)]
mod tests;
