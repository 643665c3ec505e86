use claviger_ports::StoreError;
use claviger_types::{AccountId, Project, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{column, error::Fault};

const TABLE: &str = "project";

pub(crate) fn insert(connection: &Connection, project: &Project) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO project (account, name, created) VALUES (?1, ?2, ?3)")?
        .execute((column::account_to_column(project.account), &*project.name, project.created.micros()))
        .map_err(|error| Fault::on_taken(error, "the project exists already"))?;
    Ok(())
}

pub(crate) fn find(connection: &Connection, account: AccountId) -> Result<Option<Project>, Fault> {
    connection
        .prepare_cached("SELECT account, name, created FROM project WHERE account = ?1")?
        .query_row([column::account_to_column(account)], ProjectRow::read)
        .optional()?
        .map(|row| Project::try_from(row).map_err(Fault::from))
        .transpose()
}

struct ProjectRow {
    account: i64,
    name: String,
    created: i64,
}

impl ProjectRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { account: row.get(0)?, name: row.get(1)?, created: row.get(2)? })
    }
}

impl TryFrom<ProjectRow> for Project {
    type Error = StoreError;

    fn try_from(row: ProjectRow) -> Result<Self, StoreError> {
        Ok(Self {
            account: column::account(TABLE, row.account)?,
            name: row.name.into(),
            created: Timestamp::from_micros(row.created),
        })
    }
}
