use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_crypto::{HashAlg, digest};
use claviger_types::SecretBytes;

/// The hash of a message. It needs no key, but takes time that others could have used: so it takes a permission, counts against the
/// caller's rate, and leaves a record.
pub struct Hash {
    /// The hash function.
    pub algorithm: HashAlg,
    /// The message.
    pub data: SecretBytes,
}

impl Operation for Hash {
    type Proof = Authorized<actions::Hash, ProjectTarget>;
    type Output = SecretBytes;
    const NAME: &'static str = "Hash";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, _proof: Self::Proof, _scope: &Scope<'_>) -> Result<SecretBytes> {
        Ok(SecretBytes::new(digest(self.algorithm, self.data.expose())))
    }
}
