//! A disk in memory that forgets, tears and refuses what was not flushed.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use crate::{DirLock, FileLayer, LogFile};

const SECTOR: usize = 512;

/// A small generator of reproducible numbers (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// The disk and the page cache above it.
#[derive(Clone)]
pub(super) struct Disk(Arc<Mutex<Inner>>);

struct Inner {
    files: Vec<File>,
    /// Directory as the processes see it, and as it is on the disk.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    /// Processes of earlier generations are dead.
    generation: u64,
    locked: bool,
    /// Operations until the machine stops.
    left: Option<u64>,
    /// Bytes the disk has.
    space: u64,
    failing_syncs: u64,
    /// Writes of nothing but zeros fail half-way.
    refuses_zeros: bool,
    sync_time: Duration,
    syncs: u64,
    writes: u64,
    rng: Rng,
}

#[derive(Clone, Default)]
struct File {
    cached: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone)]
enum Pending {
    Write(usize, Vec<u8>),
    Size(usize),
}

#[derive(Clone)]
enum NameChange {
    Add(PathBuf, usize),
    Remove(PathBuf),
}

impl Disk {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            generation: 0,
            locked: false,
            left: None,
            space: u64::MAX,
            failing_syncs: 0,
            refuses_zeros: false,
            sync_time: Duration::ZERO,
            syncs: 0,
            writes: 0,
            rng: Rng(seed),
        })))
    }

    /// The file layer for a process that starts now.
    pub(super) fn layer(&self) -> Arc<dyn FileLayer> {
        Arc::new(Layer { disk: self.clone(), generation: self.lock().generation })
    }

    /// The process is killed: what it wrote is in the page cache.
    pub(super) fn kill(&self) {
        let mut inner = self.lock();
        inner.generation += 1;
        inner.locked = false;
        inner.left = None;
    }

    /// The machine loses its power.
    pub(super) fn crash(&self) {
        self.kill();
        let mut guard = self.lock();
        let inner = &mut *guard;
        let kept = inner.rng.below(inner.pending_names.len() as u64 + 1) as usize;
        let pending: Vec<NameChange> = inner.pending_names.drain(..).collect();
        for change in &pending[..kept] {
            apply_name(&mut inner.durable_names, change);
        }
        inner.names = inner.durable_names.clone();
        for file in &mut inner.files {
            file.crash(&mut inner.rng);
        }
    }

    /// All further operations of the process fail after this many.
    pub(super) fn stop_after(&self, operations: u64) {
        self.lock().left = Some(operations);
    }

    pub(super) fn stopped(&self) -> bool {
        self.lock().left == Some(0)
    }

    /// How many bytes fit from now on, beyond those there are.
    pub(super) fn limit_space(&self, more: u64) {
        let mut inner = self.lock();
        inner.space = inner.used() + more;
    }

    pub(super) fn free_space(&self) {
        self.lock().space = u64::MAX;
    }

    pub(super) fn fail_syncs(&self, count: u64) {
        self.lock().failing_syncs = count;
    }

    pub(super) fn refuse_zeros(&self) {
        self.lock().refuses_zeros = true;
    }

    pub(super) fn failures_left(&self) -> u64 {
        self.lock().failing_syncs
    }

    pub(super) fn slow_syncs(&self, time: Duration) {
        self.lock().sync_time = time;
    }

    pub(super) fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    pub(super) fn writes(&self) -> u64 {
        self.lock().writes
    }

    pub(super) fn names(&self) -> Vec<PathBuf> {
        self.lock().names.keys().cloned().collect()
    }

    pub(super) fn get(&self, path: &Path) -> Vec<u8> {
        let inner = self.lock();
        inner.files[inner.names[path]].cached.clone()
    }

    /// Replaces a file, or creates it.
    pub(super) fn put(&self, path: &Path, content: &[u8]) {
        let mut inner = self.lock();
        let content = content.to_vec();
        inner.files.push(File { cached: content.clone(), durable: content, pending: Vec::new() });
        let file = inner.files.len() - 1;
        inner.names.insert(path.to_owned(), file);
        inner.durable_names.insert(path.to_owned(), file);
    }

    pub(super) fn delete(&self, path: &Path) {
        let mut inner = self.lock();
        inner.names.remove(path);
        inner.durable_names.remove(path);
    }

    /// An independent copy.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::new(0);
        for path in self.names() {
            copy.put(&path, &self.get(&path));
        }
        copy
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}

