use claviger_types::{KeyId, Timestamp};
use rusqlite::Connection;

use crate::error::Fault;

/// Keys with work that is due at `now`, the longest overdue first.
///
/// Material that expires counts as long as it is there, whatever the state of the key: it has to go.
pub(crate) fn list(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<KeyId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM (
             SELECT id, deletion_at AS due FROM key WHERE state = 'pending-deletion' AND deletion_at <= ?1
             UNION ALL
             SELECT id, rotation_next AS due FROM key WHERE state = 'enabled' AND rotation_next <= ?1
             UNION ALL
             SELECT key AS id, valid_to AS due FROM version WHERE handle IS NOT NULL AND valid_to <= ?1
             UNION ALL
             SELECT key AS id, destroy_at AS due FROM version WHERE destroy_at <= ?1
         ) GROUP BY id ORDER BY min(due), id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((now.micros(), limit), |row| row.get(0).map(KeyId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
