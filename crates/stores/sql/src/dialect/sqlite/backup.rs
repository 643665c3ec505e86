use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use claviger_ports::StoreError;
use rusqlite::Connection;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::open::sync_directory;
use crate::error::Fault;

/// Writes all that `connection` sees to a new file: one state of the database, although others go on writing.
///
/// The file appears under its name when it is complete and durable.
pub(super) fn write(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("the backup failed: {error}"));
    if fs::symlink_metadata(path).is_ok() {
        return Err(StoreError::Unavailable("the file of the backup exists already".into()));
    }
    let partial = Partial::create(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Unavailable(
            "an unfinished backup, whose name ends in .partial, is in the way; remove it".into(),
        ),
        _ => failed(error),
    })?;
    copy(connection, &partial.path)?;
    File::open(&partial.path).and_then(|file| file.sync_all()).map_err(failed)?;
    renameat_with(CWD, &partial.path, CWD, path, RenameFlags::NOREPLACE)
        .map_err(|error| failed(error.into()))?;
    sync_directory(path).map_err(failed)
}

fn copy(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let to =
        to.to_str().ok_or_else(|| StoreError::Unavailable("the path of the backup is not UTF-8".into()))?;
    connection.execute("VACUUM INTO ?1", [to]).map_err(Fault::from)?;
    Ok(())
}

/// A file that goes away unless it was renamed.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// Empty, which `VACUUM INTO` accepts, and readable for the owner only before anything is in it.
    fn create(target: &Path) -> io::Result<Self> {
        let mut path = std::path::absolute(target)?.into_os_string();
        path.push(".partial");
        let path = PathBuf::from(path);
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already after the renaming.
        let _ = fs::remove_file(&self.path);
    }
}
