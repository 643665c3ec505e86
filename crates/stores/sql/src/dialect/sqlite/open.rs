use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{migrate, wal};

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The file. The log, its index and the lock lie beside it.
    pub path: PathBuf,
    /// Whether a missing file is an error; otherwise it is made.
    pub must_exist: bool,
    /// Threads that read, each with a connection; at least one is started.
    pub readers: usize,
    /// Page cache of each connection in KiB.
    pub cache_kib: u32,
    /// A registered VFS to use instead of the file system; then nothing but SQLite touches `path`: no lock, no modes.
    pub vfs: Option<String>,
}

impl SqliteOptions {
    /// The usual options for a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), must_exist: false, readers: 2, cache_kib: 2048, vfs: None }
    }
}

/// Why a database was not opened. Nothing has been changed then, except that a new file may have been made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has the lock.
    #[error("another process uses {}", .0.display())]
    InUse(PathBuf),
    /// It should have been there.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// It holds something else.
    #[error("{} is not a database of Claviger", .0.display())]
    Foreign(PathBuf),
    /// A newer release has written it.
    #[error("{} has schema {found}, written by a newer release; this one knows up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that we know.
        known: i64,
    },
    /// What is in it can't be what was written.
    #[error("{} is damaged ({reason}); restore a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The file system refused.
    #[error("{} can't be opened: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite refused for another reason.
    #[error("{} can't be opened: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
}

impl OpenError {
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, reason },
            _ => Self::Failed { path, reason },
        }
    }
}

/// What is held as long as the store is open.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) readers: Vec<Connection>,
    pub(super) lock: Option<File>,
}

/// Locks, opens, migrates, and writes the log of an earlier run back.
pub(super) fn open(options: &SqliteOptions) -> Result<Opened, OpenError> {
    let path = absolute(&options.path)?;
    let lock = match options.vfs {
        Some(_) => None,
        None => {
            let lock = lock(&path)?;
            prepare_file(&path, options.must_exist)?;
            Some(lock)
        }
    };
    let failed = |error| OpenError::of(&path, &error);
    let mut writer = connect(options, &path, Access::Write).map_err(failed)?;
    if options.must_exist && is_empty(&writer).map_err(failed)? {
        return Err(OpenError::Missing(path));
    }
    migrate::to_current(&mut writer, &path)?;
    // Also makes up for the removal of secrets that a crash left in the log.
    wal::truncate(&writer).map_err(failed)?;
    let readers = (0..options.readers.max(1))
        .map(|_| connect(options, &path, Access::Read))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    Ok(Opened { writer, readers, lock })
}

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read only.
    Read,
    /// Everything.
    Write,
}

/// A connection with the pragmas that all have.
pub(super) fn connect(options: &SqliteOptions, path: &Path, access: Access) -> rusqlite::Result<Connection> {
    // Each connection belongs to one thread at a time, so SQLite needs no mutex.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
    let connection = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.set_prepared_statement_cache_capacity(96);
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    if access == Access::Write {
        prepare_writer(&connection)?;
    }
    Ok(connection)
}

fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    let ignore = |_: &rusqlite::Row<'_>| Ok(());
    // With a write-ahead log the same as `full`. Before the switch to it, it matters: the removal of the rollback
    // journal that the switch makes is synced too, or a power loss could bring the journal back and undo everything.
    connection.pragma_update(None, "synchronous", "extra")?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidParameterName(format!(
            "no write-ahead log: journal mode {mode}"
        )));
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, ignore)?;
    // The writer writes the log back itself, when nobody waits for it.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, ignore)?;
    connection.pragma_update_and_check(None, "journal_size_limit", wal::KEPT_BYTES, ignore)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// Absolute, also because SQLite would take a name that begins with `file:` for a URI.
fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(|source| OpenError::Io { path: path.to_owned(), source })
}

/// The lock lasts as long as the file is open, and is freed by the kernel if the process dies.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&lock_path)
        .map_err(|source| OpenError::Io { path: lock_path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path: lock_path, source }),
    }
}

/// Makes a new file that only its owner can read, or sees to it that an old one is such; SQLite gives its other files
/// the same mode.
fn prepare_file(path: &Path, must_exist: bool) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        Err(_) if must_exist => Err(OpenError::Missing(path.to_owned())),
        Err(_) => {
            OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(failed)?;
            sync_directory(path).map_err(failed)
        }
    }
}

/// Makes the name of a new file durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
