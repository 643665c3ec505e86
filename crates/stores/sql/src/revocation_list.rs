use claviger_types::{AuthorityId, IssuerId, RevocationList, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::{column, error::Fault};

const TABLE: &str = "revocation_list";

/// Replaces the list of an issuer by its successor.
pub(crate) fn put(connection: &Connection, list: &RevocationList) -> Result<(), Fault> {
    let written = connection
        .prepare_cached(
            "INSERT INTO revocation_list (issuer, number, this_update, next_update, refresh, der)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (issuer) DO UPDATE
             SET number = ?2, this_update = ?3, next_update = ?4, refresh = ?5, der = ?6 WHERE number < ?2",
        )?
        .execute((
            list.issuer.as_bytes(),
            column::widened("a CRL number", list.number)?,
            list.this_update.micros(),
            list.next_update.micros(),
            list.refresh.micros(),
            &*list.der,
        ))
        .map_err(|error| Fault::on_taken(error, "the list exists already"))?;
    if written == 0 { Err(Fault::conflict("there is a newer revocation list")) } else { Ok(()) }
}

/// Makes new lists of an authority due at `at`, if they are not due before.
pub(crate) fn hasten(connection: &Connection, authority: AuthorityId, at: Timestamp) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE revocation_list SET refresh = min(refresh, ?2)
             WHERE issuer IN (SELECT id FROM issuer WHERE authority = ?1)",
        )?
        .execute((authority.as_bytes(), at.micros()))?;
    Ok(())
}

pub(crate) fn find(connection: &Connection, issuer: IssuerId) -> Result<Option<RevocationList>, Fault> {
    let row = connection
        .prepare_cached(
            "SELECT number, this_update, next_update, refresh, der FROM revocation_list WHERE issuer = ?1",
        )?
        .query_row([issuer.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, Vec<u8>>(4)?))
        })
        .optional()?;
    let Some((number, this_update, next_update, refresh, der)) = row else { return Ok(None) };
    Ok(Some(RevocationList {
        issuer,
        number: column::narrowed(TABLE, "number", number)?,
        this_update: Timestamp::from_micros(this_update),
        next_update: Timestamp::from_micros(next_update),
        refresh: Timestamp::from_micros(refresh),
        der: der.into(),
    }))
}

/// Issuers that never published a list are the longest overdue.
pub(crate) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<IssuerId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT issuer.id FROM issuer LEFT JOIN revocation_list ON revocation_list.issuer = issuer.id
         WHERE issuer.not_after > ?1 AND coalesce(revocation_list.refresh, issuer.created) <= ?1
         ORDER BY coalesce(revocation_list.refresh, issuer.created), issuer.id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((now.micros(), limit), |row| row.get(0).map(IssuerId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
