use std::sync::Arc;

use claviger_core::{Effect, Error, Gate, ObjectEntry, Operation, Params, Reason, Result, Scope};
use claviger_types::{ObjectId, ObjectState};

/// Uses the key of an object, as far as the object's usage mask and state allow it. Whether the caller may is for the operation itself to
/// decide, before anything is said of the object.
pub struct UseObject<O> {
    /// The object.
    pub id: ObjectId,
    /// The bits of the usage mask (KMIP 2.1 §11.18) that are needed, all of them.
    pub mask: u32,
    /// Whether only what exists is processed, which a deactivated object may still be used for.
    pub processes: bool,
    /// What is done with the key of [`ObjectId::key`].
    pub operation: O,
}

impl<O: Operation> Operation for UseObject<O> {
    type Proof = O::Proof;
    type Output = O::Output;
    const NAME: &'static str = O::NAME;
    const EFFECT: Effect = O::EFFECT;

    fn params(&self) -> Params<'_> {
        self.operation.params()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<O::Proof> {
        let object = gate.record_of(self.id).await?;
        let proof = self.operation.authorize(gate).await?;
        if let Some(object) = object {
            self.check(&object)?;
        }
        Ok(proof)
    }

    async fn run(&self, proof: O::Proof, scope: &Scope<'_>) -> Result<O::Output> {
        self.operation.run(proof, scope).await
    }
}

impl<O> UseObject<O> {
    fn check(&self, entry: &Arc<ObjectEntry>) -> Result<()> {
        let object = &entry.object;
        if object.usage_mask & self.mask != self.mask {
            return Err(Error::new(
                Reason::InvalidKeyUsage,
                format!("The usage mask of the object {} does not allow this.", self.id),
            ));
        }
        // The state of a symmetric or private key is its version's, which the operation has looked at.
        let allowed = !self.id.is_public_half()
            || object.state == ObjectState::Active
            || (self.processes && object.state == ObjectState::Deactivated);
        match allowed {
            true => Ok(()),
            false => Err(Error::new(Reason::KeyState, format!("The object {} is not active.", self.id))),
        }
    }
}
