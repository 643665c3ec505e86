use claviger_ports::StoreError;
use claviger_types::{
    AccountId, IdentityPolicy, PolicyName, Principal, PrincipalId, PrincipalName, Revision, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{column, error::Fault};

const PRINCIPAL: &str = "principal";
const IDENTITY_POLICY: &str = "identity_policy";

/// Writes a principal whose stored revision is that of `principal`, with the next revision.
pub(crate) fn put(connection: &Connection, principal: &Principal) -> Result<(), Fault> {
    let revision = i64::try_from(principal.revision.0)
        .map_err(|_| StoreError::Internal("a revision is out of range".into()))?;
    let sql = if principal.revision == Revision::NEW {
        "INSERT INTO principal (id, project, name, disabled, created, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6 + 1)"
    } else {
        "UPDATE principal SET project = ?2, name = ?3, disabled = ?4, created = ?5, revision = ?6 + 1
         WHERE id = ?1 AND revision = ?6"
    };
    let written = connection
        .prepare_cached(sql)?
        .execute((
            principal.id.as_bytes(),
            column::account_to_column(principal.project),
            principal.name.as_str(),
            principal.disabled,
            principal.created.micros(),
            revision,
        ))
        .map_err(|error| Fault::on_taken(error, "the name is taken"))?;
    if written == 0 {
        return Err(Fault::conflict("the principal was changed by somebody else"));
    }
    Ok(())
}

pub(crate) fn find(connection: &Connection, id: PrincipalId) -> Result<Option<Principal>, Fault> {
    connection
        .prepare_cached("SELECT id, project, name, disabled, created, revision FROM principal WHERE id = ?1")?
        .query_row([id.as_bytes()], PrincipalRow::read)
        .optional()?
        .map(|row| Principal::try_from(row).map_err(Fault::from))
        .transpose()
}

pub(crate) fn find_named(
    connection: &Connection,
    project: AccountId,
    name: &PrincipalName,
) -> Result<Option<Principal>, Fault> {
    connection
        .prepare_cached(
            "SELECT id, project, name, disabled, created, revision FROM principal WHERE project = ?1 AND name = ?2",
        )?
        .query_row((column::account_to_column(project), name.as_str()), PrincipalRow::read)
        .optional()?
        .map(|row| Principal::try_from(row).map_err(Fault::from))
        .transpose()
}

pub(crate) fn list(connection: &Connection, project: AccountId) -> Result<Vec<Principal>, Fault> {
    connection
        .prepare_cached(
            "SELECT id, project, name, disabled, created, revision FROM principal WHERE project = ?1 ORDER BY name",
        )?
        .query_and_then([column::account_to_column(project)], |row| Ok(PrincipalRow::read(row)?.try_into()?))?
        .collect()
}

pub(crate) fn put_policy(connection: &Connection, policy: &IdentityPolicy) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO identity_policy (principal, name, document, updated) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (principal, name) DO UPDATE SET document = ?3, updated = ?4",
        )?
        .execute((
            policy.principal.as_bytes(),
            policy.name.as_str(),
            &*policy.document,
            policy.updated.micros(),
        ))
        .map_err(|error| Fault::on_taken(error, "the policy exists already"))?;
    Ok(())
}

pub(crate) fn delete_policy(
    connection: &Connection,
    principal: PrincipalId,
    name: &PolicyName,
) -> Result<(), Fault> {
    let deleted = connection
        .prepare_cached("DELETE FROM identity_policy WHERE principal = ?1 AND name = ?2")?
        .execute((principal.as_bytes(), name.as_str()))?;
    if deleted == 0 { Err(Fault::conflict("there is no such policy")) } else { Ok(()) }
}

pub(crate) fn policies(
    connection: &Connection,
    principal: PrincipalId,
) -> Result<Vec<IdentityPolicy>, Fault> {
    connection
        .prepare_cached(
            "SELECT principal, name, document, updated FROM identity_policy WHERE principal = ?1 ORDER BY name",
        )?
        .query_and_then([principal.as_bytes()], |row| Ok(PolicyRow::read(row)?.try_into()?))?
        .collect()
}

struct PrincipalRow {
    id: [u8; 16],
    project: i64,
    name: String,
    disabled: bool,
    created: i64,
    revision: i64,
}

impl PrincipalRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            project: row.get(1)?,
            name: row.get(2)?,
            disabled: row.get(3)?,
            created: row.get(4)?,
            revision: row.get(5)?,
        })
    }
}

impl TryFrom<PrincipalRow> for Principal {
    type Error = StoreError;

    fn try_from(row: PrincipalRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PrincipalId::from_bytes(row.id),
            project: column::account(PRINCIPAL, row.project)?,
            name: column::parsed(PRINCIPAL, "name", &row.name)?,
            disabled: row.disabled,
            created: Timestamp::from_micros(row.created),
            revision: Revision(column::narrowed(PRINCIPAL, "revision", row.revision)?),
        })
    }
}

struct PolicyRow {
    principal: [u8; 16],
    name: String,
    document: String,
    updated: i64,
}

impl PolicyRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { principal: row.get(0)?, name: row.get(1)?, document: row.get(2)?, updated: row.get(3)? })
    }
}

impl TryFrom<PolicyRow> for IdentityPolicy {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        Ok(Self {
            principal: PrincipalId::from_bytes(row.principal),
            name: column::parsed(IDENTITY_POLICY, "name", &row.name)?,
            document: row.document.into(),
            updated: Timestamp::from_micros(row.updated),
        })
    }
}
