use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;

use crate::tags::check_tag_key;

/// Takes tags off a key; those that it has not are passed over.
pub struct UntagResource {
    /// The key.
    pub key: KeyRef,
    /// The keys of the tags.
    pub tag_keys: Vec<Box<str>>,
}

impl Operation for UntagResource {
    type Proof = KeyProof<actions::UntagResource>;
    type Output = ();
    const NAME: &'static str = "UntagResource";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { tag_keys: Some(&self.tag_keys), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.tag_keys.iter().try_for_each(|key| check_tag_key(key))?;
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let mut changed = key.target().key().clone();
        changed.tags.retain(|name, _| !self.tag_keys.contains(name));
        if changed.tags == key.target().key().tags {
            return Ok(());
        }
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}
