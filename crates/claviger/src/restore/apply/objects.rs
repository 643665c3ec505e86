//! Managed objects whose use has ended since, with the keys of which they are views.

use claviger_ports::{Change, KeyReads, ObjectReads};
use claviger_sql::SqliteStore;
use claviger_types::{
    KeyState, ManagedObject, ObjectDates, ObjectId, ObjectState, Timestamp, VersionNumber, VersionState,
};

use super::{Applied, KeyCopy, commit};
use crate::{failure::Result, restore::history::ObjectFate};

/// Does to an object what was done since. One that was made after the backup is not in the copy.
pub(super) async fn apply(
    store: &SqliteStore,
    id: ObjectId,
    fate: &ObjectFate,
    applied: &mut Applied,
) -> Result<()> {
    let object = store.object(id).await?.filter(|object| !object.state.is_destroyed());
    if let Some((at, state)) = fate.ended() {
        let of_key = end_key(store, id, state, applied).await?;
        let ended = object.as_ref().and_then(|object| ended(object, state, at));
        if of_key || ended.is_some() {
            applied.ended.push(id);
        }
        commit(store, ended.map(Change::PutObject).into_iter().collect()).await?;
    }
    if let Some(at) = fate.destroyed {
        destroy(store, id, at, applied).await?;
    } else if let Some(at) = fate.perhaps_destroyed
        && !is_active(store, id).await?
    {
        destroy(store, id, at, applied).await?;
    }
    Ok(())
}

fn ended(object: &ManagedObject, state: ObjectState, at: Timestamp) -> Option<ManagedObject> {
    let dates = match (object.state, state) {
        (ObjectState::PreActive | ObjectState::Active, ObjectState::Deactivated) => {
            ObjectDates { deactivation: Some(at), ..object.dates }
        }
        (
            ObjectState::PreActive | ObjectState::Active | ObjectState::Deactivated,
            ObjectState::Compromised,
        ) => ObjectDates { compromise: Some(at), compromise_occurrence: Some(at), ..object.dates },
        _ => return None,
    };
    Some(ManagedObject { state, dates, changed: at, ..object.clone() })
}

async fn end_key(
    store: &SqliteStore,
    id: ObjectId,
    state: ObjectState,
    applied: &mut Applied,
) -> Result<bool> {
    let Some(record) = key_of(id, store).await? else { return Ok(false) };
    let mut copy = KeyCopy::new(&record);
    let mut moved: Vec<VersionNumber> = Vec::new();
    for version in &mut copy.versions {
        if let Some(state) = version.state.following(state) {
            version.state = state;
            moved.push(version.number);
        }
    }
    commit(store, copy.changes(&record)).await?;
    applied.versions.extend(moved.iter().map(|number| (record.key.id, *number)));
    Ok(!moved.is_empty())
}

async fn destroy(store: &SqliteStore, id: ObjectId, at: Timestamp, applied: &mut Applied) -> Result<()> {
    if let Some(record) = key_of(id, store).await? {
        let mut copy = KeyCopy::new(&record);
        copy.destroy(store, at).await?;
        applied.destroyed.push(record.key.id);
        return commit(store, copy.changes(&record)).await;
    }
    let object = store.object(id).await?.filter(|object| !object.state.is_destroyed());
    applied.ended.extend(object.as_ref().map(|object| object.id));
    commit(store, object.map(|object| Change::PutObject(object.destroyed(at))).into_iter().collect()).await
}

/// A destruction whose end is not known was refused if the object was active.
async fn is_active(store: &SqliteStore, id: ObjectId) -> Result<bool> {
    if let Some(record) = key_of(id, store).await? {
        let primary = record.versions.iter().find(|version| version.number == record.key.primary);
        return Ok(record.key.state == KeyState::Enabled
            && primary.is_some_and(|version| version.state == VersionState::Active));
    }
    Ok(store.object(id).await?.is_some_and(|object| object.state == ObjectState::Active))
}

/// The key that goes with an object: that of a symmetric or private key.
async fn key_of(id: ObjectId, store: &SqliteStore) -> Result<Option<claviger_ports::KeyRecord>> {
    if id.is_public_half() {
        return Ok(None);
    }
    let record = store.key(id.key()).await?;
    Ok(record.filter(|record| record.key.state != KeyState::Destroyed))
}
