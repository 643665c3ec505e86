use claviger_core::{Effect, Gate, ObjectProof, Operation, Params, Result, Scope, actions};
use claviger_types::{ManagedObject, ObjectId, ObjectState};

use crate::{new_object::state_by_dates, transition::transition};

/// Lets the dates of an object come true: activates or deactivates it. Only the service's own worker can call it.
pub struct MaintainObject {
    /// The object.
    pub id: ObjectId,
}

impl Operation for MaintainObject {
    type Proof = ObjectProof<actions::MaintainKey, actions::MaintainKey>;
    type Output = ObjectState;
    const NAME: &'static str = "MaintainObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.object_maintenance(self.id).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ObjectState> {
        let (object, now) = (proof.object(), scope.now());
        let by_dates = state_by_dates(object.dates.activation, object.dates.deactivation, now);
        let (state, did) = match (object.state, by_dates) {
            (ObjectState::PreActive, ObjectState::Active) => (ObjectState::Active, "activated"),
            (ObjectState::PreActive | ObjectState::Active, ObjectState::Deactivated) => {
                (ObjectState::Deactivated, "deactivated")
            }
            (state, _) => return Ok(state),
        };
        // The record changes also where the key can't follow, as one that is disabled: otherwise it would be due for ever.
        let moved = transition(&proof, ManagedObject { state, changed: now, ..object.clone() });
        proof.commit(scope, moved.changes).await?;
        scope.did(did);
        Ok(state)
    }
}
