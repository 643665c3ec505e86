use claviger_ports::ProviderState;
use claviger_types::{
    AccountId, AuditHead, ProtectionLevel, ProviderId, ProviderName, Region, RootKeyGeneration, Timestamp,
};

use crate::{Authorized, Effect, Gate, Installation, Operation, Params, Result, Scope, actions};

/// How the service is.
pub struct GetStatus;

/// How the service is.
#[derive(Clone, Debug)]
pub struct ServiceStatus {
    /// The release.
    pub version: &'static str,
    /// When this node started.
    pub started: Timestamp,
    /// The location that clients know us by.
    pub region: Region,
    /// The installation's own project.
    pub account: AccountId,
    /// Keys that are not destroyed, in all projects.
    pub keys: u64,
    /// The root key that encrypts.
    pub root_key: RootKeyGeneration,
    /// The newest durable audit record.
    pub audit: Option<AuditHead>,
    /// Whether audit records can be written.
    pub audit_healthy: bool,
    /// Why the store can't be used, if so.
    pub store_problem: Option<String>,
    /// The providers.
    pub providers: Vec<ProviderStatus>,
}

/// How a provider is.
#[derive(Clone, Debug)]
pub struct ProviderStatus {
    /// The name that it is configured under.
    pub name: ProviderName,
    /// What it is: `software`, `pkcs11`, `kmip`.
    pub kind: &'static str,
    /// What it is known as for good, once it has proved it.
    pub id: Option<ProviderId>,
    /// What protects its keys.
    pub protection: ProtectionLevel,
    /// Whether it can be used now.
    pub state: ProviderState,
}

impl Operation for GetStatus {
    type Proof = Authorized<actions::ReadStatus, Installation>;
    type Output = ServiceStatus;
    const NAME: &'static str = "GetStatus";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ServiceStatus> {
        let core = scope.core;
        let status = |provider: &std::sync::Arc<dyn claviger_ports::Provider>| ProviderStatus {
            name: provider.name().clone(),
            kind: provider.kind(),
            protection: provider.protection(),
            id: core.providers.known_as(provider.name()),
            state: core.providers.state(&**provider),
        };
        Ok(ServiceStatus {
            version: env!("CARGO_PKG_VERSION"),
            started: scope.usage_tracked_since(),
            region: core.settings.region.clone(),
            account: core.settings.account,
            keys: scope.reads(&proof).key_count().await?,
            root_key: core.seal.current(),
            audit: core.log.head(),
            audit_healthy: core.log.healthy(),
            store_problem: core.store.health().await.err(),
            providers: core.providers.all().iter().map(status).collect(),
        })
    }
}
