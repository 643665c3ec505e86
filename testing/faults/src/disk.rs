use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    Dice,
    locks::{FileLock, Holder, SharedMemoryLocks},
    sqlite_vfs::Region,
};

/// What a device writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// What is wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Files can't grow.
    Full,
    /// Nothing can be written or synced; reading works.
    Unwritable,
    /// Syncing fails, after everything was written.
    Unsyncable,
}

/// Why a disk did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// No such file.
    Missing,
    /// No space.
    Full,
    /// A fault, or no power.
    Failed,
}

/// Files in memory, of which it is known what was synced.
#[derive(Default)]
pub struct Disk {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    names: BTreeMap<String, Arc<Mutex<File>>>,
    /// Files whose removal was not synced: a power loss may bring them back.
    removed: BTreeMap<String, Arc<Mutex<File>>>,
    open: BTreeMap<Holder, Arc<Mutex<File>>>,
    next_holder: Holder,
    fault: Option<Fault>,
    /// Changes until the power goes off.
    power: Option<u64>,
    sync_time: Duration,
    syncs: u64,
}

#[derive(Default)]
struct File {
    now: Vec<u8>,
    /// `None` until the first sync: then the file itself may be lost.
    synced: Option<Vec<u8>>,
    /// What was done since the last sync.
    unsynced: Vec<Step>,
    lock: FileLock,
    shared_memory: SharedMemory,
}

#[derive(Default)]
struct SharedMemory {
    regions: Vec<Region>,
    users: BTreeSet<Holder>,
    locks: SharedMemoryLocks,
}

enum Step {
    Write { offset: usize, bytes: Box<[u8]> },
    Resize(usize),
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Breaks it, or mends it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Cuts the power after so many more changes (writes, syncs, removals). Everything fails from then on.
    pub fn power_off_after(&self, changes: u64) {
        self.state().power = Some(changes);
    }

    /// Makes every sync take so long.
    pub fn set_sync_time(&self, time: Duration) {
        self.state().sync_time = time;
    }

    /// How many syncs there were.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// The bytes of a file as programs see them.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let file = self.state().names.get(name).cloned();
        file.map(|file| guard(&file).now.clone())
    }

    /// What may be left after a power loss: what was synced, and any part of the rest.
    pub fn after_power_loss(&self, dice: &mut Dice) -> Arc<Self> {
        let state = self.state();
        let manner = Manner::roll(dice);
        let mut names = BTreeMap::new();
        for (name, file) in &state.names {
            if let Some(bytes) = guard(file).after_power_loss(manner, dice) {
                names.insert(name.clone(), File::synced(bytes));
            }
        }
        for (name, file) in &state.removed {
            if !names.contains_key(name)
                && dice.once_in(2)
                && let Some(bytes) = guard(file).after_power_loss(manner, dice)
            {
                names.insert(name.clone(), File::synced(bytes));
            }
        }
        Arc::new(Self { state: Mutex::new(State { names, ..State::default() }) })
    }

    pub(crate) fn open(&self, name: &str, create: bool) -> Result<Holder, DiskError> {
        let mut state = self.state();
        state.check_power()?;
        let file = match state.names.get(name) {
            Some(file) => Arc::clone(file),
            None if create => {
                state.spend()?;
                let file = Arc::<Mutex<File>>::default();
                state.names.insert(name.to_owned(), Arc::clone(&file));
                file
            }
            None => return Err(DiskError::Missing),
        };
        state.next_holder += 1;
        let holder = state.next_holder;
        state.open.insert(holder, file);
        Ok(holder)
    }

    pub(crate) fn close(&self, holder: Holder) {
        let file = self.state().open.remove(&holder);
        if let Some(file) = file {
            let mut file = guard(&file);
            file.lock.unlock(holder, 0);
            file.shared_memory.leave(holder);
        }
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.state().names.contains_key(name)
    }

    pub(crate) fn remove(&self, name: &str, synced: bool) -> Result<(), DiskError> {
        let mut state = self.state();
        state.spend()?;
        let file = state.names.remove(name).ok_or(DiskError::Missing)?;
        if synced {
            state.removed.remove(name);
        } else {
            state.removed.insert(name.to_owned(), file);
        }
        Ok(())
    }

    /// Reads into `out`; the number of bytes that there were.
    pub(crate) fn read(&self, holder: Holder, offset: usize, out: &mut [u8]) -> Result<usize, DiskError> {
        self.state().check_power()?;
        self.with(holder, |file| {
            let rest = file.now.get(offset..).unwrap_or_default();
            let count = rest.len().min(out.len());
            let (from, _) = rest.split_at(count);
            let (to, _) = out.split_at_mut(count);
            to.copy_from_slice(from);
            Ok(count)
        })
    }

    pub(crate) fn write(&self, holder: Holder, offset: usize, bytes: &[u8]) -> Result<(), DiskError> {
        let fault = self.state().spend()?;
        self.with(holder, |file| {
            match fault {
                Some(Fault::Unwritable) => return Err(DiskError::Failed),
                Some(Fault::Full) if offset + bytes.len() > file.now.len() => return Err(DiskError::Full),
                _ => {}
            }
            let step = Step::Write { offset, bytes: bytes.into() };
            step.apply(&mut file.now);
            file.unsynced.push(step);
            Ok(())
        })
    }

    pub(crate) fn resize(&self, holder: Holder, length: usize) -> Result<(), DiskError> {
        let fault = self.state().spend()?;
        self.with(holder, |file| {
            if fault == Some(Fault::Unwritable) {
                return Err(DiskError::Failed);
            }
            let step = Step::Resize(length);
            step.apply(&mut file.now);
            file.unsynced.push(step);
            Ok(())
        })
    }

    pub(crate) fn sync(&self, holder: Holder) -> Result<(), DiskError> {
        let (fault, time) = {
            let mut state = self.state();
            state.syncs += 1;
            (state.spend()?, state.sync_time)
        };
        thread::sleep(time);
        self.with(holder, |file| {
            if matches!(fault, Some(Fault::Unwritable | Fault::Unsyncable)) {
                return Err(DiskError::Failed);
            }
            // Never read again, but as large as the file: replay instead of copying.
            let mut synced = file.synced.take().unwrap_or_default();
            file.unsynced.drain(..).for_each(|step| step.apply(&mut synced));
            file.synced = Some(synced);
            Ok(())
        })
    }

    pub(crate) fn size(&self, holder: Holder) -> Result<usize, DiskError> {
        self.state().check_power()?;
        self.with(holder, |file| Ok(file.now.len()))
    }

    pub(crate) fn lock<T>(
        &self,
        holder: Holder,
        action: impl FnOnce(&mut FileLock) -> T,
    ) -> Result<T, DiskError> {
        self.with(holder, |file| Ok(action(&mut file.lock)))
    }

    pub(crate) fn shared_memory_locks<T>(
        &self,
        holder: Holder,
        action: impl FnOnce(&mut SharedMemoryLocks) -> T,
    ) -> Result<T, DiskError> {
        self.with(holder, |file| Ok(action(&mut file.shared_memory.locks)))
    }

    /// A region of the memory that connections to one database share; `None` if there is none and none is wanted.
    pub(crate) fn shared_memory(
        &self,
        holder: Holder,
        index: usize,
        size: usize,
        extend: bool,
    ) -> Result<Option<*mut u8>, DiskError> {
        self.with(holder, |file| {
            let memory = &mut file.shared_memory;
            memory.users.insert(holder);
            while extend && memory.regions.len() <= index {
                memory.regions.push(Region::new(size));
            }
            Ok(memory.regions.get(index).map(Region::start))
        })
    }

    pub(crate) fn leave_shared_memory(&self, holder: Holder) -> Result<(), DiskError> {
        self.with(holder, |file| {
            file.shared_memory.leave(holder);
            Ok(())
        })
    }

    fn with<T>(
        &self,
        holder: Holder,
        action: impl FnOnce(&mut File) -> Result<T, DiskError>,
    ) -> Result<T, DiskError> {
        let file = self.state().open.get(&holder).cloned().ok_or(DiskError::Failed)?;
        action(&mut guard(&file))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        guard(&self.state)
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Counts a change; the fault that it meets.
    fn spend(&mut self) -> Result<Option<Fault>, DiskError> {
        self.check_power()?;
        if let Some(power) = &mut self.power {
            *power -= 1;
        }
        Ok(self.fault)
    }

    fn check_power(&self) -> Result<(), DiskError> {
        if self.power == Some(0) { Err(DiskError::Failed) } else { Ok(()) }
    }
}

