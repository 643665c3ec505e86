use claviger_ports::StoreError;
use claviger_types::{
    KeyAlgorithm, KeyId, KeyTag, KeyVersion, ProtectionLevel, Sealed, Timestamp, VersionImport, VersionNumber,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    change::Residue,
    code::Code,
    column,
    error::{Fault, inconsistent},
};

const TABLE: &str = "version";

/// Writes a version, new or changed.
pub(crate) fn put(connection: &Connection, version: &KeyVersion) -> Result<Residue, Fault> {
    if write(connection, INSERT, version)? > 0 {
        return Ok(Residue::None);
    }
    let handle = version.handle.as_ref().map(|sealed| &*sealed.bytes);
    let replaced = connection
        .prepare_cached("SELECT 1 FROM version WHERE key = ?1 AND number = ?2 AND handle IS NOT NULL AND handle IS NOT ?3")?
        .exists((version.key.as_bytes(), version.number.get(), handle))?;
    write(connection, UPDATE, version)?;
    Ok(if replaced { Residue::Secrets } else { Residue::None })
}

const INSERT: &str = "INSERT INTO version (
        key, number, state, provider, generation, handle, public, created, rotated, valid_to, fingerprint, algorithm,
        destroy_at, destroyed, import_job, imported, protection, tag
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT (key, number) DO NOTHING";

const UPDATE: &str = "UPDATE version SET
        state = ?3, provider = ?4, generation = ?5, handle = ?6, public = ?7, created = ?8, rotated = ?9,
        valid_to = ?10, fingerprint = ?11, algorithm = ?12, destroy_at = ?13, destroyed = ?14, import_job = ?15,
        imported = ?16, protection = ?17, tag = ?18
    WHERE key = ?1 AND number = ?2";

/// Numbered parameters: the engine looks names up with each call.
fn write(connection: &Connection, sql: &str, version: &KeyVersion) -> Result<usize, Fault> {
    let handle = version.handle.as_ref();
    connection
        .prepare_cached(sql)?
        .execute(params![
            version.key.as_bytes(),
            version.number.get(),
            version.state.code(),
            version.provider.as_str(),
            handle.map(|sealed| sealed.generation.0),
            handle.map(|sealed| &*sealed.bytes),
            version.public.as_deref(),
            version.created.micros(),
            version.rotated.map(Code::code),
            version.valid_to.map(Timestamp::micros),
            version.fingerprint,
            version.algorithm.map(Code::code),
            version.destroy_at.map(Timestamp::micros),
            version.destroyed.map(Timestamp::micros),
            version.import.as_ref().map(|import| import.job.as_str()),
            version.import.as_ref().map(|import| import.time.micros()),
            version.protection.code(),
            version.tag.as_ref().map(KeyTag::as_bytes),
        ])
        .map_err(|error| Fault::on_taken(error, "the version exists already"))
}

/// The versions of a key, by number.
pub(crate) fn of_key(connection: &Connection, key: KeyId) -> Result<Vec<KeyVersion>, Fault> {
    connection
        .prepare_cached(
            "SELECT key, number, state, provider, generation, handle, public, created, rotated, valid_to, fingerprint,
                 algorithm, destroy_at, destroyed, import_job, imported, protection, tag, messages
             FROM version WHERE key = ?1 ORDER BY number",
        )?
        .query_and_then([key.as_bytes()], |row| Ok(VersionRow::read(row)?.try_into()?))?
        .collect()
}

/// The versions with material that was in a device before.
pub(crate) fn adopted(connection: &Connection) -> Result<Vec<KeyVersion>, Fault> {
    connection
        .prepare_cached(
            "SELECT key, number, state, provider, generation, handle, public, created, rotated, valid_to, fingerprint,
                 algorithm, destroy_at, destroyed, import_job, imported, protection, tag, messages
             FROM version WHERE protection = ?1 AND tag IS NULL AND handle IS NOT NULL ORDER BY key, number",
        )?
        .query_and_then([ProtectionLevel::Hsm.code()], |row| Ok(VersionRow::read(row)?.try_into()?))?
        .collect()
}

/// Replaces a handle by the same one under another root key, if it is still `from`. The key's revision rises, so that
/// whoever read the old handle before cannot write it back.
pub(crate) fn reseal(
    connection: &Connection,
    key: KeyId,
    number: VersionNumber,
    from: &Sealed,
    to: &Sealed,
) -> Result<usize, Fault> {
    let changed = connection
        .prepare_cached(
            "UPDATE version SET generation = ?5, handle = ?6
             WHERE key = ?1 AND number = ?2 AND generation = ?3 AND handle = ?4",
        )?
        .execute((
            key.as_bytes(),
            number.get(),
            from.generation.0,
            &*from.bytes,
            to.generation.0,
            &*to.bytes,
        ))?;
    if changed > 0 {
        connection
            .prepare_cached("UPDATE key SET revision = revision + 1 WHERE id = ?1")?
            .execute([key.as_bytes()])?;
    }
    Ok(changed)
}

