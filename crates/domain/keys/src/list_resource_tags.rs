use std::ops::Bound;

use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Page;

/// The tags of a key, by their keys.
pub struct ListResourceTags {
    /// The key.
    pub key: KeyRef,
    /// Only those after this one.
    pub after: Option<Box<str>>,
    /// At most so many, 1 to 50.
    pub limit: usize,
}

impl Operation for ListResourceTags {
    type Proof = KeyProof<actions::ListResourceTags>;
    /// Keys and values.
    type Output = Page<(Box<str>, Box<str>)>;
    const NAME: &'static str = "ListResourceTags";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, _scope: &Scope<'_>) -> Result<Self::Output> {
        let after = self.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = key.target().key().tags.range::<str, _>((after, Bound::Unbounded));
        let items =
            rest.by_ref().take(self.limit.clamp(1, 50)).map(|(key, value)| (key.clone(), value.clone()));
        let items: Vec<_> = items.collect();
        Ok(Page { items, more: rest.next().is_some() })
    }
}
