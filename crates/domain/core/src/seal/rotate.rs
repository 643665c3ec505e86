use std::collections::HashSet;

use claviger_ports::{Batch, Change, Clock, Random, SealedPlace, Store, StoreError};
use claviger_types::{RequestId, RootKeyGeneration, Sealed, Timestamp};

use super::Seal;
use super::error::{ResealError, SealError};

/// Secrets per transaction: small enough that calls in between hardly wait.
const BATCH: usize = 256;
/// Conflicts in a row before giving up; each halves the batch, so that most are about a single secret.
const MAX_CONFLICTS: u32 = 64;

/// Encrypts every stored secret anew that is not under the current root key of `seal`.
///
/// Works while the store serves, and goes on after a crash where it stopped: what it knows is in the store. Calls
/// `progress` after each batch.
///
/// # Errors
/// `Unopenable` if some secrets do not open (all others were encrypted anew), `Contended`, `Store`, `Seal`.
pub async fn reseal_all(
    store: &dyn Store,
    seal: &Seal,
    random: &dyn Random,
    clock: &dyn Clock,
    progress: &mut (dyn FnMut(ResealStep) + Send),
) -> Result<AllResealed, ResealError> {
    let mut unopenable = HashSet::new();
    let mut size = BATCH;
    let mut conflicts = 0;
    loop {
        let (generation, observed) = (seal.current(), clock.now());
        // Those that do not open are found again: look beyond them.
        let limit = size + unopenable.len();
        let found = store.sealed_before(generation, limit).await?;
        let all = found.len() < limit;
        if found.is_empty() {
            return Ok(AllResealed { generation, observed });
        }
        let anew = encrypt_anew(seal, found, random)?;
        if anew.changes.is_empty() && all {
            return Err(ResealError::Unopenable(anew.unopenable));
        }
        unopenable.extend(anew.unopenable);
        if anew.changes.is_empty() {
            continue;
        }
        let outcome = RequestId::from_random(random.bytes());
        match store.commit(Batch { outcome, changes: anew.changes }).await {
            Ok(()) => {
                (size, conflicts) = (BATCH, 0);
                progress(ResealStep { outcome, places: anew.places });
            }
            Err(StoreError::Conflict(_)) if conflicts < MAX_CONFLICTS => {
                (size, conflicts) = ((size / 2).max(1), conflicts + 1);
            }
            Err(StoreError::Conflict(_)) => return Err(ResealError::Contended),
            Err(error) => return Err(error.into()),
        }
    }
}

/// One batch that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResealStep {
    /// The outcome that the store remembers: forget it when the audit log has it.
    pub outcome: RequestId,
    /// What was encrypted anew: whoever caches what the store holds there must read it again before
    /// [`finish_rotation`](super::finish_rotation).
    pub places: Vec<SealedPlace>,
}

/// Proof that at some time nothing was stored under another root key than that of `generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllResealed {
    generation: RootKeyGeneration,
    observed: Timestamp,
}

impl AllResealed {
    /// The root key under which everything was.
    pub fn generation(&self) -> RootKeyGeneration {
        self.generation
    }

    /// When, at the earliest.
    pub fn observed(&self) -> Timestamp {
        self.observed
    }
}

struct Anew {
    places: Vec<SealedPlace>,
    changes: Vec<Change>,
    unopenable: Vec<SealedPlace>,
}

fn encrypt_anew(
    seal: &Seal,
    found: Vec<(SealedPlace, Sealed)>,
    random: &dyn Random,
) -> Result<Anew, SealError> {
    let mut anew = Anew { places: Vec::new(), changes: Vec::new(), unopenable: Vec::new() };
    for (place, from) in found {
        match seal.open(&place, &from) {
            Ok(secret) => {
                let to = seal.seal(&place, &secret, random)?;
                anew.places.push(place.clone());
                anew.changes.push(Change::Reseal { place, from, to });
            }
            Err(SealError::NotAuthentic | SealError::UnknownGeneration(_)) => anew.unopenable.push(place),
            Err(error) => return Err(error),
        }
    }
    Ok(anew)
}
