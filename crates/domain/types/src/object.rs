use std::{fmt, str::FromStr, sync::Arc};

use crate::{AccountId, InvalidId, KeyId, Revision, Sealed, Timestamp};

/// Names a managed object (KMIP 2.1 §2): its unique identifier, a UUID as text.
///
/// A symmetric or private key has the id of its key. The public half of a key has the same id with the version digit 8
/// (RFC 9562 §5.8) where that of a key has 4, so that either is found from the other. Whatever is no key here has a random id of
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(KeyId);

/// The byte of a UUID whose upper half is the version.
const VERSION_BYTE: usize = 6;

impl ObjectId {
    /// From 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(KeyId::from_random(bytes))
    }

    /// From the 16 bytes that [`as_bytes`](Self::as_bytes) gave.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(KeyId::from_bytes(bytes))
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// A symmetric or private key.
    pub fn of_key(key: KeyId) -> Self {
        Self(key)
    }

    /// The public half of a key.
    pub fn of_public_half(key: KeyId) -> Self {
        Self(with_version(key, 8))
    }

    /// Whether it names a public half.
    pub fn is_public_half(&self) -> bool {
        self.as_bytes()[VERSION_BYTE] >> 4 == 8
    }

    /// The key that it would be of, if it is of one.
    pub fn key(&self) -> KeyId {
        match self.is_public_half() {
            true => with_version(self.0, 4),
            false => self.0,
        }
    }
}

fn with_version(id: KeyId, version: u8) -> KeyId {
    let mut bytes = *id.as_bytes();
    bytes[VERSION_BYTE] = (version << 4) | (bytes[VERSION_BYTE] & 0x0f);
    KeyId::from_bytes(bytes)
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ObjectId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self).map_err(|_| InvalidId::of("unique identifier"))
    }
}

/// What kind of object it is (KMIP 2.1 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum ObjectKind {
    Certificate,
    OpaqueObject,
    PrivateKey,
    PublicKey,
    SecretData,
    SymmetricKey,
}

/// The state of an object (KMIP 2.1 §4.57, SP 800-57 part 1 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum ObjectState {
    Active,
    Compromised,
    Deactivated,
    Destroyed,
    DestroyedCompromised,
    PreActive,
}

impl ObjectState {
    /// Whether its material is gone.
    pub const fn is_destroyed(self) -> bool {
        matches!(self, Self::Destroyed | Self::DestroyedCompromised)
    }

    /// What it becomes when its material is destroyed.
    pub const fn destroyed(self) -> Self {
        match self {
            Self::Compromised | Self::DestroyedCompromised => Self::DestroyedCompromised,
            Self::PreActive | Self::Active | Self::Deactivated | Self::Destroyed => Self::Destroyed,
        }
    }
}

/// When something happened to an object, or is to happen (KMIP 2.1 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the attribute of that name")]
pub struct ObjectDates {
    pub activation: Option<Timestamp>,
    pub deactivation: Option<Timestamp>,
    pub compromise_occurrence: Option<Timestamp>,
    pub compromise: Option<Timestamp>,
    pub destroy: Option<Timestamp>,
}

/// Why an object was revoked (KMIP 2.1 §7.21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRevocation {
    /// The reason, as KMIP 2.1 §11.45 numbers it.
    pub code: u32,
    /// What the caller had to say about it.
    pub message: Option<Box<str>>,
}

/// An object that a KMIP client manages: a view of a key, or something that is only kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedObject {
    /// Its id.
    pub id: ObjectId,
    /// The project that owns it.
    pub project: AccountId,
    /// What it is.
    pub kind: ObjectKind,
    /// The key of which it is a view; `None` if its value is only kept.
    pub key: Option<KeyId>,
    /// Its state. For a symmetric or private key that of its version counts, too: what has ended by either stays ended.
    pub state: ObjectState,
    /// What it may be used for: the bits of KMIP 2.1 §11.18.
    pub usage_mask: u32,
    /// Its names; not unique.
    pub names: Box<[Box<str>]>,
    /// The groups that it is in.
    pub groups: Box<[Box<str>]>,
    /// Whether its value may leave only wrapped.
    pub sensitive: bool,
    /// Whether its value may leave at all; for a view of a key, whether the key is exportable.
    pub extractable: bool,
    /// When what happened.
    pub dates: ObjectDates,
    /// Why it was revoked, if it was.
    pub revocation: Option<ObjectRevocation>,
    /// The object that this one has replaced.
    pub replaces: Option<ObjectId>,
    /// The object that has replaced this one.
    pub replaced_by: Option<ObjectId>,
    /// Its other attributes, as its front encodes them. Nothing is decided on them.
    pub attributes: Arc<[u8]>,
    /// Its value, as its front encodes it, encrypted; `None` for a view of a key, and when it is destroyed.
    pub value: Option<Sealed>,
    /// Its own policy: that of what is no key, and of every object whose key is gone.
    pub policy: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// Counts its changes.
    pub revision: Revision,
}

impl ManagedObject {
    /// Its record when its material is destroyed.
    pub fn destroyed(self, now: Timestamp) -> Self {
        Self {
            state: self.state.destroyed(),
            dates: ObjectDates { destroy: Some(now), ..self.dates },
            value: None,
            changed: now,
            ..self
        }
    }

    /// As it is stored after it was put.
    pub fn stored(self) -> Self {
        Self { revision: self.revision.next(), ..self }
    }
}

#[cfg(test)]
mod tests;
