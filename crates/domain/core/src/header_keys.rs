use std::sync::Arc;

use claviger_crypto::AesGcm;
use claviger_ports::{SealedPlace, Store};
use claviger_types::{AccountId, KeyId};
use quick_cache::sync::Cache;

use crate::{Error, Result, seal::Seal};

const PREFIX: &str = "gokms-master-key/";

/// How many projects' master keys are kept ready at a time.
const READY: usize = 64;

/// The master keys of the go-kms key stores that projects have taken over.
///
/// A ciphertext of such a store hides the id of its key in a header encrypted under the master key, so that the header
/// must be opened before there is anything to authorize. That is why the master keys stay in here: what comes out is an
/// id, which is no secret, and the caller still has to be allowed to use the key.
pub struct HeaderKeys {
    store: Arc<dyn Store>,
    seal: Arc<Seal>,
    ready: Cache<AccountId, Arc<[AesGcm]>>,
}

impl HeaderKeys {
    /// How many key stores a project can take over: each costs one attempt per header.
    pub const MAX: u32 = 16;

    /// Where the `number`th master key of a project is stored, from 1 to [`MAX`](Self::MAX), without gaps.
    pub fn name(account: AccountId, number: u32) -> Box<str> {
        format!("{PREFIX}{account}/{number}").into()
    }

    /// Whether this is the name of the secret of a master key.
    pub(crate) fn is_one(name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    pub(crate) fn new(store: Arc<dyn Store>, seal: Arc<Seal>) -> Self {
        Self { store, seal, ready: Cache::new(READY) }
    }

    /// The id that a header hides: nonce (12 bytes) ‖ the encrypted 36 characters ‖ tag (16 bytes). `None` if no master
    /// key of the project opens it.
    pub(crate) async fn key_in(&self, account: AccountId, header: &[u8; 64]) -> Result<Option<KeyId>> {
        let keys = self.ready.get_or_insert_async(&account, self.load(account)).await?;
        let Some((nonce, sealed)) = header.split_first_chunk() else { return Ok(None) };
        let opened = keys.iter().find_map(|key| key.open(nonce, &[], sealed).ok());
        Ok(opened.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok()))
    }

    /// Forgets what is ready, after a master key was added.
    pub(crate) fn forget(&self) {
        self.ready.clear();
    }

    async fn load(&self, account: AccountId) -> Result<Arc<[AesGcm]>> {
        let mut keys = Vec::new();
        for number in 1..=Self::MAX {
            let name = Self::name(account, number);
            let Some(sealed) = self.store.secret(&name).await? else { break };
            let key = self.seal.open(&SealedPlace::Installation(name), &sealed)?;
            keys.push(AesGcm::new(key.expose()).map_err(Error::internal)?);
        }
        Ok(keys.into())
    }
}
