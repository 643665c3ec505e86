use std::{
    ffi::OsString,
    io::{self, Read},
    num::NonZeroU16,
    path::{Path, PathBuf},
    time::Duration,
};

use claviger_types::SecretBytes;
use zeroize::Zeroizing;

use crate::uri::TokenMatch;

/// Which token, and how it is used. [`Config::new`] has defaults for everything but the first four.
pub struct Config {
    /// The vendor's shared library: an absolute path.
    pub module: PathBuf,
    /// The token. Exactly one must fit.
    pub token: TokenMatch,
    /// How to log in.
    pub pin: Pin,
    /// A file that is there while a login is tried, and stays after one that failed: while it is there, nobody tries
    /// again. In a directory that is kept, of one provider only. Beside it is a file of the token, which keeps the other
    /// providers that have their latches in the directory from trying the same token. Beside each is an empty file that is locked
    /// while a login goes on; it stays.
    pub pin_latch: PathBuf,
    /// How the worker is started.
    pub worker: WorkerCommand,
    /// The whole environment of the worker: nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Files and directories that the module reads, besides system libraries and its own directory: its configuration.
    pub read: Vec<PathBuf>,
    /// Files and directories that the module writes and makes files in.
    pub write: Vec<PathBuf>,
    /// Unix sockets, or directories of them, that the module connects to, as modules of smart cards do to reach `pcscd`.
    /// Without any it can use none at all; but once there is one, before Linux has Landlock 9, it reaches every socket that
    /// our user reaches, our own among them.
    pub unix_sockets: Vec<PathBuf>,
    /// What the module must not reach: our data directory, our own sockets. Only checked against the other paths, because
    /// what is not allowed is forbidden.
    pub forbidden: Vec<PathBuf>,
    /// How many calls the token gets at once; each has a session of its own, and one more keeps us logged in. Fewer, if
    /// the token says that it has fewer.
    pub sessions: NonZeroU16,
    /// How many calls may wait for a session. More are refused as busy.
    pub waiting: usize,
    /// How long a call may take, once it has begun, and how long it may wait before. A call that takes longer ends the
    /// worker.
    pub deadline: Duration,
    /// The same for making and taking over a key, and for finding out what the token can do.
    pub generation_deadline: Duration,
    /// How long to wait after the first failure to open the token; twice as long after each that follows.
    pub first_retry: Duration,
    /// The longest such wait.
    pub longest_retry: Duration,
}

/// How to log in to the token.
pub enum Pin {
    /// Not at all: keys are made so that everyone who reaches the token can use them.
    None,
    /// With what is typed at the device, `CKF_PROTECTED_AUTHENTICATION_PATH`.
    ProtectedPath,
    /// With the PIN in a file, which is read at each login. A line feed at its end does not belong to it.
    File(PathBuf),
    /// With this PIN: it was asked for, or read from a descriptor ([`Pin::read`]).
    Given(SecretBytes),
}

/// How the worker is started.
pub struct WorkerCommand {
    /// A program that calls [`worker::main`](crate::worker::main).
    pub program: PathBuf,
    /// What makes it do so. Everything else comes over a socket that is its standard input.
    pub arguments: Vec<OsString>,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidConfig {
    /// A path is not absolute.
    #[error("{0} is not an absolute path")]
    Relative(PathBuf),
    /// A path that the module may reach leads to one that it must not.
    #[error("{allowed} would let the module reach {forbidden}")]
    Overlap {
        /// The path that the module may reach.
        allowed: PathBuf,
        /// The path that it must not.
        forbidden: PathBuf,
    },
    /// There is no runtime to run on.
    #[error("a provider is started within a Tokio runtime")]
    NoRuntime,
}

/// Tokens have PINs of at most 255 bytes.
const LONGEST_PIN: u64 = 256;

impl Config {
    /// Four sessions, 256 waiting calls, ten seconds for a call and sixty to make a key.
    #[must_use]
    pub fn new(module: PathBuf, token: TokenMatch, pin: Pin, pin_latch: PathBuf) -> Self {
        Self {
            module,
            token,
            pin,
            pin_latch,
            worker: WorkerCommand::default(),
            environment: Vec::new(),
            read: Vec::new(),
            write: Vec::new(),
            unix_sockets: Vec::new(),
            forbidden: Vec::new(),
            sessions: NonZeroU16::MIN.saturating_add(3),
            waiting: 256,
            deadline: Duration::from_secs(10),
            generation_deadline: Duration::from_secs(60),
            first_retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(60),
        }
    }

    /// # Errors
    /// If a path is not absolute, or the module could reach what it must not.
    pub(crate) fn check(&self) -> Result<(), InvalidConfig> {
        let named = self.read.iter().chain(&self.write).chain(&self.unix_sockets);
        let allowed = named.map(PathBuf::as_path).chain(self.module.parent());
        let all = [&self.module, &self.pin_latch];
        for path in allowed
            .clone()
            .chain(all.map(PathBuf::as_path))
            .chain(self.forbidden.iter().map(PathBuf::as_path))
        {
            if !path.is_absolute() {
                return Err(InvalidConfig::Relative(path.to_owned()));
            }
        }
        for allowed in allowed {
            for forbidden in self.forbidden.iter().chain([&self.pin_latch]) {
                let (inner, outer) = (real(forbidden), real(allowed));
                if inner.starts_with(&outer) || outer.starts_with(&inner) {
                    return Err(InvalidConfig::Overlap {
                        allowed: allowed.to_owned(),
                        forbidden: forbidden.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Default for WorkerCommand {
    /// This program with the argument `pkcs11-worker`; the very file that runs, also if another has taken its name
    /// since.
    fn default() -> Self {
        Self { program: PathBuf::from("/proc/self/exe"), arguments: vec!["pkcs11-worker".into()] }
    }
}

impl Pin {
    /// The PIN that can be read from a descriptor, up to its end. A line feed at its end does not belong to it.
    ///
    /// # Errors
    /// If it can't be read, is empty, or too long for one.
    pub fn read(source: impl Read) -> io::Result<Self> {
        read_pin(source).map(Self::Given)
    }

    /// The PIN, where there is one; `None` if it is not known to us.
    pub(crate) fn get(&self) -> io::Result<Option<SecretBytes>> {
        match self {
            Self::None | Self::ProtectedPath => Ok(None),
            Self::Given(pin) => Ok(Some(pin.duplicate())),
            Self::File(path) => read_pin(std::fs::File::open(path)?).map(Some),
        }
    }
}

fn read_pin(source: impl Read) -> io::Result<SecretBytes> {
    // Sized at once: growing would leave copies behind.
    let mut pin = Zeroizing::new(Vec::with_capacity(512));
    source.take(LONGEST_PIN + 1).read_to_end(&mut pin)?;
    if pin.last() == Some(&b'\n') {
        pin.pop();
    }
    match u64::try_from(pin.len()) {
        Ok(1..LONGEST_PIN) => Ok(SecretBytes::from(pin)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a PIN has 1 to 255 bytes")),
    }
}

/// Without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
