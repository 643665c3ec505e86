use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use claviger_crypto::constant_time_eq;
use claviger_ports::{KeyslotError, KeyslotKind, Random, SlotBody};
use claviger_types::{RootKeyGeneration, SecretKey, Timestamp};

use super::change::{HeaderChange, state_of};
use super::error::HeaderError;
use super::header::{Header, InstallationId, MAX_SLOTS, SlotId, SlotInfo, SlotLabel, whole_seconds};
use super::root::RootKey;
use super::{Seal, State, wire};

/// Makes the first root key of an installation, with one keyslot.
///
/// The header must be durable ([`HeaderStore::create`](claviger_ports::HeaderStore::create)) before anything that was
/// sealed is stored: without it nothing opens again.
///
/// # Errors
/// `Device` if the slot can't be locked.
pub fn create(
    lock: &dyn KeyslotKind,
    label: SlotLabel,
    random: &dyn Random,
    now: Timestamp,
) -> Result<(Header, Seal), HeaderError> {
    let root = RootKey::generate(RootKeyGeneration(1), random);
    let mut header = Header {
        installation: InstallationId::from_random(random.bytes()),
        generation: root.generation(),
        slots: Vec::new(),
        retired: Vec::new(),
        tag: [0; 32],
    };
    let slot = new_slot(&header, root.key(), lock, label, random, now)?;
    header.slots.push(slot);
    let header = header.tagged(&root);
    let seal = Seal::new(State::new(&header, root, Vec::new()));
    Ok((header, seal))
}

/// Opens the header with the first of `locks` that opens one of its slots, and says which slot.
///
/// # Errors
/// `NoSlotOfKind`, `WrongSecret`; `Device` if a slot of the kind can't be tried now and no other opens; `Tampered` if
/// a slot opens and the header is not as it was written.
pub fn unlock(header: &Header, locks: &[&dyn KeyslotKind]) -> Result<(Seal, SlotId), HeaderError> {
    let mut reason = no_slot_of_kind(header, locks);
    for lock in locks {
        for slot in header.slots.iter().filter(|slot| slot.is_of(*lock)) {
            match lock.open(&slot.body, &header.binding(slot.id, &slot.kind)) {
                Ok(root) => return Ok((open_with(header, root)?, slot.id)),
                Err(error) => reason = worse(reason, HeaderError::of_slot(slot.id, error)),
            }
        }
    }
    Err(reason)
}

/// Adds a keyslot that `lock` opens.
///
/// # Errors
/// `TooMany`; `Device` if it can't be locked; `Stale` if `header` is not the one that `seal` uses.
pub fn add_slot(
    seal: &Seal,
    header: &Header,
    lock: &dyn KeyslotKind,
    label: SlotLabel,
    random: &dyn Random,
    now: Timestamp,
) -> Result<(HeaderChange, SlotId), HeaderError> {
    let state = state_of(seal, header)?;
    if header.slots.len() >= MAX_SLOTS {
        return Err(HeaderError::TooMany { what: "keyslots", limit: MAX_SLOTS });
    }
    let slot = new_slot(header, state.current.key(), lock, label, random, now)?;
    let id = slot.id;
    let mut slots = header.slots.clone();
    slots.push(slot);
    Ok((with_slots(header, &state, slots), id))
}

/// Removes a keyslot.
///
/// # Errors
/// `NoSuchSlot`; `LastSlot`; `Stale` if `header` is not the one that `seal` uses.
pub fn remove_slot(
    seal: &Seal,
    header: &Header,
    id: SlotId,
) -> Result<(HeaderChange, RotationAdvised), HeaderError> {
    let state = state_of(seal, header)?;
    header.slot(id)?;
    let slots: Vec<_> = header.slots.iter().filter(|slot| slot.id != id).cloned().collect();
    if slots.is_empty() {
        return Err(HeaderError::LastSlot);
    }
    Ok((with_slots(header, &state, slots), RotationAdvised(id)))
}

/// What the owner must be told about a slot that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the owner must be told"]
pub struct RotationAdvised(pub SlotId);

