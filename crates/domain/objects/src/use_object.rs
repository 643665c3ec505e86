use claviger_core::{Effect, Error, Gate, ObjectEntry, Operation, Params, Reason, Result, Scope};
use claviger_types::{ObjectId, ObjectState};

/// Uses the key of an object, as far as the object's usage mask and state allow it. Whether the caller may is for the operation itself to
/// decide; it is asked first.
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
        let proof = match self.operation.authorize(gate).await {
            Ok(proof) => proof,
            Err(refusal) => return Err(gate.refused_use(self.id, refusal).await?),
        };
        match gate.record_of(self.id).await? {
            Some(object) => self.check(&object)?,
            // Of a symmetric key, for instance, there is no public half.
            None => return Err(Error::new(Reason::NotFound, format!("There is no object {}.", self.id))),
        }
        Ok(proof)
    }

    async fn run(&self, proof: O::Proof, scope: &Scope<'_>) -> Result<O::Output> {
        self.operation.run(proof, scope).await
    }
}

impl<O> UseObject<O> {
    /// Refuses what the object's usage mask and state don't allow.
    pub(crate) fn check(&self, entry: &ObjectEntry) -> Result<()> {
        let object = &entry.object;
        if object.usage_mask & self.mask != self.mask {
            return Err(Error::new(
                Reason::InvalidKeyUsage,
                format!("The usage mask of the object {} does not allow this.", self.id),
            ));
        }
        let allowed = match object.state {
            ObjectState::Active => true,
            // The state of a symmetric or private key is its version's, which the operation has looked at. What is only kept has no
            // version.
            ObjectState::PreActive => object.key.is_some() && !self.id.is_public_half(),
            ObjectState::Deactivated => self.processes,
            ObjectState::Compromised | ObjectState::Destroyed | ObjectState::DestroyedCompromised => false,
        };
        match allowed {
            true => Ok(()),
            false => Err(Error::new(Reason::KeyState, format!("The object {} is not active.", self.id))),
        }
    }
}
