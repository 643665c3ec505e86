use std::{sync::Arc, time::Duration};

use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::{Change, KeyRecord};
use claviger_types::{Days, KeyAlgorithm, KeySpec, KeyUsage, Rotation, Tags, Timestamp, VersionTemplate};

use crate::{rotation_schedule::require_rotatable, tags::check_tags};

const HOUR: u64 = 3600;

/// Changes what can be changed of a key, all or nothing.
pub struct UpdateKey {
    /// The key.
    pub key: KeyRef,
    /// What becomes new.
    pub changes: KeyChanges,
}

/// What becomes new of a key; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct KeyChanges {
    /// Its labels, all of them.
    pub tags: Option<Tags>,
    /// How it is rotated by time.
    pub rotation: Option<RotationChange>,
    /// The one algorithm of its next versions.
    pub algorithm: Option<KeyAlgorithm>,
    /// What the key must be for the change to make sense, where the caller's algorithm says that too.
    pub expected: Option<(KeySpec, KeyUsage)>,
    /// How long its versions wait for their destruction.
    pub destroy_after: Option<Duration>,
}

/// What becomes of the rotation of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationChange {
    /// There is none any more.
    Never,
    /// It is this one.
    To(Rotation),
    /// It goes on with another period.
    Period(Duration),
    /// It goes on at another time.
    Next(Timestamp),
}

impl RotationChange {
    fn of(self, own: Option<Rotation>) -> Result<Option<Rotation>> {
        let own = || {
            own.ok_or_else(|| Error::invalid("The key is not rotated: set period and next time together."))
        };
        Ok(match self {
            Self::Never => None,
            Self::To(rotation) => Some(rotation),
            Self::Period(period) => Some(Rotation { period, ..own()? }),
            Self::Next(next) => Some(Rotation { next, ..own()? }),
        })
    }

    fn period(self) -> Option<Duration> {
        match self {
            Self::To(Rotation { period, .. }) | Self::Period(period) => Some(period),
            Self::Never | Self::Next(_) => None,
        }
    }
}

impl Operation for UpdateKey {
    type Proof = KeyProof<actions::UpdateKey>;
    /// The key as it is now.
    type Output = KeyRecord;
    const NAME: &'static str = "UpdateKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            rotation_period: self.changes.rotation.and_then(RotationChange::period).map(Days::of),
            tags: self.changes.tags.as_ref(),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.changes.tags.as_ref().map_or(Ok(()), check_tags)?;
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<KeyRecord> {
        let entry = proof.target();
        let mut key = entry.key().clone();
        let KeyChanges { tags, rotation, algorithm, expected, destroy_after } = self.changes.clone();
        if expected.is_some_and(|expected| expected != (key.spec, key.usage)) {
            return Err(Error::invalid("The algorithm is not one of the key's purpose and size."));
        }
        if let Some(change) = rotation {
            let rotation = change.of(key.rotation)?;
            if rotation.is_some() {
                require_rotatable(entry, scope)?;
            }
            check_rotation(rotation, key.usage, key.template.import_only)?;
            key.rotation = rotation;
        }
        key.template = VersionTemplate {
            algorithm: algorithm.or(key.template.algorithm),
            destroy_after: destroy_after.unwrap_or(key.template.destroy_after),
            ..key.template
        };
        check_template(&key.template, key.spec, key.usage)?;
        key.tags = tags.unwrap_or(key.tags);
        if key == *entry.key() {
            return Ok(entry.record.clone());
        }
        scope.commit(&proof, vec![Change::PutKey(key.clone())]).await?;
        Ok(KeyRecord { key: Arc::new(key), ..entry.record.clone() })
    }
}

/// Refuses a schedule for keys that have no primary version, and periods that make no sense.
pub(crate) fn check_rotation(rotation: Option<Rotation>, usage: KeyUsage, import_only: bool) -> Result<()> {
    let Some(rotation) = rotation else { return Ok(()) };
    if usage != KeyUsage::Encrypt || import_only {
        return Err(Error::invalid(
            "Only symmetric encryption keys whose material is generated are rotated.",
        ));
    }
    match (24 * HOUR..=876_000 * HOUR).contains(&rotation.period.as_secs()) {
        true => Ok(()),
        false => Err(Error::invalid("A rotation period is 24 to 876,000 hours.")),
    }
}

/// Refuses versions that cannot be, and waiting periods that are too short or too long.
pub(crate) fn check_template(template: &VersionTemplate, spec: KeySpec, usage: KeyUsage) -> Result<()> {
    if let Some(algorithm) = template.algorithm.filter(|algorithm| !algorithm.fits(spec, usage)) {
        let (algorithm, spec) = (algorithm.name(), spec.policy_name());
        return Err(Error::invalid(format!(
            "Algorithm {algorithm} is none of a key of spec {spec} and this usage."
        )));
    }
    match (24 * HOUR..=120 * 24 * HOUR).contains(&template.destroy_after.as_secs()) {
        true => Ok(()),
        false => Err(Error::invalid("Versions wait 24 hours to 120 days for their destruction.")),
    }
}
