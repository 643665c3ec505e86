use std::sync::Arc;

use claviger_ports::{KeyRecord, Page, RingCursor, StoreError};
use claviger_types::{
    AccountId, AttachedPolicy, KeyId, KeyRing, KeyRingName, Revision, RingKeyName, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    column,
    error::{Fault, inconsistent},
    key,
};

const TABLE: &str = "key_ring";

/// Writes a ring whose stored revision is that of `ring`, with the next revision.
pub(crate) fn put(connection: &Connection, ring: &KeyRing) -> Result<(), Fault> {
    let revision = i64::try_from(ring.revision.0)
        .map_err(|_| StoreError::Internal("a revision is out of range".into()))?;
    let sql = match ring.revision {
        Revision::NEW => {
            "INSERT INTO key_ring (project, name, policy, policy_source, created, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6 + 1)"
        }
        _ => {
            "UPDATE key_ring SET policy = ?3, policy_source = ?4, created = ?5, revision = ?6 + 1
             WHERE project = ?1 AND name = ?2 AND revision = ?6"
        }
    };
    let policy = ring.policy.as_ref();
    let written = connection
        .prepare_cached(sql)?
        .execute((
            column::account_to_column(ring.project),
            ring.name.as_str(),
            policy.map(|policy| &*policy.document),
            policy.map(|policy| &*policy.source),
            ring.created.micros(),
            revision,
        ))
        .map_err(|error| Fault::on_taken(error, "the key ring exists already"))?;
    if written == 0 { Err(Fault::conflict("the key ring was changed by somebody else")) } else { Ok(()) }
}

pub(crate) fn find(
    connection: &Connection,
    project: AccountId,
    name: &KeyRingName,
) -> Result<Option<KeyRing>, Fault> {
    connection
        .prepare_cached(
            "SELECT project, name, policy, policy_source, created, revision FROM key_ring
             WHERE project = ?1 AND name = ?2",
        )?
        .query_row((column::account_to_column(project), name.as_str()), RingRow::read)
        .optional()?
        .map(|row| KeyRing::try_from(row).map_err(Fault::from))
        .transpose()
}

pub(crate) fn list(
    connection: &Connection,
    project: AccountId,
    after: Option<&KeyRingName>,
    limit: usize,
) -> Result<Page<KeyRing>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT project, name, policy, policy_source, created, revision FROM key_ring
         WHERE project = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
    )?;
    // The empty text is before every name.
    let after = after.map_or("", KeyRingName::as_str);
    let rows = statement.query_and_then(
        (column::account_to_column(project), after, column::one_more(limit)),
        |row| -> Result<KeyRing, Fault> { Ok(RingRow::read(row)?.try_into()?) },
    )?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

/// The key that has, or had, this name in a ring.
pub(crate) fn key_named(
    connection: &Connection,
    project: AccountId,
    ring: &KeyRingName,
    name: &RingKeyName,
) -> Result<Option<KeyId>, Fault> {
    Ok(connection
        .prepare_cached("SELECT id FROM key WHERE project = ?1 AND ring = ?2 AND name = ?3")?
        .query_row((column::account_to_column(project), ring.as_str(), name.as_str()), |row| {
            row.get(0).map(KeyId::from_bytes)
        })
        .optional()?)
}

/// The keys of a ring: those with names, by name, then the others, by id. The caller sees to it that all is read from one
/// snapshot.
pub(crate) fn keys(
    connection: &Connection,
    project: AccountId,
    ring: &KeyRingName,
    after: Option<&RingCursor>,
    limit: usize,
) -> Result<Page<KeyRecord>, Fault> {
    let mut ids = match after {
        None => named_after(connection, project, ring, "", limit)?,
        Some(RingCursor::Name(name)) => named_after(connection, project, ring, name.as_str(), limit)?,
        Some(RingCursor::Id(_)) => Vec::new(),
    };
    if ids.len() <= limit && ring.is_default() {
        let after = match after {
            Some(RingCursor::Id(id)) => Some(*id),
            None | Some(RingCursor::Name(_)) => None,
        };
        ids.extend(unnamed_after(connection, project, after, limit - ids.len())?);
    }
    let Page { items, more } = column::page(ids, limit);
    let mut keys = Vec::with_capacity(items.len());
    for id in items {
        keys.extend(key::find(connection, id)?);
    }
    Ok(Page { items: keys, more })
}

fn named_after(
    connection: &Connection,
    project: AccountId,
    ring: &KeyRingName,
    after: &str,
    limit: usize,
) -> Result<Vec<KeyId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM key WHERE project = ?1 AND ring = ?2 AND name > ?3 AND state <> 'destroyed'
         ORDER BY name LIMIT ?4",
    )?;
    let values = (column::account_to_column(project), ring.as_str(), after, column::one_more(limit));
    let rows = statement.query_map(values, |row| row.get(0).map(KeyId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn unnamed_after(
    connection: &Connection,
    project: AccountId,
    after: Option<KeyId>,
    limit: usize,
) -> Result<Vec<KeyId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM key WHERE project = ?1 AND id > ?2 AND name IS NULL AND state <> 'destroyed'
         ORDER BY id LIMIT ?3",
    )?;
    // The empty blob is before every id.
    let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
    let values = (column::account_to_column(project), after, column::one_more(limit));
    let rows = statement.query_map(values, |row| row.get(0).map(KeyId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

struct RingRow {
    project: i64,
    name: String,
    policy: Option<String>,
    policy_source: Option<String>,
    created: i64,
    revision: i64,
}

impl RingRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            project: row.get(0)?,
            name: row.get(1)?,
            policy: row.get(2)?,
            policy_source: row.get(3)?,
            created: row.get(4)?,
            revision: row.get(5)?,
        })
    }
}

impl TryFrom<RingRow> for KeyRing {
    type Error = StoreError;

    fn try_from(row: RingRow) -> Result<Self, StoreError> {
        let policy = match (row.policy, row.policy_source) {
            (Some(document), Some(source)) => {
                Some(AttachedPolicy { document: Arc::from(document), source: Arc::from(source) })
            }
            (None, None) => None,
            _ => return Err(inconsistent(TABLE, "half of a policy")),
        };
        Ok(Self {
            project: column::account(TABLE, row.project)?,
            name: column::parsed(TABLE, "name", &row.name)?,
            policy,
            created: Timestamp::from_micros(row.created),
            revision: Revision(column::narrowed(TABLE, "revision", row.revision)?),
        })
    }
}
