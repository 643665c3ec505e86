//! Identities of devices, and keys that are being made in one.

use claviger_ports::DeviceKey;
use claviger_types::{KeyIntent, KeyTag, ProviderIdentity, Timestamp};
use rusqlite::{Connection, params};

use crate::{code::Code, column, error::Fault};

const TABLE: &str = "provider";

/// Writes the identity of a device, new or changed.
pub(crate) fn put(connection: &Connection, provider: &ProviderIdentity) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO provider (id, name, kind, spec, public, tag, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET name = ?2",
        )?
        .execute(params![
            provider.id.as_str(),
            provider.name.as_str(),
            &*provider.kind,
            provider.spec.code(),
            &*provider.public,
            provider.tag.as_bytes(),
            provider.created.micros(),
        ])?;
    Ok(())
}

/// Every device, by id.
pub(crate) fn list(connection: &Connection) -> Result<Vec<ProviderIdentity>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, kind, spec, public, tag, created FROM provider ORDER BY id")?;
    let rows = statement.query_and_then([], |row| {
        Ok(ProviderIdentity {
            id: column::parsed(TABLE, "id", &row.get::<_, String>(0)?)?,
            name: column::parsed(TABLE, "name", &row.get::<_, String>(1)?)?,
            kind: row.get::<_, String>(2)?.into(),
            spec: column::code(TABLE, "spec", &row.get::<_, String>(3)?)?,
            public: row.get::<_, Vec<u8>>(4)?.into(),
            tag: KeyTag::new(row.get(5)?),
            created: Timestamp::from_micros(row.get(6)?),
        })
    })?;
    rows.collect()
}

/// Remembers that a key is being made.
pub(crate) fn intend(connection: &Connection, intent: &KeyIntent) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO key_intent (tag, provider, created) VALUES (?1, ?2, ?3)")?
        .execute(params![intent.tag.as_bytes(), intent.provider.as_str(), intent.created.micros()])
        .map_err(|error| Fault::on_taken(error, "a key of this tag is being made"))?;
    Ok(())
}

/// Forgets it, if it is still just as it was announced.
pub(crate) fn arrive(connection: &Connection, intent: &KeyIntent) -> Result<(), Fault> {
    let announced = connection
        .prepare_cached("DELETE FROM key_intent WHERE tag = ?1 AND provider = ?2 AND created = ?3")?
        .execute(params![intent.tag.as_bytes(), intent.provider.as_str(), intent.created.micros()])?;
    match announced {
        0 => Err(Fault::conflict("the key was given up while it was made")),
        _ => Ok(()),
    }
}

/// Forgets it; nothing if it is forgotten.
pub(crate) fn settle(connection: &Connection, tag: &KeyTag) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM key_intent WHERE tag = ?1")?.execute([tag.as_bytes()])?;
    Ok(())
}

/// Keys that are being made in devices, or were when a crash came.
pub(crate) fn intents(connection: &Connection) -> Result<Vec<KeyIntent>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT tag, provider, created FROM key_intent ORDER BY created, tag")?;
    let rows = statement.query_and_then([], |row| {
        Ok(KeyIntent {
            tag: KeyTag::new(row.get(0)?),
            provider: column::parsed("key_intent", "provider", &row.get::<_, String>(1)?)?,
            created: Timestamp::from_micros(row.get(2)?),
        })
    })?;
    rows.collect()
}

/// What is known of the keys in devices.
pub(crate) fn keys(connection: &Connection) -> Result<Vec<DeviceKey>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT tag, handle IS NOT NULL FROM version WHERE tag IS NOT NULL
         UNION ALL SELECT tag, 1 FROM provider",
    )?;
    let rows = statement
        .query_and_then([], |row| Ok(DeviceKey { tag: KeyTag::new(row.get(0)?), in_use: row.get(1)? }))?;
    rows.collect()
}
