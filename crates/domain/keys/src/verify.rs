use claviger_algorithms::{input, key_spec, scheme};
use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_crypto::{CryptoError, PublicKey};
use claviger_types::{KeyAlgorithm, KeyId, KeyUsage, MessageType, SigningAlgorithm, VersionNumber};

use crate::{algorithm, sign::signing_input};

/// Checks a signature.
pub struct Verify {
    /// The key.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// What was signed.
    pub message: Vec<u8>,
    /// What that is.
    pub message_type: MessageType,
    /// The signature.
    pub signature: Vec<u8>,
    /// How it was made; the version's own way if absent.
    pub algorithm: Option<SigningAlgorithm>,
}

/// The signature is right; a wrong one is an error.
#[derive(Debug)]
pub struct Verified {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// How the signature was made.
    pub algorithm: SigningAlgorithm,
}

impl Operation for Verify {
    type Proof = KeyProof<actions::Verify>;
    type Output = Verified;
    const NAME: &'static str = "Verify";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params {
            message_type: Some(self.message_type),
            signing_algorithm: self.algorithm,
            version: self.version,
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Verified> {
        let entry = key.target();
        let version = entry.version_or_primary(self.version)?;
        let algorithm = algorithm::signing(entry, version, self.algorithm, self.message_type)?;
        let input = signing_input(entry.key().spec, algorithm, self.message_type, &self.message)?;
        match scope.verify(&key, Some(version.number), algorithm, input, &self.signature).await? {
            true => Ok(Verified { key: entry.id(), key_arn: scope.key_arn(entry), algorithm }),
            false => Err(wrong()),
        }
    }
}

impl Verify {
    /// Checks the signature with a public key that is none of this installation's: [`key`](Self::key) is not looked at.
    ///
    /// # Errors
    /// `InvalidSignature`; `InvalidKeyUsage` if such keys have no such signatures; `InvalidRequest`.
    pub fn check_with(&self, public: &PublicKey) -> Result<()> {
        let unfit = || Error::new(Reason::InvalidKeyUsage, "The key checks no signatures.");
        let spec = key_spec(public.kind()).ok_or_else(unfit)?;
        let usual = || match KeyAlgorithm::default_of(spec, KeyUsage::Sign) {
            Some(KeyAlgorithm::Sign(algorithm)) => Some(algorithm),
            _ => None,
        };
        let algorithm = self.algorithm.or_else(usual).ok_or_else(unfit)?;
        let message = signing_input(spec, algorithm, self.message_type, &self.message)?;
        let scheme = scheme(spec, algorithm).ok_or_else(unfit)?;
        match public.verify(scheme, input(message), &self.signature) {
            Ok(()) => Ok(()),
            Err(CryptoError::Rejected | CryptoError::Malformed) => Err(wrong()),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

fn wrong() -> Error {
    Error::new(Reason::InvalidSignature, "The signature is not valid.")
}
