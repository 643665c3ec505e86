use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_types::{ManagedObject, ObjectDates, ObjectId, ObjectRevocation, ObjectState, Timestamp};

use crate::transition::transition;

/// The longest message of a revocation, in bytes.
const MAX_MESSAGE_LEN: usize = 4096;

/// Ends the use of an object (KMIP 2.1 §6.1.46). It is deactivated, or compromised: then nothing can be done with its key any more.
pub struct RevokeObject {
    /// The object: an active one, or any that is not destroyed if it was compromised.
    pub id: ObjectId,
    /// Why; its message has at most 4096 bytes.
    pub reason: ObjectRevocation,
    /// Whether it was compromised.
    pub compromised: bool,
    /// Since when it was, if that is known.
    pub occurred: Option<Timestamp>,
}

impl Operation for RevokeObject {
    type Proof = ObjectProof<actions::UpdateKeyVersion, actions::UpdateObject>;
    type Output = ();
    const NAME: &'static str = "RevokeObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { compromised: Some(self.compromised), object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if self.reason.message.as_ref().is_some_and(|message| message.len() > MAX_MESSAGE_LEN) {
            return Err(Error::invalid(format!("The message has more than {MAX_MESSAGE_LEN} bytes.")));
        }
        gate.object(self.id, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        self.check_state(proof.state())?;
        let now = scope.now();
        let object = proof.object();
        let state = if self.compromised { ObjectState::Compromised } else { ObjectState::Deactivated };
        let dates = match self.compromised {
            true => ObjectDates {
                compromise: Some(now),
                compromise_occurrence: Some(self.occurred.unwrap_or(now)),
                ..object.dates
            },
            false => ObjectDates { deactivation: Some(now), ..object.dates },
        };
        let revoked = ManagedObject {
            state,
            dates,
            revocation: Some(self.reason.clone()),
            changed: now,
            ..object.clone()
        };
        let moved = transition(&proof, revoked);
        moved.check(&proof)?;
        proof.commit(scope, moved.changes).await
    }
}

impl RevokeObject {
    fn check_state(&self, state: ObjectState) -> Result<()> {
        let allowed = match state {
            ObjectState::Active => true,
            ObjectState::PreActive | ObjectState::Deactivated => self.compromised,
            ObjectState::Compromised | ObjectState::Destroyed | ObjectState::DestroyedCompromised => false,
        };
        match allowed {
            true => Ok(()),
            false => Err(Error::new(
                Reason::KeyState,
                format!("The object {} is not active ({state:?}).", self.id),
            )),
        }
    }
}
