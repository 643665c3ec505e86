//! How the write-ahead log is kept short.

use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, wal::CheckpointMode};

/// What of the log's file is kept for reuse when it starts over: syncing blocks that exist is faster than new ones.
pub(super) const KEPT_BYTES: i64 = 16 << 20;

/// Pages after which the log is written back, when nobody waits.
const WRITE_BACK_PAGES: i32 = 4000;

/// Pages after which new commits wait for the log to start over; readers that never pause could hold it up otherwise.
const LIMIT_PAGES: i32 = 16_000;

/// How long a commit may be held up by waiting for readers.
const PATIENCE: Duration = Duration::from_millis(50);

/// Whether the log holds nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truncation {
    Done,
    ReadersInTheWay,
}

/// Writes the log back and cuts it to nothing.
pub(super) fn truncate(connection: &Connection) -> rusqlite::Result<Truncation> {
    match checkpoint(connection, CheckpointMode::TRUNCATE) {
        Ok(_) => Ok(Truncation::Done),
        Err(error) if is_busy(&error) => Ok(Truncation::ReadersInTheWay),
        Err(error) => Err(error),
    }
}

/// Writes the log back if it has become long.
pub(super) fn keep_short(connection: &Connection) -> rusqlite::Result<()> {
    let (pages, written_back) = checkpoint(connection, CheckpointMode::NOOP)?;
    if pages.saturating_sub(written_back) < WRITE_BACK_PAGES {
        return Ok(());
    }
    let mode = if pages < LIMIT_PAGES { CheckpointMode::PASSIVE } else { CheckpointMode::RESTART };
    match checkpoint(connection, mode) {
        Err(error) if !is_busy(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Pages in the log, and how many of them are in the database too.
fn checkpoint(connection: &Connection, mode: CheckpointMode) -> rusqlite::Result<(i32, i32)> {
    connection.busy_timeout(PATIENCE)?;
    connection.wal_checkpoint_v2(Some(MAIN_DB), mode)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
