use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::{AgreementAlgorithm, KeyId, KeyOrigin, SecretBytes};

/// Derives the secret that a key pair shares with somebody else's.
pub struct DeriveSharedSecret {
    /// The key.
    pub key: KeyRef,
    /// The other's public key: SubjectPublicKeyInfo in DER, on the same curve.
    pub public_key: Vec<u8>,
    /// How.
    pub algorithm: AgreementAlgorithm,
}

/// A raw shared secret, to be put through a key derivation function.
pub struct SharedSecretDerived {
    /// The secret.
    pub secret: SecretBytes,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// How it was derived.
    pub algorithm: AgreementAlgorithm,
    /// Where the key's material comes from.
    pub origin: KeyOrigin,
}

impl Operation for DeriveSharedSecret {
    type Proof = KeyProof<actions::DeriveSharedSecret>;
    type Output = SharedSecretDerived;
    const NAME: &'static str = "DeriveSharedSecret";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { agreement_algorithm: Some(self.algorithm), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<SharedSecretDerived> {
        let entry = key.target();
        let secret = scope.agree(&key, self.algorithm, &self.public_key).await?;
        Ok(SharedSecretDerived {
            secret,
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            algorithm: self.algorithm,
            origin: entry.key().origin,
        })
    }
}
