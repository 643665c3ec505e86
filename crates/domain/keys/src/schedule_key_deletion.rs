use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{Days, Deletion, KeyId, KeyState};

use crate::state::refuse_state;

/// Sets the time at which a key will be destroyed. Until then it is refused for everything, and that can be cancelled.
pub struct ScheduleKeyDeletion {
    /// The key.
    pub key: KeyRef,
    /// The waiting period, 7 to 30 days.
    pub window: Days,
}

/// A deletion that has been scheduled.
#[derive(Debug)]
pub struct ScheduledKeyDeletion {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// When it will be destroyed.
    pub deletion: Deletion,
}

impl Operation for ScheduleKeyDeletion {
    type Proof = KeyProof<actions::ScheduleKeyDeletion>;
    type Output = ScheduledKeyDeletion;
    const NAME: &'static str = "ScheduleKeyDeletion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { pending_window: Some(self.window), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if !(7..=30).contains(&self.window.0) {
            return Err(Error::invalid("The waiting period is 7 to 30 days."));
        }
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<ScheduledKeyDeletion> {
        let entry = key.target();
        let key_arn = scope.key_arn(entry);
        if entry.key().state == KeyState::PendingDeletion {
            return Err(refuse_state(KeyState::PendingDeletion, &key_arn));
        }
        let deletion = Deletion { at: scope.now().plus_days(self.window), window: self.window };
        let mut changed = entry.key().clone();
        changed.state = KeyState::PendingDeletion;
        changed.deletion = Some(deletion);
        scope.commit(&key, vec![Change::PutKey(changed)]).await?;
        Ok(ScheduledKeyDeletion { key: entry.id(), key_arn, deletion })
    }
}