/// How many messages a version may have encrypted.
pub(crate) fn messages(
    connection: &Connection,
    key: KeyId,
    number: VersionNumber,
) -> Result<Option<u64>, Fault> {
    let messages: Option<i64> = connection
        .prepare_cached("SELECT messages FROM version WHERE key = ?1 AND number = ?2")?
        .query_row((key.as_bytes(), number.get()), |row| row.get(0))
        .optional()?;
    Ok(messages.map(|messages| column::narrowed(TABLE, "number of messages", messages)).transpose()?)
}

/// Lets a version encrypt more, if it has had `from` until now.
pub(crate) fn reserve_messages(
    connection: &Connection,
    key: KeyId,
    number: VersionNumber,
    from: u64,
    to: u64,
) -> Result<(), Fault> {
    let out_of_range = |_| StoreError::Internal("a number of messages is out of range".into());
    let (from, to) = (i64::try_from(from).map_err(out_of_range)?, i64::try_from(to).map_err(out_of_range)?);
    let changed = connection
        .prepare_cached("UPDATE version SET messages = ?4 WHERE key = ?1 AND number = ?2 AND messages = ?3")?
        .execute((key.as_bytes(), number.get(), from, to))?;
    match changed {
        0 => Err(Fault::conflict("messages were reserved by somebody else")),
        _ => Ok(()),
    }
}

/// Lets a version that is for every algorithm be for one only.
pub(crate) fn restrict(
    connection: &Connection,
    key: KeyId,
    number: VersionNumber,
    algorithm: KeyAlgorithm,
) -> Result<(), Fault> {
    let changed = connection
        .prepare_cached(
            "UPDATE version SET algorithm = ?3 WHERE key = ?1 AND number = ?2 AND algorithm IS NULL",
        )?
        .execute((key.as_bytes(), number.get(), algorithm.code()))?;
    if changed == 0 {
        return Err(Fault::conflict("the version is for one algorithm already"));
    }
    // Whoever read the version before must not write the old one back.
    connection
        .prepare_cached("UPDATE key SET revision = revision + 1 WHERE id = ?1")?
        .execute([key.as_bytes()])?;
    Ok(())
}

struct VersionRow {
    key: [u8; 16],
    number: i64,
    state: String,
    provider: String,
    generation: Option<i64>,
    handle: Option<Vec<u8>>,
    public: Option<Vec<u8>>,
    created: i64,
    rotated: Option<String>,
    valid_to: Option<i64>,
    fingerprint: Option<[u8; 32]>,
    algorithm: Option<String>,
    destroy_at: Option<i64>,
    destroyed: Option<i64>,
    import_job: Option<String>,
    imported: Option<i64>,
    protection: String,
    tag: Option<[u8; 20]>,
    messages: i64,
}

impl VersionRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            number: row.get(1)?,
            state: row.get(2)?,
            provider: row.get(3)?,
            generation: row.get(4)?,
            handle: row.get(5)?,
            public: row.get(6)?,
            created: row.get(7)?,
            rotated: row.get(8)?,
            valid_to: row.get(9)?,
            fingerprint: row.get(10)?,
            algorithm: row.get(11)?,
            destroy_at: row.get(12)?,
            destroyed: row.get(13)?,
            import_job: row.get(14)?,
            imported: row.get(15)?,
            protection: row.get(16)?,
            tag: row.get(17)?,
            messages: row.get(18)?,
        })
    }
}

impl TryFrom<VersionRow> for KeyVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self, StoreError> {
        let rotated =
            row.rotated.map(|rotated| column::code(TABLE, "kind of rotation", &rotated)).transpose()?;
        let algorithm =
            row.algorithm.map(|algorithm| column::code(TABLE, "algorithm", &algorithm)).transpose()?;
        let import = match (row.import_job, row.imported) {
            (Some(job), Some(time)) => Some(VersionImport {
                job: column::parsed(TABLE, "import job", &job)?,
                time: Timestamp::from_micros(time),
            }),
            (None, None) => None,
            _ => return Err(inconsistent(TABLE, "half of an import")),
        };
        Ok(Self {
            key: KeyId::from_bytes(row.key),
            number: column::version_number(TABLE, row.number)?,
            state: column::code(TABLE, "state", &row.state)?,
            provider: column::parsed(TABLE, "provider", &row.provider)?,
            protection: column::code(TABLE, "protection level", &row.protection)?,
            tag: row.tag.map(KeyTag::new),
            messages: column::narrowed(TABLE, "number of messages", row.messages)?,
            handle: column::sealed_if_any(TABLE, row.generation, row.handle)?,
            public: row.public.map(Into::into),
            created: Timestamp::from_micros(row.created),
            rotated,
            valid_to: row.valid_to.map(Timestamp::from_micros),
            algorithm,
            destroy_at: row.destroy_at.map(Timestamp::from_micros),
            destroyed: row.destroyed.map(Timestamp::from_micros),
            import,
            fingerprint: row.fingerprint,
        })
    }
}
