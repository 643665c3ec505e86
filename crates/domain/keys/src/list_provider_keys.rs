use claviger_core::{
    Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, VersionDetail, actions,
};
use claviger_ports::{KeyRecord, Page};
use claviger_types::{KeyId, KeyVersion, ProviderId, ProviderName, VersionNumber};

use crate::version_need::{Signers, VersionNeed};

/// The keys of the caller's project that have material in a provider, or make their next versions there; by id.
pub struct ListProviderKeys {
    /// The provider, by the name that it is configured under, or was last.
    pub provider: ProviderName,
    /// Only those after this one.
    pub after: Option<KeyId>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

/// Keys with something in a provider.
pub struct ProviderKeys {
    /// What the provider is known as for good.
    pub provider: ProviderId,
    /// The keys.
    pub page: Page<ProviderKey>,
}

/// A key with something in a provider.
pub struct ProviderKey {
    /// The key with its versions.
    pub record: KeyRecord,
    /// What is known of its versions besides, in their order.
    pub details: Vec<VersionDetail>,
    /// Its versions that are in the provider, and what still needs each.
    pub there: Vec<(VersionNumber, Option<VersionNeed>)>,
}

impl Operation for ListProviderKeys {
    type Proof = Authorized<actions::ListProviderKeys, ProjectTarget>;
    type Output = ProviderKeys;
    const NAME: &'static str = "ListProviderKeys";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { provider: Some(&self.provider), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ProviderKeys> {
        let ProjectTarget(project) = *proof.target();
        let provider = scope.known_provider(&proof, &self.provider).await?;
        let limit = self.limit.clamp(1, 1000);
        let signers = Signers::of(project, &proof, scope).await?;
        let (mut items, mut after) = (Vec::new(), self.after);
        loop {
            let reads = scope.reads(&proof);
            let page = reads.keys_in_provider(&provider, after, limit).await?;
            for key in page.items {
                after = Some(key);
                let Some(record) = reads.key(key).await?.filter(|record| record.key.project == project)
                else {
                    continue;
                };
                if items.len() == limit {
                    return Ok(ProviderKeys { provider, page: Page { items, more: true } });
                }
                let details = scope.details(&proof, &record.versions).await?;
                items.push(ProviderKey { there: there(&record, &provider, &signers), record, details });
            }
            if !page.more {
                return Ok(ProviderKeys { provider, page: Page { items, more: false } });
            }
        }
    }
}

fn there(
    record: &KeyRecord,
    provider: &ProviderId,
    signers: &Signers,
) -> Vec<(VersionNumber, Option<VersionNeed>)> {
    let is_there = |version: &&KeyVersion| version.provider == *provider && version.handle.is_some();
    let need = |version: &KeyVersion| (version.number, signers.need(record, version, provider));
    record.versions.iter().filter(is_there).map(need).collect()
}
