use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use claviger_ports::{Batch, Change, Handle, NewKey, ProviderError};
use claviger_types::{KeyIntent, KeySpec, KeyTag, ProtectionLevel, ProviderId, RequestId};

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
    /// the commit that stores what it was made for takes that back, and fails if somebody else has done so.
    pub(crate) async fn make<F: Future<Output = Result<NewKey, ProviderError>>>(
        &self,
        provider: &ProviderId,
        protection: ProtectionLevel,
        make: impl FnOnce(KeyTag) -> F,
    ) -> Result<(MadeKey, Option<KeyIntent>), MakeError> {
        let tag = KeyTag::new(self.random.bytes());
        if protection == ProtectionLevel::Software {
            let NewKey { handle, public } = make(tag).await?;
            return Ok((MadeKey { provider: provider.clone(), protection, tag: None, handle, public }, None));
        }
        let intent = KeyIntent { tag, provider: provider.clone(), created: self.clock.now() };
        self.keep_book(Change::IntendKey(intent.clone())).await?;
        match make(tag).await {
            Ok(NewKey { handle, public }) => {
                let tag = Some(tag);
                Ok((MadeKey { provider: provider.clone(), protection, tag, handle, public }, Some(intent)))
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

    /// Destroys keys that nothing will be made of. What can't be destroyed now stays announced, and is found by that.
    pub(crate) async fn discard(&self, unstored: &Unstored) {
        let keys = std::mem::take(&mut *unstored.keys());
        for UnstoredKey { intent, spec, handle } in keys {
            let destroyed = async {
                self.providers.by_id(&intent.provider)?.destroy(spec, &handle).await?;
                self.keep_book(Change::SettleKey(intent.tag)).await
            };
            if let Err(error) = destroyed.await {
                tracing::warn!(provider = %intent.provider, tag = %intent.tag, error = ?error, "a key that was made for nothing is left in its device");
            }
        }
    }

    /// A change that is no call of its own.
    pub(crate) async fn keep_book(&self, change: Change) -> Result<()> {
        self.keep_books(vec![change]).await
    }

    /// Several of them, all or none.
    pub(crate) async fn keep_books(&self, changes: Vec<Change>) -> Result<()> {
        let outcome = RequestId::from_random(self.random.bytes());
        Ok(self.store.commit(Batch { outcome, changes }).await?)
    }
}

/// The keys that a call has made in devices, and whose versions are not stored.
#[derive(Default)]
pub(crate) struct Unstored(Mutex<Vec<UnstoredKey>>);

/// One of them, with what it takes to destroy it.
pub(crate) struct UnstoredKey {
    pub(crate) intent: KeyIntent,
    spec: KeySpec,
    handle: Handle,
}

impl Unstored {
    /// A key that was made; nothing if it was announced to nobody.
    pub(crate) fn add(&self, intent: Option<KeyIntent>, spec: KeySpec, handle: &Handle) {
        let handle = || Handle(handle.0.duplicate());
        self.put_back(intent.map(|intent| UnstoredKey { intent, spec, handle: handle() }));
    }

    /// Takes those whose versions are stored by `changes`.
    pub(crate) fn take_stored_by(&self, changes: &[Change]) -> Vec<UnstoredKey> {
        let is_stored = |key: &mut UnstoredKey| {
            let tag = Some(key.intent.tag);
            changes.iter().any(|change| matches!(change, Change::PutVersion(version) if version.tag == tag))
        };
        self.keys().extract_if(.., is_stored).collect()
    }

    /// Those of which it is certain that they were not stored.
    pub(crate) fn put_back(&self, keys: impl IntoIterator<Item = UnstoredKey>) {
        self.keys().extend(keys);
    }

    fn keys(&self) -> MutexGuard<'_, Vec<UnstoredKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
