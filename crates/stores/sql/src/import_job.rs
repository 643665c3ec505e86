use claviger_ports::StoreError;
use claviger_types::{ImportJob, ImportJobId, KeyId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{change::Residue, code::Code, column, error::Fault};

const TABLE: &str = "import_job";

pub(crate) fn insert(connection: &Connection, job: &ImportJob) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO import_job (id, key, algorithm, wrapping_spec, generation, private_key, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            job.id.as_bytes(),
            job.key.as_bytes(),
            job.algorithm.code(),
            job.wrapping_spec.code(),
            job.private_key.generation.0,
            &*job.private_key.bytes,
            job.expires.micros(),
        ))
        .map_err(|error| Fault::on_taken(error, "the import job exists already"))?;
    Ok(())
}

pub(crate) fn delete_of_key(connection: &Connection, key: KeyId) -> Result<Residue, Fault> {
    let deleted =
        connection.prepare_cached("DELETE FROM import_job WHERE key = ?1")?.execute([key.as_bytes()])?;
    Ok(if deleted > 0 { Residue::Secrets } else { Residue::None })
}

pub(crate) fn find(connection: &Connection, id: ImportJobId) -> Result<Option<ImportJob>, Fault> {
    connection
        .prepare_cached(
            "SELECT id, key, algorithm, wrapping_spec, generation, private_key, expires
             FROM import_job WHERE id = ?1",
        )?
        .query_row([id.as_bytes()], ImportJobRow::read)
        .optional()?
        .map(|row| ImportJob::try_from(row).map_err(Fault::from))
        .transpose()
}

struct ImportJobRow {
    id: [u8; 16],
    key: [u8; 16],
    algorithm: String,
    wrapping_spec: String,
    generation: i64,
    private_key: Vec<u8>,
    expires: i64,
}

impl ImportJobRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            algorithm: row.get(2)?,
            wrapping_spec: row.get(3)?,
            generation: row.get(4)?,
            private_key: row.get(5)?,
            expires: row.get(6)?,
        })
    }
}

impl TryFrom<ImportJobRow> for ImportJob {
    type Error = StoreError;

    fn try_from(row: ImportJobRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ImportJobId::from_bytes(row.id),
            key: KeyId::from_bytes(row.key),
            algorithm: column::code(TABLE, "wrapping algorithm", &row.algorithm)?,
            wrapping_spec: column::code(TABLE, "wrapping key spec", &row.wrapping_spec)?,
            private_key: column::sealed(TABLE, row.generation, row.private_key)?,
            expires: Timestamp::from_micros(row.expires),
        })
    }
}