impl File {
    fn synced(bytes: Vec<u8>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { now: bytes.clone(), synced: Some(bytes), ..Self::default() }))
    }

    fn after_power_loss(&self, manner: Manner, dice: &mut Dice) -> Option<Vec<u8>> {
        let mut bytes = match &self.synced {
            Some(bytes) => bytes.clone(),
            None if dice.once_in(2) => return None,
            None => Vec::new(),
        };
        let kept = dice.below(self.unsynced.len() as u64 + 1);
        for (number, step) in (0..).zip(&self.unsynced) {
            match manner {
                Manner::LoseAll => {}
                Manner::KeepAll => step.apply(&mut bytes),
                Manner::KeepFirst if number < kept => step.apply(&mut bytes),
                Manner::KeepFirst => {}
                Manner::KeepSome if dice.once_in(2) => step.apply(&mut bytes),
                Manner::KeepSome => {}
                Manner::Tear => step.apply_torn(&mut bytes, dice),
            }
        }
        Some(bytes)
    }
}

impl SharedMemory {
    /// The last one to leave takes the memory with it.
    fn leave(&mut self, holder: Holder) {
        self.locks.unlock_all(holder);
        self.users.remove(&holder);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }
}

/// What a power loss does to writes that were not synced.
#[derive(Clone, Copy)]
enum Manner {
    LoseAll,
    KeepAll,
    /// Those up to some point.
    KeepFirst,
    /// Any of them, whatever their order.
    KeepSome,
    /// Any sectors of any of them.
    Tear,
}

impl Manner {
    fn roll(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 => Self::LoseAll,
            1 => Self::KeepAll,
            2 | 3 => Self::KeepFirst,
            4 | 5 => Self::KeepSome,
            _ => Self::Tear,
        }
    }
}

impl Step {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(file, *offset, bytes),
            Self::Resize(length) => file.resize(*length, 0),
        }
    }

    fn apply_torn(&self, file: &mut Vec<u8>, dice: &mut Dice) {
        match self {
            Self::Resize(_) if dice.once_in(2) => {}
            Self::Resize(_) => self.apply(file),
            Self::Write { offset, bytes } => {
                let mut start = *offset;
                let mut rest = &**bytes;
                while !rest.is_empty() {
                    let (sector, after) = rest.split_at(rest.len().min(SECTOR - start % SECTOR));
                    if dice.once_in(2) {
                        put(file, start, sector);
                    }
                    start += sector.len();
                    rest = after;
                }
            }
        }
    }
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}
