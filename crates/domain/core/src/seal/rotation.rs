use std::sync::Arc;

use claviger_crypto::constant_time_eq;
use claviger_ports::{KeyslotError, KeyslotKind, Random};
use claviger_types::{RootKeyGeneration, Timestamp};

use super::change::{HeaderChange, state_of};
use super::error::HeaderError;
use super::header::{Header, MAX_RETIRED, RetiredKey, SlotId, SlotInfo, whole_seconds};
use super::keyslots::lock_slot;
use super::root::RootKey;
use super::rotate::AllResealed;
use super::{Seal, State};

/// How long the old root key is kept at least, in seconds: longer than any call may take.
///
/// A call that sealed a secret just before the rotation may store it after everything else was encrypted anew; it
/// must have ended before anybody looks for the last time whether the old key is still needed.
pub const GRACE_SECS: i64 = 300;

/// Makes a new root key that encrypts from the commit on; the old one goes on to decrypt until
/// [`finish_rotation`].
///
/// Every slot must be kept or dropped. One is kept by giving what opens it: no slot can be opened by the root key,
/// else whoever once had the root key would have the new one too. `drop` names the others.
///
/// # Errors
/// `SlotNotOpened` for a slot neither opened nor dropped, `NoSuchSlot`, `LastSlot` if none is kept, `TooMany` if the
/// rotations before this one were never finished, `Device`, `Tampered`, `Stale`.
pub fn begin_rotation(
    seal: &Seal,
    header: &Header,
    keep: &[&dyn KeyslotKind],
    drop: &[SlotId],
    random: &dyn Random,
    now: Timestamp,
) -> Result<HeaderChange, HeaderError> {
    let state = state_of(seal, header)?;
    let kept = slots_to_keep(header, &state.current, keep, drop)?;
    if header.retired.len() >= MAX_RETIRED {
        return Err(HeaderError::TooMany { what: "old root keys", limit: MAX_RETIRED });
    }
    let next = header.generation.0.checked_add(1).ok_or(HeaderError::Internal)?;
    let root = RootKey::generate(RootKeyGeneration(next), random);
    let retired: Vec<_> = state.retired.iter().chain([&state.current]).cloned().collect();
    let mut new = Header {
        generation: root.generation(),
        slots: Vec::new(),
        retired: retire(header, &retired, &root, random, now)?,
        ..header.clone()
    };
    for (slot, lock) in kept {
        let body = lock_slot(&new, slot.id, root.key(), lock, Some(&slot.body), random)?;
        new.slots.push(SlotInfo { body, ..slot.clone() });
    }
    let new = new.tagged(&root);
    let state = State::new(&new, root, retired);
    Ok(HeaderChange { header: new, state, replaces: header.tag })
}

/// Forgets the old root keys, once no stored secret needs them.
///
/// # Errors
/// `NoRotation`; `TooSoon` or `StillNeeded` unless `done` is from after [`finish_not_before`]; `Stale`.
pub fn finish_rotation(
    seal: &Seal,
    header: &Header,
    done: &AllResealed,
) -> Result<HeaderChange, HeaderError> {
    let state = state_of(seal, header)?;
    let not_before = finish_not_before(header).ok_or(HeaderError::NoRotation)?;
    if done.generation() != header.generation {
        return Err(HeaderError::StillNeeded);
    }
    if done.observed() < not_before {
        return Err(HeaderError::TooSoon(not_before));
    }
    let new = Header { retired: Vec::new(), ..header.clone() }.tagged(&state.current);
    let state = State { header_tag: new.tag, current: Arc::clone(&state.current), retired: Vec::new() };
    Ok(HeaderChange { header: new, state, replaces: header.tag })
}

/// From when on a look at the store can show that the old root keys are not needed; `None` if there are none.
pub fn finish_not_before(header: &Header) -> Option<Timestamp> {
    let since = header.retired.iter().map(|retired| retired.since).max()?;
    // The time was rounded down to a second.
    Some(since.plus_secs(GRACE_SECS + 1))
}

type Kept<'a> = Vec<(&'a SlotInfo, &'a dyn KeyslotKind)>;

fn slots_to_keep<'a>(
    header: &'a Header,
    root: &RootKey,
    keep: &[&'a dyn KeyslotKind],
    drop: &[SlotId],
) -> Result<Kept<'a>, HeaderError> {
    drop.iter().try_for_each(|id| header.slot(*id).map(|_| ()))?;
    let kept = header
        .slots
        .iter()
        .filter(|slot| !drop.contains(&slot.id))
        .map(|slot| Ok((slot, opener(header, slot, root, keep)?)))
        .collect::<Result<Kept<'a>, HeaderError>>()?;
    if kept.is_empty() { Err(HeaderError::LastSlot) } else { Ok(kept) }
}

fn opener<'a>(
    header: &Header,
    slot: &SlotInfo,
    root: &RootKey,
    keep: &[&'a dyn KeyslotKind],
) -> Result<&'a dyn KeyslotKind, HeaderError> {
    let binding = header.binding(slot.id, &slot.kind);
    let mut away = None;
    for lock in keep.iter().filter(|lock| slot.is_of(**lock)) {
        match lock.open(&slot.body, &binding) {
            Ok(opened) if constant_time_eq(opened.expose(), root.key().expose()) => return Ok(*lock),
            Ok(_) => return Err(HeaderError::Tampered),
            Err(KeyslotError::WrongSecret) => {}
            // Another device may be the one.
            Err(error @ KeyslotError::Unavailable(_)) => away = Some(error),
            Err(error) => return Err(HeaderError::of_slot(slot.id, error)),
        }
    }
    Err(match away {
        Some(error) => HeaderError::of_slot(slot.id, error),
        None => HeaderError::SlotNotOpened {
            slot: slot.id,
            kind: slot.kind.clone(),
            label: slot.label.as_str().into(),
        },
    })
}

/// `keys` encrypted under `root`; those that were retired before keep their time.
fn retire(
    header: &Header,
    keys: &[Arc<RootKey>],
    root: &RootKey,
    random: &dyn Random,
    now: Timestamp,
) -> Result<Vec<RetiredKey>, HeaderError> {
    let since = |generation| {
        header.retired.iter().find(|retired| retired.generation == generation).map(|retired| retired.since)
    };
    keys.iter()
        .map(|key| {
            let wrapped =
                root.wrap_retired(key, header.installation, random).map_err(|_| HeaderError::Internal)?;
            let generation = key.generation();
            let since = since(generation).unwrap_or_else(|| whole_seconds(now));
            Ok(RetiredKey { generation, since, wrapped })
        })
        .collect()
}
