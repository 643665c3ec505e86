use claviger_ports::{AliasRecord, Page, StoreError};
use claviger_types::{AccountId, AliasName, KeyId, KeyName, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{column, error::Fault};

const TABLE: &str = "name";

pub(crate) fn insert(
    connection: &Connection,
    project: AccountId,
    name: &KeyName,
    key: KeyId,
    created: Timestamp,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO name (project, namespace, value, key, created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute((
            column::account_to_column(project),
            name.namespace,
            &*name.value,
            key.as_bytes(),
            created.micros(),
        ))
        .map_err(|error| Fault::on_taken(error, "the name is taken"))?;
    Ok(())
}

pub(crate) fn point_to(
    connection: &Connection,
    project: AccountId,
    name: &KeyName,
    key: KeyId,
    updated: Timestamp,
) -> Result<(), Fault> {
    let moved = connection
        .prepare_cached(
            "UPDATE name SET key = ?4, updated = ?5 WHERE project = ?1 AND namespace = ?2 AND value = ?3",
        )?
        .execute((
            column::account_to_column(project),
            name.namespace,
            &*name.value,
            key.as_bytes(),
            updated.micros(),
        ))
        .map_err(|error| Fault::on_taken(error, "the name is taken"))?;
    expect_one(moved)
}

pub(crate) fn delete(connection: &Connection, project: AccountId, name: &KeyName) -> Result<(), Fault> {
    let deleted = connection
        .prepare_cached("DELETE FROM name WHERE project = ?1 AND namespace = ?2 AND value = ?3")?
        .execute((column::account_to_column(project), name.namespace, &*name.value))?;
    expect_one(deleted)
}

pub(crate) fn key_named(
    connection: &Connection,
    project: AccountId,
    name: &KeyName,
) -> Result<Option<KeyId>, Fault> {
    Ok(connection
        .prepare_cached("SELECT key FROM name WHERE project = ?1 AND namespace = ?2 AND value = ?3")?
        .query_row((column::account_to_column(project), name.namespace, &*name.value), |row| {
            row.get(0).map(KeyId::from_bytes)
        })
        .optional()?)
}

/// The aliases of a key, by name.
pub(crate) fn aliases_of_key(connection: &Connection, key: KeyId) -> Result<Vec<AliasName>, Fault> {
    connection
        .prepare_cached("SELECT value FROM name WHERE key = ?1 AND namespace = ?2 ORDER BY value")?
        .query_and_then((key.as_bytes(), AliasName::NAMESPACE), |row| {
            Ok(column::parsed(TABLE, "alias", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?)
        })?
        .collect()
}

/// The aliases of a project, or of one key of it.
pub(crate) fn aliases(
    connection: &Connection,
    project: AccountId,
    key: Option<KeyId>,
    after: Option<&AliasName>,
    limit: usize,
) -> Result<Page<AliasRecord>, Fault> {
    let project = column::account_to_column(project);
    // The empty text is before every name.
    let after = after.map_or("", AliasName::as_str);
    let limited = column::one_more(limit);
    let read = |row: &Row<'_>| -> Result<AliasRecord, Fault> { Ok(AliasRow::read(row)?.try_into()?) };
    let rows: Vec<AliasRecord> = match key {
        None => connection
            .prepare_cached(
                "SELECT value, key, created, updated FROM name
                 WHERE project = ?1 AND namespace = ?2 AND value > ?3 ORDER BY value LIMIT ?4",
            )?
            .query_and_then((project, AliasName::NAMESPACE, after, limited), read)?
            .collect::<Result<_, _>>()?,
        // The plus keeps SQLite from walking through all names of the project: a key has few.
        Some(key) => connection
            .prepare_cached(
                "SELECT value, key, created, updated FROM name
                 WHERE key = ?5 AND namespace = ?2 AND value > ?3 AND +project = ?1 ORDER BY value LIMIT ?4",
            )?
            .query_and_then((project, AliasName::NAMESPACE, after, limited, key.as_bytes()), read)?
            .collect::<Result<_, _>>()?,
    };
    Ok(column::page(rows, limit))
}

fn expect_one(changed: usize) -> Result<(), Fault> {
    if changed == 0 { Err(Fault::conflict("there is no such name")) } else { Ok(()) }
}

struct AliasRow {
    value: String,
    key: [u8; 16],
    created: i64,
    updated: i64,
}

impl AliasRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { value: row.get(0)?, key: row.get(1)?, created: row.get(2)?, updated: row.get(3)? })
    }
}

impl TryFrom<AliasRow> for AliasRecord {
    type Error = StoreError;

    fn try_from(row: AliasRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: column::parsed(TABLE, "alias", &row.value)?,
            key: KeyId::from_bytes(row.key),
            created: Timestamp::from_micros(row.created),
            updated: Timestamp::from_micros(row.updated),
        })
    }
}
