use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use claviger_ports::{KeyslotKind, SealedPlace};
use claviger_types::{RequestId, RootKeyGeneration, Timestamp};

use super::{
    Admin, SlotSecret,
    keyslots::{blocking, replace},
};
use crate::{
    Authorized, Effect, Error, Gate, Installation, Operation, Params, Reason, Result, Scope, Service,
    actions,
    seal::{self, AllResealed, Header, ResealError, ResealStep, SlotId},
    service::Core,
};

/// Makes a new root key, which encrypts from now on, and begins to encrypt every stored secret anew, while serving.
pub struct RotateRootKey {
    /// What opens the slots that are kept: a slot cannot be opened by the root key. Those of devices open without.
    pub keep: Vec<SlotSecret>,
    /// The slots that are not kept; each other one must be opened by one of `keep` or by a device.
    pub drop: Vec<SlotId>,
}

/// Which root key there is, and how far a rotation has come.
pub struct DescribeRootKey;

/// The root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootKeyStatus {
    /// Counts the rotations, from 1.
    pub generation: RootKeyGeneration,
    /// Root keys of before that may still be needed. Empty unless a rotation is under way.
    pub retired: Vec<RootKeyGeneration>,
    /// When the rotation can be finished at the earliest.
    pub finish_not_before: Option<Timestamp>,
    /// Secrets that this node has encrypted anew since it started.
    pub resealed: u64,
    /// Why they could not all be encrypted anew at the last try.
    pub problem: Option<String>,
}

/// What the upkeep of the seal has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealUpkeep {
    /// A rotation was finished: the old root keys are gone.
    Finished,
    /// There is nothing to do.
    Idle,
    /// Every secret is encrypted anew; the rotation can be finished at this time.
    Waiting(Timestamp),
    /// Somebody else is at work.
    Working,
}

#[derive(Default)]
pub(super) struct Progress {
    resealed: u64,
    problem: Option<String>,
}

type Proof = Authorized<actions::ManageSeal, Installation>;

impl Operation for RotateRootKey {
    type Proof = Proof;
    type Output = RootKeyStatus;
    const NAME: &'static str = "RotateRootKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<RootKeyStatus> {
        let mut locks = self.keep.iter().map(SlotSecret::lock).collect::<Result<Vec<_>>>()?;
        locks.extend(scope.core.admin()?.device_locks()?);
        let (drop, random, now) = (self.drop.clone(), scope.core.random.clone(), scope.now());
        let header = scope
            .change_header(&proof, move |seal, header| {
                let keep: Vec<&dyn KeyslotKind> = locks.iter().map(|lock| &**lock).collect();
                let change = seal::begin_rotation(seal, header, &keep, &drop, &*random, now)?;
                let header = change.header().clone();
                Ok((change, header))
            })
            .await?;
        let admin = scope.core.admin()?;
        admin.note_progress(|progress| *progress = Progress::default());
        if let Some(core) = scope.core.this.upgrade() {
            tokio::spawn(async move { Service { core }.maintain_seal_logged().await });
        }
        Ok(admin.root_key_status(&header))
    }
}

impl Operation for DescribeRootKey {
    type Proof = Proof;
    type Output = RootKeyStatus;
    const NAME: &'static str = "DescribeRootKey";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, _proof: Proof, scope: &Scope<'_>) -> Result<RootKeyStatus> {
        let admin = scope.core.admin()?;
        Ok(admin.root_key_status(&admin.header().await?))
    }
}

