use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};

/// What the log asks of a file system: a seam, so that tests can lose, tear and refuse writes.
pub trait FileLayer: Send + Sync {
    /// Creates the directory with mode 0700, durably, unless it exists.
    ///
    /// # Errors
    /// From the system, as for all methods here.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// Locks the directory against other processes until the lock is dropped; `None` if another has it.
    ///
    /// # Errors
    /// As above.
    fn lock_dir(&self, dir: &Path) -> io::Result<Option<DirLock>>;

    /// Names of all files in the directory.
    ///
    /// # Errors
    /// As above.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// A new, empty file with mode 0600 for reading and writing, instead of any there is.
    ///
    /// # Errors
    /// As above.
    fn create(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;

    /// An existing file for reading.
    ///
    /// # Errors
    /// As above.
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;

    /// An existing file for reading and writing.
    ///
    /// # Errors
    /// As above.
    fn open_write(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;

    /// Renames a file, replacing any of the new name.
    ///
    /// # Errors
    /// As above.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As above.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals in the directory durable.
    ///
    /// # Errors
    /// As above.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file.
pub trait LogFile: Send {
    /// Its size in bytes.
    ///
    /// # Errors
    /// From the system, as for all methods here.
    fn size(&self) -> io::Result<u64>;

    /// Reads up to `buffer.len()` bytes; 0 at the end.
    ///
    /// # Errors
    /// As above.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes, or fails after having written any part of them.
    ///
    /// # Errors
    /// As above.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Takes space for and grows the file to `size` bytes, the new ones zero. Never shrinks it.
    ///
    /// # Errors
    /// As above; the file is then usable as before.
    fn allocate(&self, size: u64) -> io::Result<()>;

    /// Cuts or extends the file.
    ///
    /// # Errors
    /// As above.
    fn set_size(&self, size: u64) -> io::Result<()>;

    /// Makes the content durable, and the size as far as it is needed to read it (`fdatasync`).
    ///
    /// # Errors
    /// As above; what was written since the last success must then be taken for lost, whatever reading shows.
    fn sync_data(&self) -> io::Result<()>;

    /// Makes content and size durable (`fsync`).
    ///
    /// # Errors
    /// As for [`sync_data`](Self::sync_data).
    fn sync_all(&self) -> io::Result<()>;
}

/// A locked directory; dropping it unlocks.
pub struct DirLock(#[expect(dead_code, reason = "held for its drop")] Box<dyn Send>);

impl DirLock {
    /// Keeps `guard` until the lock is dropped.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self(Box::new(guard))
    }
}

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdFiles;

impl FileLayer for StdFiles {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        match dir.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => self.sync_dir(parent),
            _ => Ok(()),
        }
    }

    fn lock_dir(&self, dir: &Path) -> io::Result<Option<DirLock>> {
        let handle = File::open(dir)?;
        match flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(DirLock::new(handle))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            // A name that is not Unicode is none of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Box::new(StdFile(file)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(StdFile(File::open(path)?)))
    }

    fn open_write(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(StdFile(OpenOptions::new().read(true).write(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

struct StdFile(File);

impl LogFile for StdFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match self.0.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn allocate(&self, size: u64) -> io::Result<()> {
        Ok(fallocate(&self.0, FallocateFlags::empty(), 0, size)?)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.0.set_len(size)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}
