//! Sealed secrets wherever they are stored, and those of the installation itself.

use claviger_ports::SealedPlace;
use claviger_types::{CredentialId, ImportJobId, KeyId, ObjectId, RootKeyGeneration, Sealed};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{change::Residue, column, error::Fault, object, version};

const SECRET: &str = "secret";

/// Writes a secret of the installation, new or changed.
pub(crate) fn put_secret(connection: &Connection, name: &str, secret: &Sealed) -> Result<Residue, Fault> {
    let replaced = connection
        .prepare_cached("SELECT 1 FROM secret WHERE name = ?1 AND bytes <> ?2")?
        .exists((name, &*secret.bytes))?;
    connection
        .prepare_cached(
            "INSERT INTO secret (name, generation, bytes) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET generation = ?2, bytes = ?3",
        )?
        .execute((name, secret.generation.0, &*secret.bytes))?;
    Ok(if replaced { Residue::Secrets } else { Residue::None })
}

/// Writes a secret of the installation whose name is free.
pub(crate) fn insert_secret(connection: &Connection, name: &str, secret: &Sealed) -> Result<(), Fault> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO secret (name, generation, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
        )?
        .execute((name, secret.generation.0, &*secret.bytes))?;
    match inserted {
        0 => Err(Fault::conflict("a secret of this name exists")),
        _ => Ok(()),
    }
}

pub(crate) fn secret(connection: &Connection, name: &str) -> Result<Option<Sealed>, Fault> {
    connection
        .prepare_cached("SELECT generation, bytes FROM secret WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .map(|(generation, bytes)| Ok(column::sealed(SECRET, generation, bytes)?))
        .transpose()
}

/// Replaces a secret in its place, if it is still `from`.
pub(crate) fn reseal(
    connection: &Connection,
    place: &SealedPlace,
    from: &Sealed,
    to: &Sealed,
) -> Result<Residue, Fault> {
    let by_text = |sql: &str, id: &str| -> Result<usize, Fault> {
        let values = (id, from.generation.0, &*from.bytes, to.generation.0, &*to.bytes);
        Ok(connection.prepare_cached(sql)?.execute(values)?)
    };
    let changed = match place {
        SealedPlace::VersionHandle(key, number) => version::reseal(connection, *key, *number, from, to)?,
        SealedPlace::ObjectValue(id) => object::reseal(connection, *id, from, to)?,
        SealedPlace::ImportJobKey(id) => connection
            .prepare_cached(
                "UPDATE import_job SET generation = ?4, private_key = ?5
                 WHERE id = ?1 AND generation = ?2 AND private_key = ?3",
            )?
            .execute((id.as_bytes(), from.generation.0, &*from.bytes, to.generation.0, &*to.bytes))?,
        SealedPlace::CredentialSecret(id) => by_text(
            "UPDATE credential SET generation = ?4, secret = ?5 WHERE id = ?1 AND generation = ?2 AND secret = ?3",
            id.as_str(),
        )?,
        SealedPlace::Installation(name) => by_text(
            "UPDATE secret SET generation = ?4, bytes = ?5 WHERE name = ?1 AND generation = ?2 AND bytes = ?3",
            name,
        )?,
    };
    if changed == 0 {
        return Err(Fault::conflict("the secret was changed by somebody else"));
    }
    Ok(Residue::Secrets)
}

/// Secrets that a root key other than `current` encrypted; at most `limit`.
pub(crate) fn before(
    connection: &Connection,
    current: RootKeyGeneration,
    limit: usize,
) -> Result<Vec<(SealedPlace, Sealed)>, Fault> {
    let mut found = Vec::new();
    for (sql, read) in SOURCES {
        let missing = i64::try_from(limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(sql)?;
        for row in statement.query_and_then((current.0, missing), read)? {
            found.push(row?);
        }
    }
    Ok(found)
}

type Read = fn(&Row<'_>) -> Result<(SealedPlace, Sealed), Fault>;

/// `<` or `>` instead of `<>`: that is what the indexes can be searched for.
const SOURCES: [(&str, Read); 5] = [
    (
        "SELECT generation, handle, key, number FROM version
         WHERE generation IS NOT NULL AND (generation < ?1 OR generation > ?1) LIMIT ?2",
        |row| {
            let place = SealedPlace::VersionHandle(
                KeyId::from_bytes(row.get(2)?),
                column::version_number("version", row.get(3)?)?,
            );
            Ok((place, column::sealed("version", row.get(0)?, row.get(1)?)?))
        },
    ),
    (
        "SELECT generation, private_key, id FROM import_job
         WHERE generation IS NOT NULL AND (generation < ?1 OR generation > ?1) LIMIT ?2",
        |row| {
            let place = SealedPlace::ImportJobKey(ImportJobId::from_bytes(row.get(2)?));
            Ok((place, column::sealed("import_job", row.get(0)?, row.get(1)?)?))
        },
    ),
    (
        "SELECT generation, secret, id FROM credential
         WHERE generation IS NOT NULL AND (generation < ?1 OR generation > ?1) LIMIT ?2",
        |row| {
            let id: CredentialId = column::parsed("credential", "id", &row.get::<_, String>(2)?)?;
            let sealed = column::sealed("credential", row.get(0)?, row.get(1)?)?;
            Ok((SealedPlace::CredentialSecret(id), sealed))
        },
    ),
    (
        "SELECT generation, value, id FROM managed_object
         WHERE generation IS NOT NULL AND (generation < ?1 OR generation > ?1) LIMIT ?2",
        |row| {
            let place = SealedPlace::ObjectValue(ObjectId::from_bytes(row.get(2)?));
            Ok((place, column::sealed("managed_object", row.get(0)?, row.get(1)?)?))
        },
    ),
    ("SELECT generation, bytes, name FROM secret WHERE generation <> ?1 LIMIT ?2", |row| {
        let place = SealedPlace::Installation(row.get::<_, String>(2)?.into());
        Ok((place, column::sealed(SECRET, row.get(0)?, row.get(1)?)?))
    }),
];
