//! The seal: root keys in memory, the header of keyslots that wraps them on disk, and their rotation.
//!
//! Every stored secret is encrypted under the current root key and bound to the place where it is stored. The root
//! key is random and is stored only wrapped, once per keyslot, in a [`Header`] beside the database.
//!
//! What the seal defends against: somebody who reads or writes database, header and backups without knowing what
//! opens a keyslot. What it does not: somebody who once had the root key (that is what [`begin_rotation`] is for), and
//! somebody who puts back an older header or an older row of the same place, which open as they did then.
//!
//! Whatever changes the header is a [`HeaderChange`]: a new header that takes effect, on disk and then in memory, in
//! [`HeaderChange::commit`] and nowhere else. So an error changes nothing, and nothing is ever sealed under a root
//! key that is not on disk yet.

mod canonical;
mod change;
mod envelope;
mod error;
mod header;
mod key_file;
mod keyslots;
mod passphrase;
mod place;
mod root;
mod rotate;
mod rotation;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use claviger_ports::{Random, SealedPlace};
use claviger_types::{RootKeyGeneration, Sealed, SecretBytes, SecretKey};

pub use change::HeaderChange;
pub use error::{HeaderError, ResealError, SealError};
pub use header::{Header, InstallationId, SlotId, SlotInfo, SlotLabel};
pub use key_file::KeyFile;
pub use keyslots::{RotationAdvised, add_slot, create, remove_slot, unlock};
pub use passphrase::{Argon2Cost, Passphrase};
use root::RootKey;
pub use rotate::{AllResealed, ResealStep, reseal_all};
pub use rotation::{GRACE_SECS, begin_rotation, finish_not_before, finish_rotation};

/// The root keys, by generation. Cheap to use from many threads.
pub struct Seal {
    state: RwLock<Arc<State>>,
    /// Held from the check that a change is up to date until it is in memory.
    changing: Mutex<()>,
}

impl Seal {
    /// Encrypts `secret` under the current root key, to be stored at `place` only.
    ///
    /// # Errors
    /// `TooLong` above 2^36 - 32 bytes; `Internal` if the cryptographic library fails.
    pub fn seal(
        &self,
        place: &SealedPlace,
        secret: &SecretBytes,
        random: &dyn Random,
    ) -> Result<Sealed, SealError> {
        self.state().current.seal(place, secret, random)
    }

    /// Decrypts what is stored at `place`.
    ///
    /// # Errors
    /// `UnknownGeneration` if its root key is not, or no longer, one of ours: what was read before the last rotation
    /// finished has to be read again. `NotAuthentic` if it was altered or moved.
    pub fn open(&self, place: &SealedPlace, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        let state = self.state();
        let key = state.key(sealed.generation).ok_or(SealError::UnknownGeneration(sealed.generation))?;
        key.open(place, sealed)
    }

    /// The root key that encrypts from now on.
    pub fn current(&self) -> RootKeyGeneration {
        self.state().current.generation()
    }

    /// A key for `label`, independent of every other label's and of the stored secrets.
    ///
    /// It comes from the current root key and **changes when that is rotated**: only for what may be lost then.
    pub fn derive(&self, label: &str) -> SecretKey {
        self.state().current.derive(label)
    }

    fn new(state: State) -> Self {
        Self { state: RwLock::new(Arc::new(state)), changing: Mutex::new(()) }
    }

    /// A poisoned lock is used all the same: the state is replaced whole, so it can't be half changed.
    fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn install(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }
}

/// What a header holds, opened.
#[derive(Clone)]
struct State {
    /// Integrity tag of that header: tells whether a header is the one that this state belongs to.
    header_tag: [u8; 32],
    current: Arc<RootKey>,
    retired: Vec<Arc<RootKey>>,
}

impl State {
    fn key(&self, generation: RootKeyGeneration) -> Option<&RootKey> {
        std::iter::once(&self.current)
            .chain(&self.retired)
            .find(|key| key.generation() == generation)
            .map(Arc::as_ref)
    }
}
