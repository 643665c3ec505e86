use std::sync::Arc;

use crate::{KeySpec, KeyTag, ProviderId, ProviderName, Timestamp};

/// A device that has been used: what it is known as, and the key by which it is known again. The key's handle is a
/// secret of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// What it is known as for good.
    pub id: ProviderId,
    /// The name that it was last configured under.
    pub name: ProviderName,
    /// What it is: `pkcs11`, `kmip`.
    pub kind: Box<str>,
    /// What its identity key is made of.
    pub spec: KeySpec,
    /// SubjectPublicKeyInfo in DER of its identity key.
    pub public: Arc<[u8]>,
    /// What is written on its identity key.
    pub tag: KeyTag,
    /// When it was first used.
    pub created: Timestamp,
}

/// A key that is being made in a device, or was when a crash came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyIntent {
    /// What is written on it.
    pub tag: KeyTag,
    /// The device.
    pub provider: ProviderId,
    /// When it was begun.
    pub created: Timestamp,
}

/// Why a key is in a device that none of ours is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanKind {
    /// Its version is destroyed, but the device could not be told.
    Destroyed,
    /// It is not there: only its announcement is left, of a key that was never made, or whose removal was cut short.
    Gone,
    /// It was being made when a crash came, or the device did not answer in time.
    Interrupted,
    /// It carries a tag like ours, and nothing is known of it here. It may be of another installation that uses the same
    /// device, or have been made after the backup that this one was restored from.
    Unknown,
}

impl OrphanKind {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::Gone => "gone",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
        }
    }
}
