use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::Tags;

use crate::tags::{MAX_TAGS, check_tags};

/// Adds tags to a key; a tag that it has gets the new value.
pub struct TagResource {
    /// The key.
    pub key: KeyRef,
    /// The tags.
    pub tags: Tags,
}

impl Operation for TagResource {
    type Proof = KeyProof<actions::TagResource>;
    type Output = ();
    const NAME: &'static str = "TagResource";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { tags: Some(&self.tags), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_tags(&self.tags)?;
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let mut changed = key.target().key().clone();
        changed.tags.extend(self.tags.clone());
        if changed.tags.len() > MAX_TAGS {
            return Err(Error::new(Reason::Quota, "A key has at most 50 tags."));
        }
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}
