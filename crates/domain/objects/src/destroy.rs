use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_keys::destruction;
use claviger_ports::Change;
use claviger_types::{ObjectId, ObjectState, Revision};

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
        let object = proof.object().clone();
        let is_new = object.revision == Revision::NEW;
        let object = Change::PutObject(object.destroyed(scope.now()));
        let key = match &proof {
            ObjectProof::View { key, .. } if !self.id.is_public_half() => key,
            _ => return proof.commit(scope, vec![object]).await,
        };
        let mut changes = destruction(key, scope).await?;
        // A key that another front has made has no record yet, and its owner may want to know what became of it.
        changes.extend(is_new.then_some(object));
        scope.commit(key, changes).await?;
        scope.destroy_material(key, |_| true).await;
        Ok(())
    }
}
