use std::future::Future;

use claviger_ports::{Batch, Change, Handle, NewKey, ProviderError};
use claviger_types::{KeyIntent, KeyTag, ProtectionLevel, ProviderId, RequestId};

use crate::{Result, service::Core};

/// A key that a provider has just made or taken over, with what its version has to know of it.
pub struct MadeKey {
    /// The provider that holds it.
    pub provider: ProviderId,
    /// What protects it there.
    pub protection: ProtectionLevel,
    /// What is written on it, if it is in a device.
    pub tag: Option<KeyTag>,
    /// How the provider finds it again.
    pub handle: Handle,
    /// SubjectPublicKeyInfo in DER of an asymmetric key.
    pub public: Option<Vec<u8>>,
}

impl Core {
    /// Makes a key. Of one in a device the store is told before, so that after a crash it is known what may be left there;
    /// the commit that stores the version takes that back.
    pub(crate) async fn make<F: Future<Output = Result<NewKey, ProviderError>>>(
        &self,
        provider: &ProviderId,
        protection: ProtectionLevel,
        make: impl FnOnce(KeyTag) -> F,
    ) -> Result<MadeKey, MakeError> {
        let tag = KeyTag::new(self.random.bytes());
        if protection == ProtectionLevel::Software {
            let NewKey { handle, public } = make(tag).await?;
            return Ok(MadeKey { provider: provider.clone(), protection, tag: None, handle, public });
        }
        let intent = KeyIntent { tag, provider: provider.clone(), created: self.clock.now() };
        self.keep_book(Change::IntendKey(intent)).await?;
        match make(tag).await {
            Ok(NewKey { handle, public }) => {
                Ok(MadeKey { provider: provider.clone(), protection, tag: Some(tag), handle, public })
            }
            Err(error) => {
                // Whatever else went wrong may have gone wrong after the key was made.
                if let ProviderError::Rejected | ProviderError::Unsupported | ProviderError::Busy = error {
                    self.keep_book(Change::SettleKey(tag)).await?;
                }
                Err(error.into())
            }
        }
    }

    /// A change that is no call of its own.
    pub(crate) async fn keep_book(&self, change: Change) -> Result<()> {
        let outcome = RequestId::from_random(self.random.bytes());
        Ok(self.store.commit(Batch { outcome, changes: vec![change] }).await?)
    }
}

/// Why a key was not made.
pub(crate) enum MakeError {
    /// The provider did not make it.
    Provider(ProviderError),
    /// Something of ours failed.
    Own(crate::Error),
}

impl From<ProviderError> for MakeError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

impl From<crate::Error> for MakeError {
    fn from(error: crate::Error) -> Self {
        Self::Own(error)
    }
}

impl From<MakeError> for crate::Error {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Provider(error) => error.into(),
            MakeError::Own(error) => error,
        }
    }
}
