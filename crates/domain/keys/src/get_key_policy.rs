use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};

use crate::put_key_policy::DEFAULT_POLICY;

/// The policy of a key.
pub struct GetKeyPolicy {
    /// The key.
    pub key: KeyRef,
    /// Which policy; there is only `default`.
    pub name: Option<Box<str>>,
}

impl Operation for GetKeyPolicy {
    type Proof = KeyProof<actions::GetKeyPolicy>;
    /// The document as its owner wrote it.
    type Output = Arc<str>;
    const NAME: &'static str = "GetKeyPolicy";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, _scope: &Scope<'_>) -> Result<Arc<str>> {
        match self.name.as_deref() {
            None | Some(DEFAULT_POLICY) => Ok(key.target().key().policy.clone()),
            Some(_) => Err(Error::new(Reason::NotFound, "No such policy exists")),
        }
    }
}
