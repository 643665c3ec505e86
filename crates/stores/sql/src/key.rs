use std::{collections::BTreeMap, sync::Arc, time::Duration};

use claviger_ports::{KeyRecord, Page, StoreError};
use claviger_types::{
    AccountId, Days, Deletion, Key, KeyId, KeyPlace, ProviderId, Revision, RingKeyName, Rotation, Tags,
    Timestamp, VersionTemplate,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    code::Code,
    column,
    error::{Fault, inconsistent},
    grant, name, policy, version,
};

const TABLE: &str = "key";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key.id, key.project, key.spec, key.usage, key.origin, key.provider, key.exportable, ",
            "key.state, key.description, policy.text, key.tags, key.created, key.primary_version, ",
            "key.rotation_period, key.rotation_next, key.deletion_at, key.deletion_window, key.revision, ",
            "key.ring, key.name, key.policy_source, key.algorithm, key.destroy_after, key.import_only, key.protection ",
            "FROM key JOIN policy ON policy.id = key.policy ",
            $rest
        )
    };
}

/// Writes a key whose stored revision is that of `key`, with the next revision.
pub(crate) fn put(connection: &Connection, key: &Key) -> Result<(), Fault> {
    let policy = policy::intern(connection, &key.policy)?;
    if key.revision == Revision::NEW {
        return write(connection, INSERT, key, policy).map(|_| ());
    }
    let previous: Option<i64> = connection
        .prepare_cached("SELECT policy FROM key WHERE id = ?1")?
        .query_row([key.id.as_bytes()], |row| row.get(0))
        .optional()?;
    if write(connection, UPDATE, key, policy)? == 0 {
        return Err(Fault::conflict("the key was changed by somebody else"));
    }
    match previous {
        Some(previous) if previous != policy => policy::release(connection, previous),
        _ => Ok(()),
    }
}

/// A key with what is needed to use it; the caller sees to it that all is read from one snapshot.
pub(crate) fn find(connection: &Connection, id: KeyId) -> Result<Option<KeyRecord>, Fault> {
    let row = connection
        .prepare_cached(select!("WHERE key.id = ?1"))?
        .query_row([id.as_bytes()], KeyRow::read)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KeyRecord {
        key: Arc::new(row.try_into()?),
        versions: version::of_key(connection, id)?.into(),
        aliases: name::aliases_of_key(connection, id)?.into(),
        has_grants: grant::exist_for(connection, id)?,
    }))
}

pub(crate) fn list(
    connection: &Connection,
    project: AccountId,
    after: Option<KeyId>,
    limit: usize,
) -> Result<Page<Key>, Fault> {
    let mut statement = connection.prepare_cached(select!(
        "WHERE key.project = ?1 AND key.id > ?2 AND key.state <> 'destroyed' ORDER BY key.id LIMIT ?3"
    ))?;
    // The empty blob is before every id.
    let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
    let rows = statement.query_and_then(
        (column::account_to_column(project), after, column::one_more(limit)),
        |row| -> Result<Key, Fault> { Ok(KeyRow::read(row)?.try_into()?) },
    )?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

/// Keys that are not destroyed and have material in a provider, or get their new versions there.
pub(crate) fn in_provider(
    connection: &Connection,
    provider: &ProviderId,
    after: Option<KeyId>,
    limit: usize,
) -> Result<Page<KeyId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM key WHERE id > ?2 AND state <> 'destroyed' AND (provider = ?1 OR EXISTS (
             SELECT 1 FROM version WHERE version.key = key.id AND version.provider = ?1 AND handle IS NOT NULL))
         ORDER BY id LIMIT ?3",
    )?;
    let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
    let rows = statement.query_map((provider.as_str(), after, column::one_more(limit)), |row| {
        row.get(0).map(KeyId::from_bytes)
    })?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

pub(crate) fn count(connection: &Connection) -> Result<u64, Fault> {
    // Both counts are read from indexes alone; `state <> 'destroyed'` would look every key up.
    let count: i64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM key) - (SELECT count(*) FROM key WHERE state = 'destroyed')",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(crate) fn destroyed(connection: &Connection) -> Result<Vec<KeyId>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM key WHERE state = 'destroyed' ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get(0).map(KeyId::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const INSERT: &str = "INSERT INTO key (
        id, project, spec, usage, origin, provider, exportable, state, description, policy, tags, created,
        primary_version, rotation_period, rotation_next, deletion_at, deletion_window, revision, ring, name,
        policy_source, algorithm, destroy_after, import_only, protection
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 + 1, ?19, ?20, ?21, ?22,
        ?23, ?24, ?25)";

const UPDATE: &str = "UPDATE key SET
        project = ?2, spec = ?3, usage = ?4, origin = ?5, provider = ?6, exportable = ?7, state = ?8,
        description = ?9, policy = ?10, tags = ?11, created = ?12, primary_version = ?13, rotation_period = ?14,
        rotation_next = ?15, deletion_at = ?16, deletion_window = ?17, revision = ?18 + 1,
        ring = ?19, name = ?20, policy_source = ?21, algorithm = ?22, destroy_after = ?23, import_only = ?24,
        protection = ?25
    WHERE id = ?1 AND revision = ?18";

