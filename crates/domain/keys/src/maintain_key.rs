use claviger_core::{Effect, Gate, KeyProof, MayChange, Operation, Params, Result, Scope, actions};
use claviger_ports::{Change, MESSAGES_OF_A_VERSION};
use claviger_types::{
    KeyId, KeyState, KeyVersion, ManagedObject, ObjectId, RotationKind, Timestamp, VersionState,
};

use crate::{delete_imported_key_material::without_material, rotate_key::next_version};

/// Does what is due for a key: destroys it, rotates it, or forgets imported material that has expired. Only the service's own
/// worker can call it.
pub struct MaintainKey {
    /// The key.
    pub key: KeyId,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maintenance {
    /// The key and its material are gone.
    Destroyed,
    /// A version and its material are gone.
    DestroyedVersion,
    /// The imported material is gone.
    Expired,
    /// Nothing was due.
    Nothing,
    /// There is a new version.
    Rotated,
}

impl Operation for MaintainKey {
    type Proof = KeyProof<actions::MaintainKey>;
    type Output = Maintenance;
    const NAME: &'static str = "MaintainKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.maintenance(self.key).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Maintenance> {
        let key = proof.target().key();
        let now = scope.now();
        if key.state == KeyState::PendingDeletion && key.deletion.is_some_and(|deletion| deletion.at <= now) {
            return destroy(&proof, scope).await;
        }
        if proof.target().record.versions.iter().any(|version| has_expired(version, now)) {
            return expire(&proof, scope).await;
        }
        if let Some(doomed) = proof.target().record.versions.iter().find(|version| is_doomed(version, now)) {
            return destroy_version(doomed, &proof, scope).await;
        }
        let is_due = key.rotation.is_some_and(|rotation| rotation.next <= now);
        if key.state == KeyState::Enabled && (is_due || is_worn(&proof)) {
            let changes = next_version(&proof, RotationKind::Automatic, scope).await?;
            scope.commit(&proof, changes).await?;
            scope.did("rotated");
            return Ok(Maintenance::Rotated);
        }
        Ok(Maintenance::Nothing)
    }
}

/// The record of the key stays, so that its id is never used again; names, grants and material go.
async fn destroy(proof: &KeyProof<actions::MaintainKey>, scope: &Scope<'_>) -> Result<Maintenance> {
    scope.commit(proof, destruction(proof, scope).await?).await?;
    // A restore of an older backup looks for this, so that the key stays destroyed.
    scope.did("destroyed");
    scope.destroy_material(proof, |_| true).await;
    Ok(Maintenance::Destroyed)
}

/// What the destruction of a key changes in the store, with the records of the managed objects that are views of it.
///
/// # Errors
/// If the store can't be read.
pub async fn destruction<A: MayChange>(proof: &KeyProof<A>, scope: &Scope<'_>) -> Result<Vec<Change>> {
    let (entry, now) = (proof.target(), scope.now());
    let mut changes = Vec::new();
    for version in entry.record.versions.iter() {
        let mut gone = version.clone();
        gone.state = VersionState::Destroyed;
        gone.handle = None;
        gone.destroy_at = None;
        gone.destroyed = gone.destroyed.or(Some(now));
        changes.push(Change::PutVersion(gone));
    }
    for alias in entry.record.aliases.iter() {
        changes.push(Change::DeleteName { project: entry.project(), name: alias.to_key_name() });
    }
    changes.extend(entry.grants.iter().map(|grant| Change::DeleteGrant(grant.key, grant.id.clone())));
    changes.push(Change::DeleteImportJobs(entry.id()));
    let mut key = entry.key().clone();
    key.state = KeyState::Destroyed;
    key.rotation = None;
    for id in [ObjectId::of_key(key.id), ObjectId::of_public_half(key.id)] {
        let object = scope.reads(proof).object(id).await?;
        changes.extend(object.filter(|object| !object.state.is_destroyed()).map(|object| {
            // What is left is for those who might see the key.
            Change::PutObject(ManagedObject { policy: key.policy.clone(), ..object.destroyed(now) })
        }));
    }
    changes.push(Change::PutKey(key));
    Ok(changes)
}

fn is_doomed(version: &KeyVersion, now: Timestamp) -> bool {
    version.state == VersionState::DestructionScheduled && version.destroy_at.is_some_and(|at| at <= now)
}

/// One at a time: the record of the call names one version.
async fn destroy_version(
    doomed: &KeyVersion,
    proof: &KeyProof<actions::MaintainKey>,
    scope: &Scope<'_>,
) -> Result<Maintenance> {
    let gone = KeyVersion {
        state: VersionState::Destroyed,
        handle: None,
        destroy_at: None,
        destroyed: Some(scope.now()),
        ..doomed.clone()
    };
    let key = proof.target().key().clone();
    scope.about(doomed);
    scope.commit(proof, vec![Change::PutKey(key), Change::PutVersion(gone)]).await?;
    // A restore of an older backup looks for this, so that the version stays destroyed.
    scope.did("version-destroyed");
    scope.destroy_material(proof, |version| version.number == doomed.number).await;
    Ok(Maintenance::DestroyedVersion)
}

/// Whether the primary version has encrypted so much that it must have a successor long before nonces could repeat.
fn is_worn(proof: &KeyProof<actions::MaintainKey>) -> bool {
    let key = proof.target().key();
    let messages = proof.target().primary().map_or(0, |version| version.messages);
    key.origin.is_renewable() && messages >= MESSAGES_OF_A_VERSION
}

fn has_expired(version: &KeyVersion, now: Timestamp) -> bool {
    version.handle.is_some() && version.valid_to.is_some_and(|valid_to| valid_to <= now)
}

async fn expire(proof: &KeyProof<actions::MaintainKey>, scope: &Scope<'_>) -> Result<Maintenance> {
    let now = scope.now();
    let changes = without_material(proof.target(), |version| has_expired(version, now));
    scope.commit(proof, changes).await?;
    scope.did("expired");
    scope.destroy_material(proof, |version| has_expired(version, now)).await;
    Ok(Maintenance::Expired)
}
