use claviger_types::RequestId;
use rusqlite::Connection;

use crate::error::Fault;

/// Remembers that a call made changes. A call that makes several batches is remembered once.
pub(crate) fn remember(connection: &Connection, id: RequestId) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO outcome (id) VALUES (?1) ON CONFLICT (id) DO NOTHING")?
        .execute([id.as_bytes()])?;
    Ok(())
}

pub(crate) fn forget(connection: &Connection, ids: &[RequestId]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached("DELETE FROM outcome WHERE id = ?1")?;
    for id in ids {
        statement.execute([id.as_bytes()])?;
    }
    Ok(())
}

pub(crate) fn list(connection: &Connection) -> Result<Vec<RequestId>, Fault> {
    let mut statement = connection.prepare_cached("SELECT id FROM outcome ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get(0).map(RequestId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
