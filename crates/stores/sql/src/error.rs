use claviger_ports::StoreError;
use rusqlite::{ErrorCode, ffi};

/// Why a statement or a record failed, before it is known what that means to the caller.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The engine failed.
    Sqlite(rusqlite::Error),
    /// The meaning is known.
    Store(StoreError),
}

impl Fault {
    /// A change found another state than it expects.
    pub(crate) const fn conflict(text: &'static str) -> Self {
        Self::Store(StoreError::Conflict(text))
    }

    /// Gives a violated key of a table its meaning; a missing parent has one meaning everywhere.
    pub(crate) fn on_taken(error: rusqlite::Error, text: &'static str) -> Self {
        match extended_code(&error) {
            Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE) => Self::conflict(text),
            Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
                Self::conflict("what the record belongs to does not exist")
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sqlite(error) => meaning(&error),
            Fault::Store(error) => error,
        }
    }
}

/// What a stored value that nobody can have stored is called.
pub(crate) fn inconsistent(table: &'static str, detail: impl Into<String>) -> StoreError {
    StoreError::Inconsistent { table, detail: detail.into() }
}

/// The same error once more, for another caller of the same group.
pub(crate) fn repeat(error: &StoreError) -> StoreError {
    match error {
        StoreError::Conflict(text) => StoreError::Conflict(text),
        StoreError::Inconsistent { table, detail } => {
            StoreError::Inconsistent { table, detail: detail.clone() }
        }
        StoreError::Unavailable(text) => StoreError::Unavailable(text.clone()),
        StoreError::Internal(text) => StoreError::Internal(text.clone()),
    }
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

fn meaning(error: &rusqlite::Error) -> StoreError {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(code, message) => match code.code {
            ErrorCode::DiskFull => StoreError::Unavailable("the disk is full".into()),
            ErrorCode::ReadOnly => StoreError::Unavailable("the database is on a read-only disk".into()),
            ErrorCode::SystemIoFailure => {
                StoreError::Unavailable(format!("the disk failed (SQLite error {})", code.extended_code))
            }
            ErrorCode::CannotOpen => StoreError::Unavailable("a file of the database can't be opened".into()),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                StoreError::Unavailable("the database is busy".into())
            }
            ErrorCode::OutOfMemory => StoreError::Unavailable("out of memory".into()),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                inconsistent("the whole file", "the database is damaged")
            }
            _ => StoreError::Internal(match message {
                Some(message) => format!("{message} (SQLite error {})", code.extended_code),
                None => format!("SQLite error {}", code.extended_code),
            }),
        },
        E::FromSqlConversionFailure(..)
        | E::InvalidColumnType(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..) => inconsistent("some table", error.to_string()),
        other => StoreError::Internal(other.to_string()),
    }
}
