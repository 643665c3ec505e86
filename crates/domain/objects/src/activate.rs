use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_types::{ManagedObject, ObjectDates, ObjectId, ObjectState};

use crate::{new_object::check_dates, transition::transition};

/// Makes a pre-active object active (KMIP 2.1 §6.1.1).
pub struct ActivateObject {
    /// The object; its deactivation date has not come.
    pub id: ObjectId,
}

impl Operation for ActivateObject {
    type Proof = ObjectProof<actions::UpdateKey, actions::UpdateObject>;
    type Output = ();
    const NAME: &'static str = "ActivateObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.object(self.id, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        if proof.state() != ObjectState::PreActive {
            let message = format!("The object {} is not pre-active.", self.id);
            return Err(Error::new(Reason::KeyState, message));
        }
        let object = proof.object();
        let now = scope.now();
        check_dates(Some(now), object.dates.deactivation)?;
        let changed = ManagedObject {
            state: ObjectState::Active,
            dates: ObjectDates { activation: Some(now), ..object.dates },
            changed: now,
            ..object.clone()
        };
        let moved = transition(&proof, changed);
        moved.check(&proof)?;
        proof.commit(scope, moved.changes).await
    }
}
