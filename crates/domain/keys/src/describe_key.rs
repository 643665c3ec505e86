use std::sync::Arc;

use claviger_core::{Effect, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};

/// Everything about a key that is not secret.
pub struct DescribeKey {
    /// The key.
    pub key: KeyRef,
}

/// A key as it is now.
pub struct KeyDescription {
    /// The key with its versions and names.
    pub entry: Arc<KeyEntry>,
    /// Its ARN.
    pub arn: String,
}

impl Operation for DescribeKey {
    type Proof = KeyProof<actions::DescribeKey>;
    type Output = KeyDescription;
    const NAME: &'static str = "DescribeKey";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<KeyDescription> {
        Ok(KeyDescription { arn: scope.key_arn(key.target()), entry: key.target().clone() })
    }
}
