use claviger_core::{
    Authorized, Effect, Gate, Installation, Operation, Orphan, Params, Result, Scope, actions,
};
use claviger_types::{KeyTag, OrphanKind, ProviderName};

/// What is left in a device of keys that are none, by tag.
pub struct ListOrphans {
    /// The device.
    pub provider: ProviderName,
}

/// Removes one of them for good; nothing if it is gone. A device may be used by other installations, too, so the caller says
/// what it takes the key for.
pub struct RemoveOrphan {
    /// The device.
    pub provider: ProviderName,
    /// What is written on it.
    pub tag: KeyTag,
    /// What it must be.
    pub kind: OrphanKind,
}

impl Operation for ListOrphans {
    type Proof = Authorized<actions::ListOrphans, Installation>;
    type Output = Vec<Orphan>;
    const NAME: &'static str = "ListOrphans";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { provider: Some(&self.provider), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Vec<Orphan>> {
        let provider = scope.known_provider(&proof, &self.provider).await?;
        scope.orphans(&proof, &provider).await
    }
}

impl Operation for RemoveOrphan {
    type Proof = Authorized<actions::RemoveOrphan, Installation>;
    type Output = ();
    const NAME: &'static str = "RemoveOrphan";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { provider: Some(&self.provider), key_tag: Some(self.tag), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let provider = scope.known_provider(&proof, &self.provider).await?;
        scope.did(self.kind.name());
        let was = scope.remove_orphan(&proof, &provider, self.tag, self.kind).await?;
        scope.did(was.name());
        Ok(())
    }
}
