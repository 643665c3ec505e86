use std::{sync::Arc, time::Duration};

use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::{Change, KeyRecord};
use claviger_types::{Days, KeyAlgorithm, KeySpec, KeyUsage, Rotation, Tags, VersionTemplate};

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
    /// How it is rotated by time; `Some(None)` if no longer.
    pub rotation: Option<Option<Rotation>>,
    /// The one algorithm of its next versions.
    pub algorithm: Option<KeyAlgorithm>,
    /// How long its versions wait for their destruction.
    pub destroy_after: Option<Duration>,
}

impl Operation for UpdateKey {
    type Proof = KeyProof<actions::UpdateKey>;
    /// The key as it is now.
    type Output = KeyRecord;
    const NAME: &'static str = "UpdateKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            rotation_period: self.changes.rotation.flatten().map(|rotation| Days::of(rotation.period)),
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
        let KeyChanges { tags, rotation, algorithm, destroy_after } = self.changes.clone();
        if let Some(rotation) = rotation {
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
