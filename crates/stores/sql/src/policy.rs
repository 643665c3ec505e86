//! The texts of policies of keys and managed objects, each stored once however many have it.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Fault;

/// The id of a text, which is stored if it is new.
pub(crate) fn intern(connection: &Connection, text: &str) -> Result<i64, Fault> {
    let found = connection
        .prepare_cached("SELECT id FROM policy WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    Ok(connection.prepare_cached("INSERT INTO policy (text) VALUES (?1)")?.insert([text])?)
}

/// Removes a text if nothing has it any more.
pub(crate) fn release(connection: &Connection, id: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "DELETE FROM policy WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM key WHERE policy = ?1)
             AND NOT EXISTS (SELECT 1 FROM managed_object WHERE policy = ?1)",
        )?
        .execute([id])?;
    Ok(())
}
