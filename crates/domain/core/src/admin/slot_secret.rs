use claviger_ports::{HeaderStoreError, KeyslotKind};
use claviger_types::SecretBytes;

use crate::{
    Error, Reason, Result,
    seal::{HeaderError, KeyFile, Passphrase},
};

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
