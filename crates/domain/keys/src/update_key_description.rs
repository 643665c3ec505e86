use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;

/// Changes the description of a key.
pub struct UpdateKeyDescription {
    /// The key.
    pub key: KeyRef,
    /// Free text, at most 8192 characters.
    pub description: Box<str>,
}

impl Operation for UpdateKeyDescription {
    type Proof = KeyProof<actions::UpdateKeyDescription>;
    type Output = ();
    const NAME: &'static str = "UpdateKeyDescription";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_description(&self.description)?;
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let mut changed = key.target().key().clone();
        changed.description = self.description.clone();
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}

/// Refuses a description that is too long.
pub(crate) fn check_description(description: &str) -> Result<()> {
    match description.chars().count() <= 8192 {
        true => Ok(()),
        false => Err(Error::invalid("A description has at most 8192 characters.")),
    }
}
