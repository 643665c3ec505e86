use claviger_core::{
    Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, MayChange, MayGenerate, Operation, Params, Reason,
    Result, Scope, actions,
};
use claviger_ports::{Capability, Change};
use claviger_types::{KeyId, KeyVersion, RotationKind, Timestamp, VersionState};

use crate::{
    create_key_version::{generated, next_number},
    rotation_schedule::require_rotatable,
    state::require_enabled,
};

/// How often a key may be rotated on demand.
const ON_DEMAND_LIMIT: usize = 25;

/// Makes a new version of a key now. The old ones still decrypt.
pub struct RotateKeyOnDemand {
    /// A symmetric encrypt key whose material was generated.
    pub key: KeyRef,
}

/// Which rotations a key has had.
pub struct ListKeyRotations {
    /// The key.
    pub key: KeyRef,
}

/// One rotation.
#[derive(Clone, Copy, Debug)]
pub struct PastRotation {
    /// When.
    pub time: Timestamp,
    /// Why.
    pub kind: RotationKind,
}

/// The rotations of a key, by time.
#[derive(Debug)]
pub struct PastRotations {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The rotations.
    pub rotations: Vec<PastRotation>,
}

impl Operation for RotateKeyOnDemand {
    type Proof = KeyProof<actions::RotateKeyOnDemand>;
    /// The ARN of the key.
    type Output = String;
    const NAME: &'static str = "RotateKeyOnDemand";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<String> {
        let entry = key.target();
        require_rotatable(entry, scope)?;
        let arn = scope.key_arn(entry);
        require_enabled(entry, &arn)?;
        let on_demand = |version: &&KeyVersion| version.rotated == Some(RotationKind::OnDemand);
        if entry.record.versions.iter().filter(on_demand).count() >= ON_DEMAND_LIMIT {
            return Err(Error::new(
                Reason::Quota,
                format!(
                    "{arn} has been rotated on demand {ON_DEMAND_LIMIT} times, which is the most that is allowed."
                ),
            ));
        }
        let changes = next_version(&key, RotationKind::OnDemand, scope).await?;
        scope.commit(&key, changes).await?;
        Ok(arn)
    }
}

impl Operation for ListKeyRotations {
    type Proof = KeyProof<actions::ListKeyRotations>;
    type Output = PastRotations;
    const NAME: &'static str = "ListKeyRotations";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<PastRotations> {
        let entry = key.target();
        let rotation =
            |version: &KeyVersion| Some(PastRotation { time: version.created, kind: version.rotated? });
        let rotations = entry.record.versions.iter().filter_map(rotation).collect();
        Ok(PastRotations { key: entry.id(), key_arn: scope.key_arn(entry), rotations })
    }
}

/// Refuses a new version of what a KMIP client has ended, or not begun: it would bring the key back to life.
pub(crate) fn refuse_ended(entry: &KeyEntry) -> Result<()> {
    let state = entry.primary().map(|primary| primary.state).ok();
    match state {
        Some(VersionState::Compromised | VersionState::Deactivated | VersionState::PreActive) => {
            Err(Error::new(Reason::KeyState, "The key is not active, or no longer."))
        }
        _ => Ok(()),
    }
}

/// The changes that give a key a new primary version.
pub(crate) async fn next_version<A: MayGenerate + MayChange>(
    proof: &KeyProof<A>,
    kind: RotationKind,
    scope: &Scope<'_>,
) -> Result<Vec<Change>> {
    refuse_ended(proof.target())?;
    let mut changed = scope.at_next_version(proof.target().key(), Capability::Generate)?;
    let version = generated(proof, &changed, next_number(proof.target())?, scope).await?;
    let version = KeyVersion { rotated: Some(kind), ..version };
    changed.primary = version.number;
    if let Some(rotation) = &mut changed.rotation
        && kind == RotationKind::Automatic
    {
        rotation.next = scope.now().plus(rotation.period);
    }
    Ok(vec![Change::PutVersion(version), Change::PutKey(changed)])
}