impl Service {
    /// Goes on with a rotation of the root key that is under way: encrypts stored secrets anew, and forgets the old root
    /// keys as soon as no call from before can need them. To be called now and then; it does little if there is nothing
    /// to do.
    ///
    /// # Errors
    /// If the header can't be read or written, or a secret can't be encrypted anew; another call goes on from there.
    pub async fn maintain_seal(&self) -> Result<SealUpkeep> {
        let Some(admin) = &self.core.admin else { return Ok(SealUpkeep::Idle) };
        let header = admin.header().await?;
        let Some(not_before) = seal::finish_not_before(&header) else { return Ok(SealUpkeep::Idle) };
        let Ok(_turn) = admin.reseal_turn.try_lock() else { return Ok(SealUpkeep::Working) };
        let resealed = self.core.reseal(admin).await;
        admin.note_progress(|progress| {
            progress.problem = resealed.as_ref().err().map(|error| error.public().to_owned());
        });
        let done = resealed?;
        if done.observed() < not_before {
            return Ok(SealUpkeep::Waiting(not_before));
        }
        self.finish(admin, done).await
    }

    /// The same, for whoever cannot tell anybody of an error.
    pub(super) async fn maintain_seal_logged(&self) {
        if let Err(error) = self.maintain_seal().await {
            tracing::error!(?error, "the rotation of the root key does not go on");
        }
    }

    async fn finish(&self, admin: &Arc<Admin>, done: AllResealed) -> Result<SealUpkeep> {
        let _turn = admin.header_turn.lock().await;
        let (store, seal) = (admin.header.clone(), self.core.seal.clone());
        let header = blocking(move || {
            replace(&*store, &seal, |seal, header| {
                let change = seal::finish_rotation(seal, header, &done)?;
                let header = change.header().clone();
                Ok((change, header))
            })
        })
        .await?;
        let detail = BTreeMap::from([("generation", header.generation().0.to_string())]);
        self.note("root-key-rotated", detail).await?;
        Ok(SealUpkeep::Finished)
    }
}

impl Core {
    async fn reseal(&self, admin: &Admin) -> Result<AllResealed> {
        let mut outcomes = Vec::new();
        let mut progress = |step: ResealStep| {
            self.forget_places(&step.places);
            admin.note_progress(|progress| progress.resealed += step.places.len() as u64);
            outcomes.push(step.outcome);
        };
        let done =
            seal::reseal_all(&*self.store, &self.seal, &*self.random, &*self.clock, &mut progress).await;
        // No call made these changes, so no record waits for them.
        self.forget_outcomes(outcomes).await?;
        done.map_err(|error| match error {
            ResealError::Contended => Error::new(Reason::Unavailable, error.to_string()),
            ResealError::Seal(error) => error.into(),
            ResealError::Store(error) => error.into(),
            ResealError::Unopenable(_) => Error::new(Reason::StoredDataDamaged, error.to_string()),
        })
    }

    /// What is cached still has the secret under the old root key, which will not open any more.
    fn forget_places(&self, places: &[SealedPlace]) {
        for place in places {
            match place {
                SealedPlace::VersionHandle(key, version) => {
                    self.keys.forget(*key);
                    self.keys.forget_version(*key, *version);
                }
                SealedPlace::ObjectValue(id) => self.objects.forget(*id),
                // The directory keeps opened secrets, and the others are read each time.
                SealedPlace::CredentialSecret(_)
                | SealedPlace::ImportJobKey(_)
                | SealedPlace::Installation(_) => {}
            }
        }
    }

    pub(crate) async fn forget_outcomes(&self, outcomes: Vec<RequestId>) -> Result<()> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let outcome = RequestId::from_random(self.random.bytes());
        let changes = vec![claviger_ports::Change::ForgetOutcomes(outcomes)];
        Ok(self.store.commit(claviger_ports::Batch { outcome, changes }).await?)
    }
}

impl Admin {
    fn note_progress(&self, note: impl FnOnce(&mut Progress)) {
        note(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn root_key_status(&self, header: &Header) -> RootKeyStatus {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        RootKeyStatus {
            generation: header.generation(),
            retired: header.retired().collect(),
            finish_not_before: seal::finish_not_before(header),
            resealed: progress.resealed,
            problem: progress.problem.clone(),
        }
    }
}
