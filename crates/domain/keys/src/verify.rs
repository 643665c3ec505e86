use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyId, MessageType, SigningAlgorithm};

use crate::sign::signing_input;

/// Checks a signature.
pub struct Verify {
    /// The key.
    pub key: KeyRef,
    /// What was signed.
    pub message: Vec<u8>,
    /// What that is.
    pub message_type: MessageType,
    /// The signature.
    pub signature: Vec<u8>,
    /// How it was made.
    pub algorithm: SigningAlgorithm,
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
            signing_algorithm: Some(self.algorithm),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Verified> {
        let entry = key.target();
        let input = signing_input(entry.key().spec, self.algorithm, self.message_type, &self.message)?;
        match scope.verify(&key, self.algorithm, input, &self.signature).await? {
            true => {
                Ok(Verified { key: entry.id(), key_arn: scope.key_arn(entry), algorithm: self.algorithm })
            }
            false => Err(Error::new(Reason::InvalidSignature, "The signature is not valid.")),
        }
    }
}
