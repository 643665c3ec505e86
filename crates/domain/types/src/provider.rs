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
