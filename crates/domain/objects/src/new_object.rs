use std::sync::Arc;

use claviger_core::{Error, Result};
use claviger_types::{
    AccountId, KeyId, ManagedObject, ObjectDates, ObjectId, ObjectKind, ObjectState, Revision, Sealed,
    Timestamp,
};

/// What a client says of an object that it makes.
#[derive(Clone, Debug, Default)]
pub struct NewObject {
    /// Its names: at most 32 of 1 to 1024 bytes. They need not be unique: a client may make up the same name twice within a second.
    pub names: Box<[Box<str>]>,
    /// The groups that it is in, likewise.
    pub groups: Box<[Box<str>]>,
    /// What it may be used for: the bits of KMIP 2.1 §11.18.
    pub usage_mask: u32,
    /// Whether its value may leave only wrapped.
    pub sensitive: bool,
    /// From when on it is active; it is pre-active if absent.
    pub activation: Option<Timestamp>,
    /// From when on it is deactivated.
    pub deactivation: Option<Timestamp>,
    /// Its other attributes, as its front encodes them: at most 64 KiB.
    pub attributes: Arc<[u8]>,
}

const MAX_LABELS: usize = 32;
const MAX_LABEL_LEN: usize = 1024;
const MAX_ATTRIBUTES_LEN: usize = 64 << 10;

/// What the record of an object gets besides what its client says.
pub(crate) struct Identity<'a> {
    pub(crate) id: ObjectId,
    pub(crate) project: AccountId,
    pub(crate) kind: ObjectKind,
    pub(crate) key: Option<KeyId>,
    pub(crate) extractable: bool,
    pub(crate) value: Option<Sealed>,
    pub(crate) policy: &'a str,
    pub(crate) now: Timestamp,
}

impl NewObject {
    /// Refuses what is too much, or makes no sense.
    pub(crate) fn check(&self) -> Result<()> {
        check_labels("names", &self.names)?;
        check_labels("groups", &self.groups)?;
        check_attributes(&self.attributes)?;
        check_dates(self.activation, self.deactivation)
    }

    /// The state that it begins in.
    pub(crate) fn state(&self, now: Timestamp) -> ObjectState {
        state_by_dates(self.activation, self.deactivation, now)
    }

    /// Its record.
    pub(crate) fn record(&self, identity: Identity<'_>) -> ManagedObject {
        let Identity { id, project, kind, key, extractable, value, policy, now } = identity;
        ManagedObject {
            id,
            project,
            kind,
            key,
            state: self.state(now),
            usage_mask: self.usage_mask,
            names: self.names.clone(),
            groups: self.groups.clone(),
            sensitive: self.sensitive,
            extractable,
            dates: ObjectDates {
                activation: self.activation,
                deactivation: self.deactivation,
                ..ObjectDates::default()
            },
            revocation: None,
            replaces: None,
            replaced_by: None,
            attributes: self.attributes.clone(),
            value,
            policy: policy.into(),
            created: now,
            changed: now,
            revision: Revision::NEW,
        }
    }
}

/// The state of an object that nobody has revoked.
pub(crate) fn state_by_dates(
    activation: Option<Timestamp>,
    deactivation: Option<Timestamp>,
    now: Timestamp,
) -> ObjectState {
    let has_come = |date: Option<Timestamp>| date.is_some_and(|at| at <= now);
    match (has_come(activation), has_come(deactivation)) {
        (true, true) => ObjectState::Deactivated,
        (true, false) => ObjectState::Active,
        (false, _) => ObjectState::PreActive,
    }
}

pub(crate) fn check_labels(what: &str, labels: &[Box<str>]) -> Result<()> {
    if labels.len() > MAX_LABELS {
        return Err(Error::invalid(format!("An object has at most {MAX_LABELS} {what}.")));
    }
    match labels.iter().all(|label| (1..=MAX_LABEL_LEN).contains(&label.len())) {
        true => Ok(()),
        false => Err(Error::invalid(format!("The {what} of an object have 1 to {MAX_LABEL_LEN} bytes."))),
    }
}

pub(crate) fn check_attributes(attributes: &[u8]) -> Result<()> {
    match attributes.len() <= MAX_ATTRIBUTES_LEN {
        true => Ok(()),
        false => Err(Error::invalid("The attributes of the object are too long.")),
    }
}

pub(crate) fn check_dates(activation: Option<Timestamp>, deactivation: Option<Timestamp>) -> Result<()> {
    match (activation, deactivation) {
        (Some(activation), Some(deactivation)) if deactivation < activation => {
            Err(Error::invalid("The deactivation date is before the activation date."))
        }
        _ => Ok(()),
    }
}
