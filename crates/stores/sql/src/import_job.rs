use claviger_ports::{Page, StoreError};
use claviger_types::{
    AccountId, ImportJob, ImportJobId, ImportJobName, ImportJobOwner, KeyId, KeyRingName, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::{
    change::Residue,
    code::Code,
    column,
    error::{Fault, inconsistent},
};

const TABLE: &str = "import_job";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, key, project, ring, name, algorithm, wrapping_spec, public_key, generation, private_key, ",
            "created, expires FROM import_job ",
            $rest
        )
    };
}

pub(crate) fn insert(connection: &Connection, job: &ImportJob) -> Result<(), Fault> {
    let (key, place) = match &job.owner {
        ImportJobOwner::Key(key) => (Some(key), None),
        ImportJobOwner::Ring { project, ring, name } => (None, Some((*project, ring, name))),
    };
    let private_key = job.private_key.as_ref();
    connection
        .prepare_cached(
            "INSERT INTO import_job (id, key, project, ring, name, algorithm, wrapping_spec, public_key, generation,
                 private_key, created, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            job.id.as_bytes(),
            key.map(KeyId::as_bytes),
            place.map(|(project, ..)| column::account_to_column(project)),
            place.map(|(_, ring, _)| ring.as_str()),
            place.map(|(.., name)| name.as_str()),
            job.algorithm.code(),
            job.wrapping_spec.code(),
            &*job.public_key,
            private_key.map(|sealed| sealed.generation.0),
            private_key.map(|sealed| &*sealed.bytes),
            job.created.micros(),
            job.expires.micros(),
        ])
        .map_err(|error| Fault::on_taken(error, "the import job exists already"))?;
    Ok(())
}

/// Forgets the private key; the record stays only where it has a name.
pub(crate) fn expire(connection: &Connection, id: ImportJobId) -> Result<Residue, Fault> {
    let wiped = connection
        .prepare_cached("UPDATE import_job SET generation = NULL, private_key = NULL WHERE id = ?1")?
        .execute([id.as_bytes()])?;
    connection
        .prepare_cached("DELETE FROM import_job WHERE id = ?1 AND key IS NOT NULL")?
        .execute([id.as_bytes()])?;
    Ok(if wiped > 0 { Residue::Secrets } else { Residue::None })
}

pub(crate) fn delete_of_key(connection: &Connection, key: KeyId) -> Result<Residue, Fault> {
    let deleted =
        connection.prepare_cached("DELETE FROM import_job WHERE key = ?1")?.execute([key.as_bytes()])?;
    Ok(if deleted > 0 { Residue::Secrets } else { Residue::None })
}

pub(crate) fn find(connection: &Connection, id: ImportJobId) -> Result<Option<ImportJob>, Fault> {
    find_by(connection, select!("WHERE id = ?1"), [id.as_bytes()])
}

pub(crate) fn find_in_ring(
    connection: &Connection,
    project: AccountId,
    ring: &KeyRingName,
    name: &ImportJobName,
) -> Result<Option<ImportJob>, Fault> {
    let values = (column::account_to_column(project), ring.as_str(), name.as_str());
    find_by(connection, select!("WHERE project = ?1 AND ring = ?2 AND name = ?3"), values)
}

pub(crate) fn in_ring(
    connection: &Connection,
    project: AccountId,
    ring: &KeyRingName,
    after: Option<&ImportJobName>,
    limit: usize,
) -> Result<Page<ImportJob>, Fault> {
    let mut statement = connection
        .prepare_cached(select!("WHERE project = ?1 AND ring = ?2 AND name > ?3 ORDER BY name LIMIT ?4"))?;
    // The empty text is before every name.
    let after = after.map_or("", ImportJobName::as_str);
    let values = (column::account_to_column(project), ring.as_str(), after, column::one_more(limit));
    let rows = statement.query_and_then(values, |row| -> Result<ImportJob, Fault> {
        Ok(ImportJobRow::read(row)?.try_into()?)
    })?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

pub(crate) fn expired(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ImportJobId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM import_job WHERE private_key IS NOT NULL AND expires <= ?1 ORDER BY expires LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((now.micros(), limit), |row| row.get(0).map(ImportJobId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn find_by(connection: &Connection, sql: &str, values: impl Params) -> Result<Option<ImportJob>, Fault> {
    connection
        .prepare_cached(sql)?
        .query_row(values, ImportJobRow::read)
        .optional()?
        .map(|row| ImportJob::try_from(row).map_err(Fault::from))
        .transpose()
}

struct ImportJobRow {
    id: [u8; 16],
    key: Option<[u8; 16]>,
    project: Option<i64>,
    ring: Option<String>,
    name: Option<String>,
    algorithm: String,
    wrapping_spec: String,
    public_key: Vec<u8>,
    generation: Option<i64>,
    private_key: Option<Vec<u8>>,
    created: i64,
    expires: i64,
}

impl ImportJobRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            project: row.get(2)?,
            ring: row.get(3)?,
            name: row.get(4)?,
            algorithm: row.get(5)?,
            wrapping_spec: row.get(6)?,
            public_key: row.get(7)?,
            generation: row.get(8)?,
            private_key: row.get(9)?,
            created: row.get(10)?,
            expires: row.get(11)?,
        })
    }
}

impl TryFrom<ImportJobRow> for ImportJob {
    type Error = StoreError;

    fn try_from(row: ImportJobRow) -> Result<Self, StoreError> {
        let owner = match (row.key, row.project, row.ring, row.name) {
            (Some(key), None, None, None) => ImportJobOwner::Key(KeyId::from_bytes(key)),
            (None, Some(project), Some(ring), Some(name)) => ImportJobOwner::Ring {
                project: column::account(TABLE, project)?,
                ring: column::parsed(TABLE, "key ring", &ring)?,
                name: column::parsed(TABLE, "name", &name)?,
            },
            _ => return Err(inconsistent(TABLE, "a job of a key and of a ring, or of neither")),
        };
        Ok(Self {
            id: ImportJobId::from_bytes(row.id),
            owner,
            algorithm: column::code(TABLE, "wrapping algorithm", &row.algorithm)?,
            wrapping_spec: column::code(TABLE, "wrapping key spec", &row.wrapping_spec)?,
            public_key: row.public_key.into(),
            private_key: column::sealed_if_any(TABLE, row.generation, row.private_key)?,
            created: Timestamp::from_micros(row.created),
            expires: Timestamp::from_micros(row.expires),
        })
    }
}
