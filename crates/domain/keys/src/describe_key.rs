use std::sync::Arc;

use claviger_core::{
    Effect, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Result, Scope, VersionDetail, actions,
};

/// Everything about a key that is not secret.
pub struct DescribeKey {
    /// The key.
    pub key: KeyRef,
}

/// A key as it is now.
pub struct KeyDescription {
    /// The key with its versions and names.
    pub entry: Arc<KeyEntry>,
    /// What is known of its versions besides, in their order.
    pub details: Vec<VersionDetail>,
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
        let entry = key.target().clone();
        let details = scope.details(&key, &entry.record.versions).await?;
        Ok(KeyDescription { arn: scope.key_arn(&entry), entry, details })
    }
}
