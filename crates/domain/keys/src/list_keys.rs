use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_ports::Page;
use claviger_types::{Key, KeyId};

/// The keys of the caller's project, by id.
pub struct ListKeys {
    /// Only those after this one.
    pub after: Option<KeyId>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

impl Operation for ListKeys {
    type Proof = Authorized<actions::ListKeys, ProjectTarget>;
    type Output = Page<Key>;
    const NAME: &'static str = "ListKeys";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<Key>> {
        let ProjectTarget(project) = *proof.target();
        Ok(scope.reads(&proof).keys(project, self.after, self.limit.clamp(1, 1000)).await?)
    }
}
