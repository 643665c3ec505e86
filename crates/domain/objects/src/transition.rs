//! How the versions of a key follow the object that is a view of it.

use claviger_core::{Action, Error, ObjectProof, Reason, Result};
use claviger_ports::Change;
use claviger_types::{Key, KeyVersion, ManagedObject, VersionState};

/// What a change of an object's state changes in the store.
pub(crate) struct Transition {
    pub(crate) changes: Vec<Change>,
    follows: bool,
}

/// With a symmetric or private key go all its versions: no front may use what has ended.
pub(crate) fn transition<K: Action, O: Action>(
    proof: &ObjectProof<K, O>,
    object: ManagedObject,
) -> Transition {
    let mut moved = Transition { changes: Vec::new(), follows: true };
    if let Some(entry) = proof.key().filter(|_| !object.id.is_public_half()) {
        let key = entry.key();
        let versions = entry.record.versions.iter().filter_map(|version| {
            let state = version.state.following(object.state)?;
            Some(KeyVersion { state, ..version.clone() })
        });
        let versions: Vec<_> = versions.collect();
        moved.follows = versions.iter().any(|version| version.number == key.primary)
            || entry.primary().is_ok_and(|version| version.state == VersionState::DestructionScheduled);
        // Also without versions: so that two changes at once conflict.
        moved.changes.push(Change::PutKey(Key::clone(key)));
        moved.changes.extend(versions.into_iter().map(Change::PutVersion));
    }
    moved.changes.push(Change::PutObject(object));
    moved
}

impl Transition {
    /// Refuses a change that the primary version can't follow, because it has no material yet or no longer.
    pub(crate) fn check<K: Action, O: Action>(&self, proof: &ObjectProof<K, O>) -> Result<()> {
        match self.follows {
            true => Ok(()),
            false => {
                let message = format!("The key of the object {} has no material.", proof.object().id);
                Err(Error::new(Reason::KeyState, message))
            }
        }
    }
}
