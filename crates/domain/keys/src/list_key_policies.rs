use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};

use crate::put_key_policy::DEFAULT_POLICY;

/// The names of a key's policies.
pub struct ListKeyPolicies {
    /// The key.
    pub key: KeyRef,
}

impl Operation for ListKeyPolicies {
    type Proof = KeyProof<actions::ListKeyPolicies>;
    /// The names.
    type Output = [&'static str; 1];
    const NAME: &'static str = "ListKeyPolicies";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, _key: Self::Proof, _scope: &Scope<'_>) -> Result<[&'static str; 1]> {
        Ok([DEFAULT_POLICY])
    }
}