impl fmt::Display for RotationAdvised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "keyslot {} is removed, but whoever could open it may have kept the root key, and an old copy of the \
             header still opens with it: rotate the root key if that person or device is no longer trusted",
            self.0
        )
    }
}

impl State {
    pub(super) fn new(header: &Header, current: RootKey, retired: Vec<Arc<RootKey>>) -> Self {
        Self { header_tag: header.tag, current: Arc::new(current), retired }
    }

    /// Whether `header` is as somebody with the current root key wrote it.
    pub(super) fn authenticate(&self, header: &Header) -> Result<(), HeaderError> {
        authenticate(header, &self.current)
    }
}

/// The body of a slot, and only one that a header can hold.
pub(super) fn lock_slot(
    header: &Header,
    id: SlotId,
    root: &SecretKey,
    lock: &dyn KeyslotKind,
    previous: Option<&SlotBody>,
    random: &dyn Random,
) -> Result<SlotBody, HeaderError> {
    let unfit = || HeaderError::of_slot(id, KeyslotError::OutOfBounds("a header can't hold it".to_owned()));
    if !wire::is_kind(lock.kind()) {
        return Err(unfit());
    }
    let body = lock
        .lock(root, &header.binding(id, lock.kind()), previous, random)
        .map_err(|error| HeaderError::of_slot(id, error))?;
    if wire::is_within_bounds(&body) { Ok(body) } else { Err(unfit()) }
}

fn new_slot(
    header: &Header,
    root: &SecretKey,
    lock: &dyn KeyslotKind,
    label: SlotLabel,
    random: &dyn Random,
    now: Timestamp,
) -> Result<SlotInfo, HeaderError> {
    let id = SlotId::generate(&header.slots, random);
    let body = lock_slot(header, id, root, lock, None, random)?;
    Ok(SlotInfo { id, kind: lock.kind().into(), label, created: whole_seconds(now), body })
}

fn with_slots(header: &Header, state: &State, slots: Vec<SlotInfo>) -> HeaderChange {
    let replaces = header.tag;
    let header = Header { slots, ..header.clone() }.tagged(&state.current);
    let state = State { header_tag: header.tag, ..state.clone() };
    HeaderChange { header, state, replaces }
}

fn open_with(header: &Header, root: SecretKey) -> Result<Seal, HeaderError> {
    let current = RootKey::new(header.generation, root);
    authenticate(header, &current)?;
    let retired = header.retired.iter().map(|retired| {
        current
            .unwrap_retired(retired.generation, &retired.wrapped, header.installation)
            .map(Arc::new)
            .ok_or(HeaderError::Tampered)
    });
    let retired = retired.collect::<Result<_, _>>()?;
    Ok(Seal::new(State::new(header, current, retired)))
}

fn authenticate(header: &Header, root: &RootKey) -> Result<(), HeaderError> {
    if constant_time_eq(&root.header_tag(&header.canonical()), &header.tag) {
        Ok(())
    } else {
        Err(HeaderError::Tampered)
    }
}

fn no_slot_of_kind(header: &Header, locks: &[&dyn KeyslotKind]) -> HeaderError {
    let offered: BTreeSet<_> = locks.iter().map(|lock| lock.kind()).collect();
    let present: BTreeSet<_> = header.slots.iter().map(|slot| &*slot.kind).collect();
    let list = |kinds: BTreeSet<&str>| match kinds.is_empty() {
        true => "nothing".to_owned(),
        false => kinds.into_iter().collect::<Vec<_>>().join(", "),
    };
    HeaderError::NoSlotOfKind { offered: list(offered), present: list(present) }
}

/// Of two reasons the one that its reader has to know first.
fn worse(one: HeaderError, other: HeaderError) -> HeaderError {
    let rank = |error: &HeaderError| match error {
        HeaderError::NoSlotOfKind { .. } => 0,
        HeaderError::WrongSecret => 1,
        HeaderError::Device { .. } => 2,
        _ => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}
