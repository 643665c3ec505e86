use claviger_ports::MESSAGES_OF_A_VERSION;
use claviger_types::{KeyId, Timestamp};
use rusqlite::Connection;

use crate::error::Fault;

/// Keys with work that is due at `now`, the longest overdue first.
///
/// Material that expires, and a version whose destruction is due, count whatever the state of the key: they have to go.
/// What a KMIP client has ended, or not begun, is not rotated, so it is not due: it would crowd out the others.
pub(crate) fn list(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<KeyId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM (
             SELECT id, deletion_at AS due FROM key WHERE state = 'pending-deletion' AND deletion_at <= ?1
             UNION ALL
             SELECT id, rotation_next AS due FROM key
             WHERE state = 'enabled' AND rotation_next <= ?1 AND NOT EXISTS (
                 SELECT 1 FROM version WHERE version.key = key.id AND number = primary_version
                     AND version.state IN ('compromised', 'deactivated', 'pre-active'))
             UNION ALL
             SELECT key AS id, valid_to AS due FROM version WHERE handle IS NOT NULL AND valid_to <= ?1
             UNION ALL
             SELECT key AS id, destroy_at AS due FROM version
             WHERE state = 'destruction-scheduled' AND destroy_at <= ?1
             UNION ALL
             SELECT key.id AS id, 0 AS due FROM version JOIN key ON key.id = version.key AND primary_version = number
             WHERE messages > 0 AND messages >= ?3 AND key.state = 'enabled' AND key.origin <> 'imported'
                 AND version.state NOT IN ('compromised', 'deactivated', 'pre-active')
         ) GROUP BY id ORDER BY min(due), id LIMIT ?2",
    )?;
    let messages = i64::try_from(MESSAGES_OF_A_VERSION).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows =
        statement.query_map((now.micros(), limit, messages), |row| row.get(0).map(KeyId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
