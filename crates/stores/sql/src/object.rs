//! Managed objects, with their names and groups.

use claviger_ports::{ObjectFilter, Page, StoreError};
use claviger_types::{
    AccountId, KeyId, ManagedObject, ObjectDates, ObjectId, ObjectRevocation, Revision, Sealed, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{change::Residue, code::Code, column, error::Fault, policy};

const TABLE: &str = "managed_object";

macro_rules! select {
    ($rest:literal) => {
        select!("o.generation, o.value, ", $rest)
    };
    ($value:literal, $rest:literal) => {
        concat!(
            "SELECT o.id, o.project, o.kind, o.key, o.state, o.usage_mask, o.sensitive, o.extractable, o.activation, ",
            "o.deactivation, o.compromise_occurrence, o.compromise, o.destroyed, o.attributes, ",
            $value,
            "policy.text, o.created, o.changed, o.revision, o.revocation_code, o.revocation_message, o.replaces, ",
            "o.replaced_by ",
            "FROM managed_object AS o JOIN policy ON policy.id = o.policy ",
            $rest
        )
    };
}

/// Writes an object whose stored revision is that of `object`, with the next revision.
pub(crate) fn put(connection: &Connection, object: &ManagedObject) -> Result<Residue, Fault> {
    let mut residue = Residue::None;
    let new_policy = policy::intern(connection, &object.policy)?;
    if object.revision == Revision::NEW {
        write(connection, INSERT, object, new_policy)?;
    } else {
        let value = object.value.as_ref().map(|sealed| &*sealed.bytes);
        let previous: Option<(i64, bool)> = connection
            .prepare_cached(
                "SELECT policy, value IS NOT NULL AND value IS NOT ?2 FROM managed_object WHERE id = ?1",
            )?
            .query_row((object.id.as_bytes(), value), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if write(connection, UPDATE, object, new_policy)? == 0 {
            return Err(Fault::conflict("the object was changed by somebody else"));
        }
        if let Some((policy, replaces_value)) = previous {
            if policy != new_policy {
                policy::release(connection, policy)?;
            }
            if replaces_value {
                residue = Residue::Secrets;
            }
        }
        connection
            .prepare_cached("DELETE FROM object_label WHERE object = ?1")?
            .execute([object.id.as_bytes()])?;
    }
    label(connection, object, "name", &object.names)?;
    label(connection, object, "group", &object.groups)?;
    Ok(residue)
}

/// An object that has a record.
pub(crate) fn find(connection: &Connection, id: ObjectId) -> Result<Option<ManagedObject>, Fault> {
    let row = connection
        .prepare_cached(select!("WHERE o.id = ?1"))?
        .query_row([id.as_bytes()], ObjectRow::read)
        .optional()?;
    row.map(|row| complete(connection, row)).transpose()
}

/// Objects of a project without their values, by id. The rarer label leads the search: a name if there is one, then a group.
pub(crate) fn list(
    connection: &Connection,
    project: AccountId,
    filter: &ObjectFilter,
    after: Option<ObjectId>,
    limit: usize,
) -> Result<Page<ManagedObject>, Fault> {
    let mut statement = connection.prepare_cached(match (&filter.name, &filter.group) {
        (Some(_), _) => select!(
            "NULL, NULL, ",
            "WHERE o.id IN (SELECT object FROM object_label WHERE project = ?1 AND kind = 'name' AND value = ?3
                  AND object > ?2)
               AND (?4 IS NULL OR EXISTS
                    (SELECT 1 FROM object_label AS l WHERE l.object = o.id AND l.kind = 'group' AND l.value = ?4))
               AND (?5 OR o.state NOT IN ('destroyed', 'destroyed-compromised'))
             ORDER BY o.id LIMIT ?6"
        ),
        (None, Some(_)) => select!(
            "NULL, NULL, ",
            "WHERE o.id IN (SELECT object FROM object_label WHERE project = ?1 AND kind = 'group' AND value = ?4
                  AND object > ?2)
               AND ?3 IS NULL AND (?5 OR o.state NOT IN ('destroyed', 'destroyed-compromised'))
             ORDER BY o.id LIMIT ?6"
        ),
        (None, None) => select!(
            "NULL, NULL, ",
            "WHERE o.project = ?1 AND o.id > ?2 AND ?3 IS NULL AND ?4 IS NULL
               AND (?5 OR o.state NOT IN ('destroyed', 'destroyed-compromised'))
             ORDER BY o.id LIMIT ?6"
        ),
    })?;
    let values = params![
        column::account_to_column(project),
        // No bytes are before every id.
        after.as_ref().map_or(&[][..], |id| id.as_bytes().as_slice()),
        filter.name.as_deref(),
        filter.group.as_deref(),
        filter.destroyed,
        column::one_more(limit),
    ];
    let rows: Vec<ObjectRow> = statement.query_map(values, ObjectRow::read)?.collect::<Result<_, _>>()?;
    let objects = rows.into_iter().map(|row| complete(connection, row)).collect::<Result<_, _>>()?;
    Ok(column::page(objects, limit))
}

