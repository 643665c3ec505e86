use claviger_ports::{HeaderStoreError, InvalidLocator, KeyslotKind};
use claviger_types::{ProviderName, SecretBytes};

use super::Admin;
use crate::{
    Error, Reason, Result,
    seal::{HeaderError, KeyFile, Passphrase},
};

/// What will open a new keyslot.
pub enum SlotOpener {
    /// A secret of the caller's.
    Secret(SlotSecret),
    /// A device that the service is configured with.
    Device {
        /// Its provider.
        provider: ProviderName,
        /// The key in it, as its kind names keys; otherwise one is made.
        key: Option<Box<str>>,
    },
}

/// What opens a keyslot, as a caller gives it.
pub enum SlotSecret {
    /// The whole content of a key file.
    KeyFile(SecretBytes),
    /// A passphrase.
    Passphrase(SecretBytes),
}

impl SlotSecret {
    /// What locks and opens slots with it.
    pub(crate) fn lock(&self) -> Result<Box<dyn KeyslotKind>> {
        Ok(match self {
            Self::KeyFile(content) => Box::new(KeyFile::new(content.duplicate())?),
            Self::Passphrase(secret) => Box::new(Passphrase::new(secret.duplicate())?),
        })
    }
}

impl Admin {
    /// What locks a new slot.
    pub(super) fn new_lock(&self, opener: &SlotOpener) -> Result<Box<dyn KeyslotKind>> {
        let (provider, key) = match opener {
            SlotOpener::Secret(secret) => return secret.lock(),
            SlotOpener::Device { provider, key } => (provider, key),
        };
        let device = self.devices.iter().find(|device| device.name() == provider).ok_or_else(|| {
            Error::invalid(format!("No provider {provider} that can open keyslots is configured."))
        })?;
        device
            .keyslots(key.as_deref())
            .map_err(|InvalidLocator(what)| Error::invalid(format!("The key of {provider}: {what}.")))
    }

    /// What opens slots without a secret of the caller's.
    pub(super) fn device_locks(&self) -> Result<Vec<Box<dyn KeyslotKind>>> {
        self.devices.iter().map(|device| device.keyslots(None).map_err(Error::internal)).collect()
    }
}

/// Every text of a [`HeaderError`] is written for the administrator who called.
impl From<HeaderError> for Error {
    fn from(error: HeaderError) -> Self {
        let reason = match &error {
            HeaderError::Damaged(_)
            | HeaderError::OutOfBounds { .. }
            | HeaderError::Tampered
            | HeaderError::UnsupportedVersion(_) => Reason::StoredDataDamaged,
            HeaderError::Device { .. } | HeaderError::Store(HeaderStoreError::Unavailable(_)) => {
                Reason::Unavailable
            }
            HeaderError::Internal | HeaderError::Store(HeaderStoreError::Exists) => {
                return Self::internal(error);
            }
            HeaderError::InvalidLabel
            | HeaderError::LastSlot
            | HeaderError::NoRotation
            | HeaderError::NoSlotOfKind { .. }
            | HeaderError::SlotNotOpened { .. }
            | HeaderError::TooWeak(_)
            | HeaderError::WrongSecret => Reason::InvalidRequest,
            HeaderError::NoSuchSlot(_) => Reason::NotFound,
            HeaderError::Stale => Reason::ConcurrentChange,
            HeaderError::StillNeeded | HeaderError::TooSoon(_) => Reason::Unavailable,
            HeaderError::Store(HeaderStoreError::Missing) => Reason::StoredDataDamaged,
            HeaderError::TooMany { .. } => Reason::Quota,
        };
        Self::new(reason, error.to_string())
    }
}
