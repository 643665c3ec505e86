use claviger_core::{
    Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{Days, KeyId, KeyState, KeyUsage, Rotation};

use crate::state::require_enabled;

/// Rotates a key by time from now on.
pub struct EnableKeyRotation {
    /// A symmetric encrypt key whose material was generated.
    pub key: KeyRef,
    /// Days between rotations, 90 to 2560; `None` keeps the period that there is, or takes 365.
    pub period: Option<Days>,
}

/// Rotates a key no longer by time.
pub struct DisableKeyRotation {
    /// The key.
    pub key: KeyRef,
}

/// Whether and when a key is rotated.
pub struct GetKeyRotationStatus {
    /// The key, of any kind.
    pub key: KeyRef,
}

/// How a key is rotated.
#[derive(Debug)]
pub struct RotationStatus {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// Its schedule; `None` if it is not rotated by time.
    pub rotation: Option<Rotation>,
}

impl Operation for EnableKeyRotation {
    type Proof = KeyProof<actions::EnableKeyRotation>;
    type Output = ();
    const NAME: &'static str = "EnableKeyRotation";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { rotation_period: self.period, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if self.period.is_some_and(|period| !(90..=2560).contains(&period.0)) {
            return Err(Error::invalid("The rotation period is 90 to 2560 days."));
        }
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        require_rotatable(entry, scope)?;
        require_enabled(entry, &scope.key_arn(entry))?;
        let known = entry.key().rotation.map(|rotation| rotation.period);
        let period = self.period.map(Days::duration).or(known).unwrap_or(Days(365).duration());
        if entry.key().rotation.is_some_and(|rotation| rotation.period == period) {
            return Ok(());
        }
        let mut changed = entry.key().clone();
        changed.rotation = Some(Rotation { period, next: scope.now().plus(period) });
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}

impl Operation for DisableKeyRotation {
    type Proof = KeyProof<actions::DisableKeyRotation>;
    type Output = ();
    const NAME: &'static str = "DisableKeyRotation";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        require_rotatable(entry, scope)?;
        require_enabled(entry, &scope.key_arn(entry))?;
        if entry.key().rotation.is_none() {
            return Ok(());
        }
        let mut changed = entry.key().clone();
        changed.rotation = None;
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}

impl Operation for GetKeyRotationStatus {
    type Proof = KeyProof<actions::GetKeyRotationStatus>;
    type Output = RotationStatus;
    const NAME: &'static str = "GetKeyRotationStatus";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    /// Answers for every key, because clients ask for every key.
    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<RotationStatus> {
        let entry = key.target();
        let rotation = entry.key().rotation.filter(|_| entry.key().state != KeyState::PendingDeletion);
        Ok(RotationStatus { key: entry.id(), key_arn: scope.key_arn(entry), rotation })
    }
}

/// Refuses keys of which there can be no second version with the same meaning.
pub(crate) fn require_rotatable(entry: &KeyEntry, scope: &Scope<'_>) -> Result<()> {
    let key = entry.key();
    match key.usage == KeyUsage::Encrypt && key.origin.is_renewable() && !key.template.import_only {
        true => Ok(()),
        false => Err(Error::new(
            Reason::Unsupported,
            format!(
                "{} cannot be rotated: only symmetric encryption keys with generated material can.",
                scope.key_arn(entry)
            ),
        )),
    }
}
