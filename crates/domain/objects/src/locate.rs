use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Result, Scope, actions, state_of,
};
use claviger_ports::{ObjectFilter, Page};
use claviger_types::{ManagedObject, ObjectId};

use crate::{KeyView, ObjectView};

/// The most objects of one answer.
const MAX_LIMIT: usize = 1000;
/// Objects that are read at once.
const AT_ONCE: usize = 128;

/// Objects of the caller's project that the caller may see, by id.
pub struct LocateObjects {
    /// Which.
    pub filter: ObjectFilter,
    /// Only those after this one.
    pub after: Option<ObjectId>,
    /// How many at most: 1 to 1000.
    pub limit: usize,
}

impl Operation for LocateObjects {
    type Proof = Authorized<actions::LocateObjects, ProjectTarget>;
    type Output = Page<ObjectView>;
    const NAME: &'static str = "LocateObjects";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(Error::invalid(format!("The limit must be 1 to {MAX_LIMIT}.")));
        }
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<ObjectView>> {
        let ProjectTarget(project) = *proof.target();
        let mut items = Vec::new();
        let mut after = self.after;
        // The caller can only go on after an object that he sees, so what he does not see is passed here.
        loop {
            let found = scope.reads(&proof).objects(project, &self.filter, after, AT_ONCE).await?;
            after = found.items.last().map(|object| object.id);
            for object in found.items {
                let Some(view) = self.visible(object, &proof, scope).await? else { continue };
                if items.len() == self.limit {
                    return Ok(Page { items, more: true });
                }
                items.push(view);
            }
            if !found.more {
                return Ok(Page { items, more: false });
            }
        }
    }
}

impl LocateObjects {
    async fn visible(
        &self,
        object: ManagedObject,
        proof: &Authorized<actions::LocateObjects, ProjectTarget>,
        scope: &Scope<'_>,
    ) -> Result<Option<ObjectView>> {
        let Some(key) = scope.visible(proof, &object).await? else { return Ok(None) };
        let state = state_of(&object, key.as_deref());
        // The store does not know of versions that were destroyed alone.
        let is_asked_for = self.filter.destroyed || !state.is_destroyed();
        Ok(is_asked_for.then(|| ObjectView { state, key: key.as_deref().map(KeyView::of), object }))
    }
}
