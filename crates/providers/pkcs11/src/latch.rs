//! The latch that keeps a PIN from being tried twice.
//!
//! Tokens count failed logins and lock up after a few. The latch is written before a login is tried and removed when the
//! token has accepted the PIN, or has refused for a reason that is not the PIN. A login that nobody saw the end of, because
//! we died or the module hung, leaves it there, as if the PIN had been wrong.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Puts the latch down; it is durable when this returns.
///
/// # Errors
/// `AlreadyExists` if it is down, otherwise as the system says.
pub(crate) fn set(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_directory(path)
}

/// Lifts the latch. That it is not there is no error.
///
/// # Errors
/// As the system says.
pub(crate) fn clear(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_directory(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether it is down. What can't be told counts as down.
pub(crate) fn is_set(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
