use std::collections::BTreeMap;

use claviger_types::{ProviderName, SecretKey};

use crate::{ProviderError, Random};

/// One way to lock the root key away: a passphrase, a key file, a key in a device. A value holds what opens its slots
/// (the secret itself, a session with the device).
///
/// Methods may take seconds, by design or because a device does: call them where blocking is allowed.
pub trait KeyslotKind: Send + Sync {
    /// Name of the kind, as the header spells it: lower-case letters, digits and hyphens, at most 32.
    fn kind(&self) -> &str;

    /// Wraps `root` so that only the same secret or device unwraps it.
    ///
    /// `binding` must be authenticated with it: it names installation, slot and root key generation, so that a body
    /// copied into another header or slot does not open. `previous` is what the slot held before its root key was
    /// rotated: costs that its owner chose then are kept unless this value was told others.
    ///
    /// # Errors
    /// `Unavailable` if it can't be done now.
    fn lock(
        &self,
        root: &SecretKey,
        binding: &[u8],
        previous: Option<&SlotBody>,
        random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError>;

    /// Unwraps what [`lock`](Self::lock) wrapped with the same `binding`.
    ///
    /// # Errors
    /// `WrongSecret` if this is not the secret or device that locked it, `Altered` if it is but the body or the
    /// binding is not as it was, `OutOfBounds` if the body asks for more than is allowed, `Unavailable` if it can't
    /// be done now.
    fn open(&self, body: &SlotBody, binding: &[u8]) -> Result<SecretKey, KeyslotError>;
}

/// A device whose keys lock keyslots: each slot has a key there, of its own or one that was named.
pub trait KeyslotDevice: Send + Sync {
    /// The provider that it is configured as.
    fn name(&self) -> &ProviderName;

    /// What opens the slots of this device. New ones are locked with the key that `key` names, as devices of this kind name
    /// keys, or else with one that is made for the slot. A slot that is locked anew keeps its key. The device is not asked
    /// before a slot is locked or opened, and may be away until then.
    ///
    /// # Errors
    /// If `key` can't be the name of a key there.
    fn keyslots(&self, key: Option<&str>) -> Result<Box<dyn KeyslotKind>, InvalidLocator>;
}

/// Why text does not name a key of a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidLocator(pub String);

/// What a keyslot stores: public parameters that people may read, and the wrapped root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotBody {
    /// Parameters by name, printable text: at most 32, names of at most 64 bytes, values of at most 8192.
    pub parameters: BTreeMap<Box<str>, Box<str>>,
    /// The wrapped root key, at most 8192 bytes.
    pub wrapped: Box<[u8]>,
}

impl SlotBody {
    /// The parameter of every kind whose key is in a device: the id that the key has there. It stays there when the slot is
    /// removed.
    pub const KEY_ID: &str = "key-id";
}

/// Why a slot was not locked or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyslotError {
    /// It is the right secret, but the slot is not as it was written.
    #[error("the keyslot was altered")]
    Altered,
    /// The slot asks for more than is allowed, or for what makes no sense.
    #[error("the keyslot is out of bounds: {0}")]
    OutOfBounds(String),
    /// The device or the memory that is needed is not there; the text says what.
    #[error("the keyslot can't be used now: {0}")]
    Unavailable(String),
    /// Another secret or device locked this slot.
    #[error("another secret opens this keyslot")]
    WrongSecret,
}

/// Whatever a device does not do, its keyslots can't be used now: only the kind knows what tells that it is another device,
/// or that a slot was altered.
impl From<ProviderError> for KeyslotError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(reason) => Self::Unavailable(reason),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