/// How many objects of a project have a value, up to `most`.
pub(crate) fn count_kept(connection: &Connection, project: AccountId, most: u32) -> Result<u32, Fault> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM
                 (SELECT 1 FROM managed_object WHERE project = ?1 AND value IS NOT NULL LIMIT ?2)",
        )?
        .query_row((column::account_to_column(project), most), |row| row.get(0))?)
}

/// Objects whose date has come. Each part has an index of its own.
pub(crate) fn due(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<ObjectId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM (
             SELECT id, activation AS due FROM managed_object
             WHERE state = 'pre-active' AND activation IS NOT NULL AND activation <= ?1
             UNION ALL
             SELECT id, deactivation AS due FROM managed_object
             WHERE state = 'active' AND deactivation IS NOT NULL AND deactivation <= ?1
         ) ORDER BY due, id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids = statement.query_map((now.micros(), limit), |row| row.get(0).map(ObjectId::from_bytes))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Replaces a value by the same one under another root key, if it is still `from`. The revision rises, so that whoever
/// read the old value before cannot write it back.
pub(crate) fn reseal(
    connection: &Connection,
    id: ObjectId,
    from: &Sealed,
    to: &Sealed,
) -> Result<usize, Fault> {
    Ok(connection
        .prepare_cached(
            "UPDATE managed_object SET generation = ?4, value = ?5, revision = revision + 1
             WHERE id = ?1 AND generation = ?2 AND value = ?3",
        )?
        .execute((id.as_bytes(), from.generation.0, &*from.bytes, to.generation.0, &*to.bytes))?)
}

const INSERT: &str = "INSERT INTO managed_object (
        id, project, kind, key, state, usage_mask, sensitive, extractable, activation, deactivation,
        compromise_occurrence, compromise, destroyed, attributes, generation, value, policy, created, changed, revision,
        revocation_code, revocation_message, replaces, replaced_by
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20 + 1, ?21, ?22,
        ?23, ?24)";

const UPDATE: &str = "UPDATE managed_object SET
        project = ?2, kind = ?3, key = ?4, state = ?5, usage_mask = ?6, sensitive = ?7, extractable = ?8,
        activation = ?9, deactivation = ?10, compromise_occurrence = ?11, compromise = ?12, destroyed = ?13,
        attributes = ?14, generation = ?15, value = ?16, policy = ?17, created = ?18, changed = ?19,
        revocation_code = ?21, revocation_message = ?22, replaces = ?23, replaced_by = ?24,
        revision = revision + 1
    WHERE id = ?1 AND revision = ?20";

fn write(connection: &Connection, sql: &str, object: &ManagedObject, policy: i64) -> Result<usize, Fault> {
    let value = object.value.as_ref();
    let dates = &object.dates;
    connection
        .prepare_cached(sql)?
        .execute(params![
            object.id.as_bytes(),
            column::account_to_column(object.project),
            object.kind.code(),
            object.key.as_ref().map(KeyId::as_bytes),
            object.state.code(),
            object.usage_mask,
            object.sensitive,
            object.extractable,
            dates.activation.map(Timestamp::micros),
            dates.deactivation.map(Timestamp::micros),
            dates.compromise_occurrence.map(Timestamp::micros),
            dates.compromise.map(Timestamp::micros),
            dates.destroy.map(Timestamp::micros),
            &*object.attributes,
            value.map(|sealed| sealed.generation.0),
            value.map(|sealed| &*sealed.bytes),
            policy,
            object.created.micros(),
            object.changed.micros(),
            column::widened("a revision", object.revision.0)?,
            object.revocation.as_ref().map(|revocation| revocation.code),
            object.revocation.as_ref().and_then(|revocation| revocation.message.as_deref()),
            object.replaces.as_ref().map(ObjectId::as_bytes),
            object.replaced_by.as_ref().map(ObjectId::as_bytes),
        ])
        .map_err(|error| Fault::on_taken(error, "the object exists already"))
}

