use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Result, Scope, actions,
};
use claviger_ports::ObjectFilter;
use claviger_types::ObjectId;

use crate::{KeyView, ObjectView};

/// The most objects of one answer.
const MAX_LIMIT: usize = 1000;

/// Objects of the caller's project that the caller may see, by id.
pub struct LocateObjects {
    /// Which.
    pub filter: ObjectFilter,
    /// Only those after this one.
    pub after: Option<ObjectId>,
    /// How many are looked at: 1 to 1000. There may be fewer in the answer, and still more behind them.
    pub limit: usize,
}

/// Objects that were found.
#[derive(Debug)]
pub struct LocatedObjects {
    /// Those that the caller may see.
    pub items: Vec<ObjectView>,
    /// The last that was looked at.
    pub last: Option<ObjectId>,
    /// Whether there are more behind it.
    pub more: bool,
}

impl Operation for LocateObjects {
    type Proof = Authorized<actions::LocateObjects, ProjectTarget>;
    type Output = LocatedObjects;
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

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<LocatedObjects> {
        let ProjectTarget(project) = *proof.target();
        let found = scope.reads(&proof).objects(project, &self.filter, self.after, self.limit).await?;
        let (mut items, mut last) = (Vec::new(), None);
        for object in found.items {
            last = Some(object.id);
            if let Some(key) = scope.visible(&proof, &object).await? {
                items.push(ObjectView {
                    state: claviger_core::state_of(&object, key.as_deref()),
                    key: key.as_deref().map(KeyView::of),
                    object,
                });
            }
        }
        Ok(LocatedObjects { items, last, more: found.more })
    }
}
