use std::{
    fs::{self, DirBuilder, File},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

use crate::failure::{Failure, Result};

/// The directory that holds everything of an installation.
pub(crate) struct DataDir {
    path: PathBuf,
}

/// A data directory that no other process uses.
pub(crate) struct LockedDir {
    dir: DataDir,
    _lock: File,
}

const MARKER: &str = "development";

impl DataDir {
    /// Makes the directory if there is none; an existing one must be private.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        if !path.exists() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.map_err(Failure::at(format!("the data directory {} can't be made", path.display())))?;
        }
        Self::open(path)
    }

    /// An existing directory.
    ///
    /// # Errors
    /// If it, or something in it, can be read or written by others than the user that we run as.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let path = path.canonicalize().map_err(Failure::at(format!(
            "the data directory {} can't be used; make it with 'claviger init'",
            path.display()
        )))?;
        check_private(&path, Kind::Directory)?;
        let dir = Self { path };
        dir.check_entries(&dir.path)?;
        for inner in [dir.audit(), dir.tls()] {
            if inner.exists() {
                dir.check_entries(&inner)?;
            }
        }
        Ok(dir)
    }

    /// Keeps other processes out until it is dropped.
    pub(crate) fn lock(self) -> Result<LockedDir> {
        let failed = || format!("the data directory {} can't be locked", self.path.display());
        let lock = File::open(&self.path).map_err(Failure::at(failed()))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(LockedDir { dir: self, _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Failure::new(format!(
                "another claviger uses the data directory {}; stop it first, or choose another directory",
                self.path.display()
            ))),
            Err(error) => Err(Failure::new(failed()).because(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The header of keyslots. Whoever loses it loses every key.
    pub(crate) fn header(&self) -> PathBuf {
        self.path.join("keyslots.json")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("claviger.db")
    }

    /// The segments of the audit log, and nothing else.
    pub(crate) fn audit(&self) -> PathBuf {
        self.path.join("audit")
    }

    /// The public half of the key that signs checkpoints of the audit log.
    pub(crate) fn audit_public_key(&self) -> PathBuf {
        self.path.join("audit-signing-key.pem")
    }

    /// Up to where the audit log needs no reconciliation.
    pub(crate) fn audit_mark(&self) -> PathBuf {
        self.path.join("audit-settled.json")
    }

    /// What the installation is.
    pub(crate) fn installation(&self) -> PathBuf {
        self.path.join("installation.json")
    }

    /// The socket of the administrator, unless the configuration says otherwise.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path.join("claviger.sock")
    }

    /// Backups, one directory each.
    pub(crate) fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    /// Certificates of a development directory.
    pub(crate) fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// The key file of a development directory.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.path.join("keyslot.key")
    }

    /// What clients of a development directory export.
    pub(crate) fn dev_env(&self) -> PathBuf {
        self.path.join("dev.env")
    }

    /// The key file for Google's libraries of a development directory.
    pub(crate) fn google_account(&self) -> PathBuf {
        self.path.join("google.json")
    }

    /// Whether `claviger dev` made it.
    pub(crate) fn is_development(&self) -> bool {
        self.marker().exists()
    }

    /// The file that says so.
    pub(crate) fn marker(&self) -> PathBuf {
        self.path.join(MARKER)
    }

    pub(crate) fn is_empty(&self) -> Result<bool> {
        let failed = format!("{} can't be read", self.path.display());
        Ok(fs::read_dir(&self.path).map_err(Failure::at(failed))?.next().is_none())
    }

    fn check_entries(&self, directory: &Path) -> Result<()> {
        let failed = || format!("{} can't be read", directory.display());
        for entry in fs::read_dir(directory).map_err(Failure::at(failed()))? {
            let entry = entry.map_err(Failure::at(failed()))?;
            let kind = entry.file_type().map_err(Failure::at(failed()))?;
            // What sockets let through is decided by their own configuration; links are not followed.
            if kind.is_dir() {
                check_private(&entry.path(), Kind::Directory)?;
            } else if kind.is_file() {
                check_private(&entry.path(), Kind::File)?;
            }
        }
        Ok(())
    }
}

impl std::ops::Deref for LockedDir {
    type Target = DataDir;

    fn deref(&self) -> &DataDir {
        &self.dir
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Directory,
    File,
}

fn check_private(path: &Path, kind: Kind) -> Result<()> {
    let shown = path.display();
    let metadata = fs::symlink_metadata(path).map_err(Failure::at(format!("{shown} can't be examined")))?;
    let (is_right, what, mode) = match kind {
        Kind::Directory => (metadata.is_dir(), "directory", "700"),
        Kind::File => (metadata.is_file(), "file", "600"),
    };
    if !is_right {
        return Err(Failure::new(format!("{shown} is not a {what}")));
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(Failure::new(format!(
            "{shown} belongs to user {} and we run as {user}: run as its owner, or 'chown {user} {shown}'",
            metadata.uid()
        )));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(Failure::new(format!(
            "{shown} has mode {:03o}, so that others than its owner can use it: 'chmod {mode} {shown}'",
            metadata.mode() & 0o777
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