/// Numbered parameters: the engine looks names up with each call.
fn write(connection: &Connection, sql: &str, key: &Key, policy: i64) -> Result<usize, Fault> {
    let revision = i64::try_from(key.revision.0)
        .map_err(|_| StoreError::Internal("a revision is out of range".into()))?;
    connection
        .prepare_cached(sql)?
        .execute(params![
            key.id.as_bytes(),
            column::account_to_column(key.project),
            key.spec.code(),
            key.usage.code(),
            key.origin.code(),
            key.provider.as_str(),
            key.exportable,
            key.state.code(),
            &*key.description,
            policy,
            tags_to_column(&key.tags)?,
            key.created.micros(),
            key.primary.get(),
            key.rotation.map(|rotation| seconds(rotation.period)),
            key.rotation.map(|rotation| rotation.next.micros()),
            key.deletion.map(|deletion| deletion.at.micros()),
            key.deletion.map(|deletion| deletion.window.0),
            revision,
            key.place.ring.as_str(),
            key.place.name.as_ref().map(RingKeyName::as_str),
            key.policy_source.as_deref(),
            key.template.algorithm.map(Code::code),
            seconds(key.template.destroy_after),
            key.template.import_only,
            key.template.protection.code(),
        ])
        .map_err(|error| Fault::on_taken(error, "the key, or its name in its ring, exists already"))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn tags_to_column(tags: &Tags) -> Result<Option<String>, StoreError> {
    if tags.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(tags).map(Some).map_err(|error| StoreError::Internal(error.to_string()))
}

struct KeyRow {
    id: [u8; 16],
    project: i64,
    spec: String,
    usage: String,
    origin: String,
    provider: String,
    exportable: bool,
    state: String,
    description: String,
    policy: String,
    tags: Option<String>,
    created: i64,
    primary_version: i64,
    rotation_period: Option<i64>,
    rotation_next: Option<i64>,
    deletion_at: Option<i64>,
    deletion_window: Option<i64>,
    revision: i64,
    ring: String,
    name: Option<String>,
    policy_source: Option<String>,
    algorithm: Option<String>,
    destroy_after: i64,
    import_only: bool,
    protection: String,
}

impl KeyRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            project: row.get(1)?,
            spec: row.get(2)?,
            usage: row.get(3)?,
            origin: row.get(4)?,
            provider: row.get(5)?,
            exportable: row.get(6)?,
            state: row.get(7)?,
            description: row.get(8)?,
            policy: row.get(9)?,
            tags: row.get(10)?,
            created: row.get(11)?,
            primary_version: row.get(12)?,
            rotation_period: row.get(13)?,
            rotation_next: row.get(14)?,
            deletion_at: row.get(15)?,
            deletion_window: row.get(16)?,
            revision: row.get(17)?,
            ring: row.get(18)?,
            name: row.get(19)?,
            policy_source: row.get(20)?,
            algorithm: row.get(21)?,
            destroy_after: row.get(22)?,
            import_only: row.get(23)?,
            protection: row.get(24)?,
        })
    }
}

impl TryFrom<KeyRow> for Key {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let tags = match row.tags {
            None => BTreeMap::new(),
            Some(tags) => serde_json::from_str(&tags).map_err(|_| inconsistent(TABLE, "invalid tags"))?,
        };
        let rotation = timed(row.rotation_next, row.rotation_period, "rotation")?
            .map(|(next, period)| Rotation { period: Duration::from_secs(period), next });
        let deletion = timed(row.deletion_at, row.deletion_window, "deletion")?
            .map(|(at, window)| Deletion { at, window: Days(window) });
        let name = row.name.map(|name| column::parsed(TABLE, "name", &name)).transpose()?;
        let algorithm =
            row.algorithm.map(|algorithm| column::code(TABLE, "algorithm", &algorithm)).transpose()?;
        Ok(Self {
            id: KeyId::from_bytes(row.id),
            project: column::account(TABLE, row.project)?,
            place: KeyPlace { ring: column::parsed(TABLE, "key ring", &row.ring)?, name },
            spec: column::code(TABLE, "spec", &row.spec)?,
            usage: column::code(TABLE, "usage", &row.usage)?,
            origin: column::code(TABLE, "origin", &row.origin)?,
            provider: column::parsed(TABLE, "provider", &row.provider)?,
            exportable: row.exportable,
            state: column::code(TABLE, "state", &row.state)?,
            description: row.description.into(),
            policy: row.policy.into(),
            policy_source: row.policy_source.map(Arc::from),
            tags,
            created: Timestamp::from_micros(row.created),
            primary: column::version_number(TABLE, row.primary_version)?,
            template: VersionTemplate {
                algorithm,
                destroy_after: Duration::from_secs(column::narrowed(TABLE, "time", row.destroy_after)?),
                import_only: row.import_only,
                protection: column::code(TABLE, "protection level", &row.protection)?,
            },
            rotation,
            deletion,
            revision: Revision(column::narrowed(TABLE, "revision", row.revision)?),
        })
    }
}

fn timed<T: TryFrom<i64>>(
    time: Option<i64>,
    span: Option<i64>,
    what: &str,
) -> Result<Option<(Timestamp, T)>, StoreError> {
    match (time, span) {
        (Some(time), Some(span)) => {
            Ok(Some((Timestamp::from_micros(time), column::narrowed(TABLE, what, span)?)))
        }
        (None, None) => Ok(None),
        _ => Err(inconsistent(TABLE, format!("half of a {what}"))),
    }
}
