//! The latch that keeps a PIN from being tried twice.
//!
//! Tokens count failed logins and lock up after a few. The latch is written before a login is tried and removed when the
//! token has accepted the PIN, or has refused for a reason that is not the PIN. A login that nobody saw the end of, because
//! we died or the module hung, leaves it there, as if the PIN had been wrong.
//!
//! There are two: one of the provider, which is known before the module is loaded, and beside it one of the token, which
//! counts the logins of all providers that lead to it. That of the provider names that of its token.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use claviger_crypto::sha256;

/// The latch of a token, in the directory of a provider's. Tokens that can't be told apart share one: one too many logins
/// is worse than one too few.
pub(crate) fn of_token(provider: &Path, label: &str, serial: &str) -> PathBuf {
    let identity = format!("{}:{serial}{label}", serial.len());
    let digest = hex::encode(sha256(identity.as_bytes()));
    provider.with_file_name(format!("{TOKEN}{digest}{LATCH}"))
}

const TOKEN: &str = "token-";
const LATCH: &str = ".latch";

/// Held from the look at a latch to the end of the login: anybody else would take the latch for that of a login that failed.
/// It ends with its process, however that ends, and the latch does not.
pub(crate) struct Turn {
    _locked: File,
}

/// Waits until nobody else is between the look at this latch and the end of a login, in this process or another.
///
/// # Errors
/// `TimedOut` if somebody still is after `patience`, otherwise as the system says.
pub(crate) async fn turn(latch: &Path, patience: Duration) -> io::Result<Turn> {
    // It stays: of two who lock a file, one of which was removed in between, both would have their turn.
    let path = latch.with_extension(TURN);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let end = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn { _locked: file }),
            Err(TryLockError::WouldBlock) if Instant::now() < end => tokio::time::sleep(PERIOD).await,
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "somebody else is logging in to the token",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

const TURN: &str = "turn";
const PERIOD: Duration = Duration::from_millis(10);

/// The files that have to go before a provider tries again: its latch, and that of the token which it names.
pub(crate) fn files(provider: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(provider).unwrap_or_default();
    let named = text.lines().filter(|line| {
        let digits = line.strip_prefix(TOKEN).and_then(|rest| rest.strip_suffix(LATCH));
        digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    let of_token = named.map(|name| provider.with_file_name(name)).filter(|path| is_set(path));
    std::iter::once(provider.to_owned()).chain(of_token).collect()
}

/// Lifts the latch of a provider and that of its token.
///
/// # Errors
/// As the system says.
pub(crate) fn clear_all(provider: &Path) -> io::Result<()> {
    // That of the provider last, since it names the other.
    files(provider).iter().rev().try_for_each(|path| clear(path))
}

/// Puts a latch down; it is durable when this returns.
///
/// # Errors
/// `AlreadyExists` if it is down, otherwise as the system says.
pub(crate) fn set(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written =
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_directory(path));
    if written.is_err() {
        // It is ours, and nothing was tried: what is left of it must not look like a login that failed.
        let _ = fs::remove_file(path);
    }
    written
}

/// Lifts a latch. That it is not there is no error.
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
