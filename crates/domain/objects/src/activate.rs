use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{Key, KeyVersion, ManagedObject, ObjectDates, ObjectId, ObjectState, VersionState};

/// Makes a pre-active object active (KMIP 2.1 §6.1.1).
pub struct ActivateObject {
    /// The object.
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
        let changed = ManagedObject {
            state: ObjectState::Active,
            dates: ObjectDates { activation: Some(now), ..object.dates },
            changed: now,
            ..object.clone()
        };
        let changes = changes(&proof, changed, VersionState::Active)?;
        proof.commit(scope, changes).await
    }
}

/// A change of an object's state, and of its version's, whose state that of a symmetric or private key is.
pub(crate) fn changes<K: claviger_core::Action, O: claviger_core::Action>(
    proof: &ObjectProof<K, O>,
    object: ManagedObject,
    state: VersionState,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if let Some(entry) = proof.key().filter(|_| !object.id.is_public_half()) {
        changes.push(Change::PutKey(Key::clone(&entry.record.key)));
        changes.push(Change::PutVersion(KeyVersion { state, ..entry.primary()?.clone() }));
    }
    changes.push(Change::PutObject(object));
    Ok(changes)
}