fn label(
    connection: &Connection,
    object: &ManagedObject,
    kind: &str,
    values: &[Box<str>],
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO object_label (object, kind, number, project, value) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let project = column::account_to_column(object.project);
    for (number, value) in values.iter().enumerate() {
        let number = column::widened("the number of a name", number as u64)?;
        statement.execute((object.id.as_bytes(), kind, number, project, &**value))?;
    }
    Ok(())
}

fn labels(connection: &Connection, id: ObjectId, kind: &str) -> Result<Box<[Box<str>]>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT value FROM object_label WHERE object = ?1 AND kind = ?2 ORDER BY number")?;
    let values = statement.query_map((id.as_bytes(), kind), |row| Ok(row.get::<_, String>(0)?.into()))?;
    Ok(values.collect::<Result<_, _>>()?)
}

fn complete(connection: &Connection, row: ObjectRow) -> Result<ManagedObject, Fault> {
    let mut object = ManagedObject::try_from(row)?;
    object.names = labels(connection, object.id, "name")?;
    object.groups = labels(connection, object.id, "group")?;
    Ok(object)
}

struct ObjectRow {
    id: [u8; 16],
    project: i64,
    kind: String,
    key: Option<[u8; 16]>,
    state: String,
    usage_mask: i64,
    sensitive: bool,
    extractable: bool,
    activation: Option<i64>,
    deactivation: Option<i64>,
    compromise_occurrence: Option<i64>,
    compromise: Option<i64>,
    destroyed: Option<i64>,
    attributes: Vec<u8>,
    generation: Option<i64>,
    value: Option<Vec<u8>>,
    policy: String,
    created: i64,
    changed: i64,
    revision: i64,
    revocation_code: Option<i64>,
    revocation_message: Option<String>,
    replaces: Option<[u8; 16]>,
    replaced_by: Option<[u8; 16]>,
}

impl ObjectRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            project: row.get(1)?,
            kind: row.get(2)?,
            key: row.get(3)?,
            state: row.get(4)?,
            usage_mask: row.get(5)?,
            sensitive: row.get(6)?,
            extractable: row.get(7)?,
            activation: row.get(8)?,
            deactivation: row.get(9)?,
            compromise_occurrence: row.get(10)?,
            compromise: row.get(11)?,
            destroyed: row.get(12)?,
            attributes: row.get(13)?,
            generation: row.get(14)?,
            value: row.get(15)?,
            policy: row.get(16)?,
            created: row.get(17)?,
            changed: row.get(18)?,
            revision: row.get(19)?,
            revocation_code: row.get(20)?,
            revocation_message: row.get(21)?,
            replaces: row.get(22)?,
            replaced_by: row.get(23)?,
        })
    }
}

impl TryFrom<ObjectRow> for ManagedObject {
    type Error = StoreError;

    fn try_from(row: ObjectRow) -> Result<Self, StoreError> {
        let message = row.revocation_message.map(Into::into);
        let revocation = row.revocation_code.map(|code| -> Result<_, StoreError> {
            Ok(ObjectRevocation { code: column::narrowed(TABLE, "reason of revocation", code)?, message })
        });
        Ok(Self {
            id: ObjectId::from_bytes(row.id),
            project: column::account(TABLE, row.project)?,
            kind: column::code(TABLE, "kind", &row.kind)?,
            key: row.key.map(KeyId::from_bytes),
            state: column::code(TABLE, "state", &row.state)?,
            usage_mask: column::narrowed(TABLE, "usage mask", row.usage_mask)?,
            names: Box::default(),
            groups: Box::default(),
            sensitive: row.sensitive,
            extractable: row.extractable,
            dates: ObjectDates {
                activation: row.activation.map(Timestamp::from_micros),
                deactivation: row.deactivation.map(Timestamp::from_micros),
                compromise_occurrence: row.compromise_occurrence.map(Timestamp::from_micros),
                compromise: row.compromise.map(Timestamp::from_micros),
                destroy: row.destroyed.map(Timestamp::from_micros),
            },
            revocation: revocation.transpose()?,
            replaces: row.replaces.map(ObjectId::from_bytes),
            replaced_by: row.replaced_by.map(ObjectId::from_bytes),
            attributes: row.attributes.into(),
            value: column::sealed_if_any(TABLE, row.generation, row.value)?,
            policy: row.policy.into(),
            created: Timestamp::from_micros(row.created),
            changed: Timestamp::from_micros(row.changed),
            revision: Revision(column::narrowed(TABLE, "revision", row.revision)?),
        })
    }
}
