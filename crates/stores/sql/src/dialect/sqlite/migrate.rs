use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// The steps from each schema to the next; a released step never changes.
const STEPS: [&str; 6] = [
    include_str!("../../../migrations/sqlite/0001_first.sql"),
    include_str!("../../../migrations/sqlite/0002_rings.sql"),
    include_str!("../../../migrations/sqlite/0003_pki.sql"),
    include_str!("../../../migrations/sqlite/0004_providers.sql"),
    include_str!("../../../migrations/sqlite/0006_objects.sql"),
    include_str!("../../../migrations/sqlite/0007_kept_objects.sql"),
];

/// "CLVG" in the header of the file, by which it is known as ours.
const APPLICATION_ID: i64 = 0x434c_5647;

/// The newest schema.
pub(super) const CURRENT: i64 = STEPS.len() as i64;

/// Brings a database, which may be empty, to the current schema: each step in a transaction of its own.
pub(super) fn to_current(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| OpenError::of(path, &error);
    let found = check_ours(connection, path)?;
    for (version, step) in (1..).zip(STEPS).filter(|(version, _)| *version > found) {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        transaction.execute_batch(step).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", version).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// The schema that it has; 0 if it is empty.
fn check_ours(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let failed = |error: rusqlite::Error| OpenError::of(path, &error);
    let number =
        |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(failed);
    let (found, application) = (number("user_version")?, number("application_id")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if found == 0 && application == 0 && tables == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if found > CURRENT {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: CURRENT });
    }
    Ok(found)
}
