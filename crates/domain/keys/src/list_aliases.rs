use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::{AliasRecord, Page};
use claviger_types::{AliasName, KeyId, KeyState};

/// The aliases of the caller's project, by name.
pub struct ListAliases {
    /// Only those of this key.
    pub key: Option<KeyId>,
    /// Only those after this one.
    pub after: Option<AliasName>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

impl Operation for ListAliases {
    type Proof = Authorized<actions::ListAliases, ProjectTarget>;
    type Output = Page<AliasRecord>;
    const NAME: &'static str = "ListAliases";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<AliasRecord>> {
        let ProjectTarget(project) = *proof.target();
        let reads = scope.reads(&proof);
        if let Some(key) = self.key {
            let record = reads.key(key).await?.map(|record| record.key);
            if record.is_none_or(|key| key.project != project || key.state == KeyState::Destroyed) {
                let arn = scope.arn(project, &format!("key/{key}"));
                return Err(Error::new(Reason::NotFound, format!("Key '{arn}' does not exist")));
            }
        }
        Ok(reads.aliases(project, self.key, self.after.as_ref(), self.limit.clamp(1, 1000)).await?)
    }
}
