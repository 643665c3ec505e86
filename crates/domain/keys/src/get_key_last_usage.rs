use claviger_core::{Effect, Gate, KeyProof, KeyRef, LastUse, Operation, Params, Result, Scope, actions};
use claviger_types::{KeyId, Timestamp};

/// When a key was last used. Known since the node started; the audit log knows what was before.
pub struct GetKeyLastUsage {
    /// The key.
    pub key: KeyRef,
}

/// The last use of a key.
#[derive(Debug)]
pub struct KeyLastUsage {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// Its last use.
    pub last: Option<LastUse>,
    /// Since when uses have been observed.
    pub tracked_since: Timestamp,
    /// When the key was made.
    pub created: Timestamp,
}

impl Operation for GetKeyLastUsage {
    type Proof = KeyProof<actions::GetKeyLastUsage>;
    type Output = KeyLastUsage;
    const NAME: &'static str = "GetKeyLastUsage";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<KeyLastUsage> {
        let entry = key.target();
        Ok(KeyLastUsage {
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            last: scope.last_usage(&key),
            tracked_since: scope.usage_tracked_since().max(entry.key().created),
            created: entry.key().created,
        })
    }
}