impl Inner {
    fn used(&self) -> u64 {
        self.names.values().map(|file| self.files[*file].cached.len() as u64).sum()
    }

    fn begin(&mut self, generation: u64) -> io::Result<()> {
        if self.generation != generation || self.left == Some(0) {
            return Err(io::Error::other("the machine has stopped"));
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.names, &change);
        self.pending_names.push(change);
    }
}

fn apply_name(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Add(path, file) => {
            names.retain(|_, existing| existing != file);
            names.insert(path.clone(), *file);
        }
        NameChange::Remove(path) => {
            names.remove(path);
        }
    }
}

impl File {
    fn write(&mut self, bytes: &[u8], offset: usize) {
        if self.cached.len() < offset + bytes.len() {
            self.cached.resize(offset + bytes.len(), 0);
        }
        self.cached[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.pending.push(Pending::Write(offset, bytes.to_vec()));
    }

    fn resize(&mut self, size: usize) {
        self.cached.resize(size, 0);
        self.pending.push(Pending::Size(size));
    }

    fn sync(&mut self) {
        for pending in self.pending.drain(..) {
            match pending {
                Pending::Size(size) => self.durable.resize(size, 0),
                Pending::Write(offset, bytes) => {
                    let end = offset + bytes.len();
                    if self.durable.len() < end {
                        self.durable.resize(end, 0);
                    }
                    self.durable[offset..end].copy_from_slice(&bytes);
                }
            }
        }
    }

    /// As Linux does: what could not be written counts as clean, so that no later flush writes it, though it can be read.
    fn fail_sync(&mut self, rng: &mut Rng) {
        let kept = rng.below(self.pending.len() as u64 + 1) as usize;
        let (applied, lost): (Vec<_>, Vec<_>) =
            self.pending.drain(..).enumerate().partition(|(index, _)| *index < kept);
        for (_, pending) in applied {
            self.tear(pending, rng);
        }
        // Sizes are metadata and are tried again.
        self.pending =
            lost.into_iter().map(|(_, one)| one).filter(|one| matches!(one, Pending::Size(_))).collect();
    }

    fn crash(&mut self, rng: &mut Rng) {
        let kept = rng.below(self.pending.len() as u64 + 1) as usize;
        let pending: Vec<Pending> = self.pending.drain(..).collect();
        for one in pending.into_iter().take(kept) {
            self.tear(one, rng);
        }
        self.cached = self.durable.clone();
    }

    /// Applies a size, and any of the sectors of a write; the file grows as far as any of them, or less.
    fn tear(&mut self, pending: Pending, rng: &mut Rng) {
        match pending {
            Pending::Size(size) => self.durable.resize(size, 0),
            Pending::Write(offset, bytes) => {
                let whole = rng.below(3) == 0;
                let end = offset + bytes.len();
                if self.durable.len() < end {
                    let grown = if whole { end } else { offset + rng.below(bytes.len() as u64 + 1) as usize };
                    self.durable.resize(grown.max(self.durable.len()), 0);
                }
                for (index, byte) in bytes.into_iter().enumerate() {
                    let at = offset + index;
                    let sector = Rng(rng.0 ^ (at / SECTOR) as u64).coin();
                    if at < self.durable.len() && (whole || sector) {
                        self.durable[at] = byte;
                    }
                }
                rng.next();
            }
        }
    }
}

struct Layer {
    disk: Disk,
    generation: u64,
}

impl Layer {
    fn begin(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.disk.lock();
        inner.begin(self.generation)?;
        Ok(inner)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        let inner = self.begin()?;
        let file = *inner.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Handle { disk: self.disk.clone(), generation: self.generation, file }))
    }
}

