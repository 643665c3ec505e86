use claviger_ports::{Page, StoreError};
use claviger_types::{
    AccountId, Grant, GrantConstraint, GrantId, GrantOperation, GrantOperations, KeyId, RequestId, Timestamp,
};
use rusqlite::{Connection, Row, named_params};

use crate::{
    column,
    error::{Fault, inconsistent},
};

const TABLE: &str = "key_grant";
const CONTEXT_EQUALS: &str = "context-equals";
const CONTEXT_SUBSET: &str = "context-subset";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key_grant.id, key_grant.key, key_grant.grantee, key_grant.retiring, key_grant.operations, ",
            "key_grant.constraint_kind, key_grant.constraint_json, key_grant.name, key_grant.issuer, ",
            "key_grant.created, key_grant.request FROM key_grant ",
            $rest
        )
    };
}

pub(crate) fn insert(connection: &Connection, grant: &Grant) -> Result<(), Fault> {
    let (constraint_kind, constraint_json) = constraint_to_columns(grant.constraint.as_ref())?;
    connection
        .prepare_cached(
            "INSERT INTO key_grant (id, key, grantee, retiring, operations, constraint_kind, constraint_json, name,
                 issuer, created, request)
             VALUES (:id, :key, :grantee, :retiring, :operations, :constraint_kind, :constraint_json, :name,
                 :issuer, :created, :request)",
        )?
        .execute(named_params! {
            ":id": grant.id.as_str(),
            ":key": grant.key.as_bytes(),
            ":grantee": &*grant.grantee,
            ":retiring": grant.retiring.as_deref(),
            ":operations": operations_to_column(grant.operations),
            ":constraint_kind": constraint_kind,
            ":constraint_json": constraint_json,
            ":name": grant.name.as_deref(),
            ":issuer": &*grant.issuer,
            ":created": grant.created.micros(),
            ":request": grant.request.as_bytes(),
        })
        .map_err(|error| Fault::on_taken(error, "the grant exists already"))?;
    Ok(())
}

pub(crate) fn delete(connection: &Connection, key: KeyId, id: &GrantId) -> Result<(), Fault> {
    let deleted = connection
        .prepare_cached("DELETE FROM key_grant WHERE id = ?1 AND key = ?2")?
        .execute((id.as_str(), key.as_bytes()))?;
    if deleted == 0 { Err(Fault::conflict("there is no such grant")) } else { Ok(()) }
}

pub(crate) fn exist_for(connection: &Connection, key: KeyId) -> Result<bool, Fault> {
    Ok(connection.prepare_cached("SELECT 1 FROM key_grant WHERE key = ?1")?.exists([key.as_bytes()])?)
}

pub(crate) fn of_key(connection: &Connection, key: KeyId) -> Result<Vec<Grant>, Fault> {
    connection
        .prepare_cached(select!("WHERE key_grant.key = ?1 ORDER BY key_grant.id"))?
        .query_and_then([key.as_bytes()], |row| Ok(GrantRow::read(row)?.try_into()?))?
        .collect()
}

/// Grants that name `retiring` as retiring principal. Grantees that may retire by `RetireGrant` are not among them.
pub(crate) fn retirable_by(
    connection: &Connection,
    project: AccountId,
    retiring: &str,
    after: Option<&GrantId>,
    limit: usize,
) -> Result<Page<Grant>, Fault> {
    let mut statement = connection.prepare_cached(select!(
        "JOIN key ON key.id = key_grant.key
         WHERE key_grant.retiring = ?1 AND key_grant.id > ?2 AND key.project = ?3 ORDER BY key_grant.id LIMIT ?4"
    ))?;
    // The empty text is before every id.
    let after = after.map_or("", GrantId::as_str);
    let rows = statement.query_and_then(
        (retiring, after, column::account_to_column(project), column::one_more(limit)),
        |row| -> Result<Grant, Fault> { Ok(GrantRow::read(row)?.try_into()?) },
    )?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

fn operations_to_column(operations: GrantOperations) -> String {
    operations.iter().map(GrantOperation::name).collect::<Vec<_>>().join(" ")
}

fn operations(text: &str) -> Result<GrantOperations, StoreError> {
    text.split_ascii_whitespace()
        .map(|name| {
            GrantOperation::from_name(name).ok_or_else(|| inconsistent(TABLE, "an unknown operation"))
        })
        .collect()
}

fn constraint_to_columns(
    constraint: Option<&GrantConstraint>,
) -> Result<(Option<&'static str>, Option<String>), StoreError> {
    let (kind, pairs) = match constraint {
        None => return Ok((None, None)),
        Some(GrantConstraint::ContextEquals(pairs)) => (CONTEXT_EQUALS, pairs),
        Some(GrantConstraint::ContextSubset(pairs)) => (CONTEXT_SUBSET, pairs),
    };
    let json = serde_json::to_string(pairs).map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok((Some(kind), Some(json)))
}

fn constraint(kind: Option<&str>, json: Option<&str>) -> Result<Option<GrantConstraint>, StoreError> {
    let (kind, json) = match (kind, json) {
        (None, None) => return Ok(None),
        (Some(kind), Some(json)) => (kind, json),
        _ => return Err(inconsistent(TABLE, "half of a constraint")),
    };
    let pairs = serde_json::from_str(json).map_err(|_| inconsistent(TABLE, "an invalid constraint"))?;
    match kind {
        CONTEXT_EQUALS => Ok(Some(GrantConstraint::ContextEquals(pairs))),
        CONTEXT_SUBSET => Ok(Some(GrantConstraint::ContextSubset(pairs))),
        _ => Err(inconsistent(TABLE, "an unknown kind of constraint")),
    }
}

struct GrantRow {
    id: String,
    key: [u8; 16],
    grantee: String,
    retiring: Option<String>,
    operations: String,
    constraint_kind: Option<String>,
    constraint_json: Option<String>,
    name: Option<String>,
    issuer: String,
    created: i64,
    request: [u8; 16],
}

impl GrantRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            grantee: row.get(2)?,
            retiring: row.get(3)?,
            operations: row.get(4)?,
            constraint_kind: row.get(5)?,
            constraint_json: row.get(6)?,
            name: row.get(7)?,
            issuer: row.get(8)?,
            created: row.get(9)?,
            request: row.get(10)?,
        })
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: column::parsed(TABLE, "grant id", &row.id)?,
            key: KeyId::from_bytes(row.key),
            grantee: row.grantee.into(),
            retiring: row.retiring.map(Into::into),
            operations: operations(&row.operations)?,
            constraint: constraint(row.constraint_kind.as_deref(), row.constraint_json.as_deref())?,
            name: row.name.map(Into::into),
            issuer: row.issuer.into(),
            created: Timestamp::from_micros(row.created),
            request: RequestId::from_bytes(row.request),
        })
    }
}
