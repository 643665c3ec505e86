//! The locks that SQLite asks a file system for, between connections of one process.

use std::collections::{BTreeMap, BTreeSet};

/// Who holds a lock: an open file.
pub(crate) type Holder = u64;

/// The lock of a database file (`SQLITE_LOCK_…`), which goes from none (0) over shared, reserved and pending to
/// exclusive.
#[derive(Default)]
pub(crate) struct FileLock {
    levels: BTreeMap<Holder, i32>,
}

pub(crate) const SHARED: i32 = 1;
pub(crate) const RESERVED: i32 = 2;
pub(crate) const PENDING: i32 = 3;
pub(crate) const EXCLUSIVE: i32 = 4;

impl FileLock {
    /// Whether it was granted.
    pub(crate) fn lock(&mut self, holder: Holder, level: i32) -> bool {
        let highest_other = self.highest_other(holder);
        let granted = match level {
            ..=SHARED => highest_other < PENDING,
            RESERVED => highest_other < RESERVED,
            _ => highest_other == 0,
        };
        if granted {
            let held = self.levels.entry(holder).or_default();
            *held = level.max(*held);
        } else if level == EXCLUSIVE && highest_other < RESERVED {
            // Keeps new readers out until the last one leaves.
            self.levels.insert(holder, PENDING);
        }
        granted
    }

    /// Gives back everything above `level`.
    pub(crate) fn unlock(&mut self, holder: Holder, level: i32) {
        if level == 0 {
            self.levels.remove(&holder);
        } else if let Some(held) = self.levels.get_mut(&holder) {
            *held = level.min(*held);
        }
    }

    /// Whether somebody means to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.levels.values().any(|level| *level >= RESERVED)
    }

    fn highest_other(&self, holder: Holder) -> i32 {
        let others = self.levels.iter().filter(|(other, _)| **other != holder);
        others.map(|(_, level)| *level).max().unwrap_or(0)
    }
}

/// The eight locks on the shared memory of a write-ahead log.
#[derive(Default)]
pub(crate) struct SharedMemoryLocks {
    slots: [Slot; 8],
}

#[derive(Default)]
struct Slot {
    shared: BTreeSet<Holder>,
    exclusive: Option<Holder>,
}

impl SharedMemoryLocks {
    pub(crate) fn lock_shared(&mut self, holder: Holder, first: usize, count: usize) -> bool {
        let free = self.slots(first, count).all(|slot| slot.exclusive.is_none_or(|other| other == holder));
        if free {
            for slot in self.slots_mut(first, count) {
                slot.shared.insert(holder);
            }
        }
        free
    }

    pub(crate) fn lock_exclusive(&mut self, holder: Holder, first: usize, count: usize) -> bool {
        let free = self.slots(first, count).all(|slot| {
            slot.exclusive.is_none_or(|other| other == holder)
                && slot.shared.iter().all(|other| *other == holder)
        });
        if free {
            self.slots_mut(first, count).for_each(|slot| slot.exclusive = Some(holder));
        }
        free
    }

    pub(crate) fn unlock(&mut self, holder: Holder, first: usize, count: usize) {
        for slot in self.slots_mut(first, count) {
            slot.shared.remove(&holder);
            if slot.exclusive == Some(holder) {
                slot.exclusive = None;
            }
        }
    }

    pub(crate) fn unlock_all(&mut self, holder: Holder) {
        self.unlock(holder, 0, self.slots.len());
    }

    fn slots(&self, first: usize, count: usize) -> impl Iterator<Item = &Slot> {
        self.slots.iter().skip(first).take(count)
    }

    fn slots_mut(&mut self, first: usize, count: usize) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().skip(first).take(count)
    }
}