struct Unlock(Disk, u64);

impl Drop for Unlock {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        if inner.generation == self.1 {
            inner.locked = false;
        }
    }
}

impl FileLayer for Layer {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        self.begin().map(drop)
    }

    fn lock_dir(&self, _: &Path) -> io::Result<Option<DirLock>> {
        let mut inner = self.begin()?;
        let free = !std::mem::replace(&mut inner.locked, true);
        Ok(free.then(|| DirLock::new(Unlock(self.disk.clone(), self.generation))))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let inner = self.begin()?;
        let here = inner.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(here.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        let mut inner = self.begin()?;
        if inner.used() >= inner.space {
            return Err(io::ErrorKind::StorageFull.into());
        }
        inner.files.push(File::default());
        let file = inner.files.len() - 1;
        inner.change_name(NameChange::Add(path.to_owned(), file));
        Ok(Box::new(Handle { disk: self.disk.clone(), generation: self.generation, file }))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        self.open(path)
    }

    fn open_write(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        self.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.begin()?;
        let file = *inner.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        inner.change_name(NameChange::Add(to.to_owned(), file));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.begin()?;
        inner.change_name(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut inner = self.begin()?;
        inner.pending_names.clear();
        inner.durable_names = inner.names.clone();
        Ok(())
    }
}

struct Handle {
    disk: Disk,
    generation: u64,
    file: usize,
}

impl Handle {
    fn begin(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.disk.lock();
        inner.begin(self.generation)?;
        Ok(inner)
    }

    fn sync(&self) -> io::Result<()> {
        let time = {
            let mut inner = self.begin()?;
            inner.syncs += 1;
            inner.sync_time
        };
        if !time.is_zero() {
            thread::sleep(time);
        }
        let mut guard = self.disk.lock();
        let inner = &mut *guard;
        if inner.generation != self.generation {
            return Err(io::Error::other("the machine has stopped"));
        }
        if inner.failing_syncs > 0 {
            inner.failing_syncs -= 1;
            inner.files[self.file].fail_sync(&mut inner.rng);
            return Err(io::Error::other("input/output error"));
        }
        inner.files[self.file].sync();
        Ok(())
    }
}

impl LogFile for Handle {
    fn size(&self) -> io::Result<u64> {
        Ok(self.begin()?.files[self.file].cached.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let inner = self.begin()?;
        let rest = inner.files[self.file].cached.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut inner = self.begin()?;
        inner.writes += 1;
        let (size, offset) = (inner.files[self.file].cached.len(), offset as usize);
        let growth = (offset + bytes.len()).saturating_sub(size) as u64;
        let free = inner.space.saturating_sub(inner.used());
        if growth > free {
            let fitting = bytes.len() - (growth - free) as usize;
            inner.files[self.file].write(&bytes[..fitting], offset);
            return Err(io::ErrorKind::StorageFull.into());
        }
        if inner.refuses_zeros && bytes.iter().all(|byte| *byte == 0) {
            inner.files[self.file].write(&bytes[..bytes.len() / 2], offset);
            return Err(io::ErrorKind::StorageFull.into());
        }
        inner.files[self.file].write(bytes, offset);
        Ok(())
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        let mut inner = self.begin()?;
        let now = inner.files[self.file].cached.len() as u64;
        let free = inner.space.saturating_sub(inner.used());
        if size.saturating_sub(now) > free {
            // Some file systems take what there is before they fail.
            inner.files[self.file].resize((now + free) as usize);
            return Err(io::ErrorKind::StorageFull.into());
        }
        inner.files[self.file].resize(size.max(now) as usize);
        Ok(())
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.begin()?.files[self.file].resize(size as usize);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync()
    }
}
