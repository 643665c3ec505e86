use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_keys::destruction;
use claviger_ports::Change;
use claviger_types::{ManagedObject, ObjectDates, ObjectId, ObjectState, Timestamp};

/// Destroys an object's material, at once and for good (KMIP 2.1 §6.1.15); its record stays.
///
/// With a symmetric or private key the key itself goes, and with it what is left of its public half. A public half goes alone.
pub struct DestroyObject {
    /// The object: pre-active, deactivated or compromised.
    pub id: ObjectId,
}

impl Operation for DestroyObject {
    type Proof = ObjectProof<actions::DestroyKey, actions::DestroyObject>;
    type Output = ();
    const NAME: &'static str = "DestroyObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.object(self.id, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let state = proof.state();
        if state == ObjectState::Active || state.is_destroyed() {
            let message = match state {
                ObjectState::Active => format!("The object {} is active; revoke it first.", self.id),
                _ => format!("The object {} is destroyed.", self.id),
            };
            return Err(Error::new(Reason::KeyState, message));
        }
        let now = scope.now();
        let object = destroyed(proof.object(), state, now);
        let ObjectProof::View { key, .. } = &proof else {
            return proof.commit(scope, vec![Change::PutObject(object)]).await;
        };
        if self.id.is_public_half() {
            return proof.commit(scope, vec![Change::PutObject(object)]).await;
        }
        let mut changes = destruction(key.target(), now);
        changes.push(Change::PutObject(object));
        let public = scope.reads(key).object(ObjectId::of_public_half(key.target().id())).await?;
        if let Some(public) = public.filter(|public| !public.state.is_destroyed()) {
            changes.push(Change::PutObject(destroyed(&public, public.state, now)));
        }
        scope.commit(key, changes).await?;
        // A restore of an older backup looks for this, so that the key stays destroyed.
        scope.did("destroyed");
        scope.destroy_material(key, |_| true).await;
        Ok(())
    }
}

fn destroyed(object: &ManagedObject, state: ObjectState, now: Timestamp) -> ManagedObject {
    let was_compromised = state == ObjectState::Compromised;
    ManagedObject {
        state: if was_compromised { ObjectState::DestroyedCompromised } else { ObjectState::Destroyed },
        dates: ObjectDates { destroy: Some(now), ..object.dates },
        value: None,
        changed: now,
        ..object.clone()
    }
}
