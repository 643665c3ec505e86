use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use claviger_ports::{Batch, Change, StoreError};
use claviger_types::{KeyId, RequestId, VersionNumber};

use crate::{Error, Reason, Result, service::Core};

/// How many messages keys have encrypted whose nonces would repeat one day: those of devices with AES-GCM, whose nonces
/// have 96 bits (SP 800-38D §8.3).
///
/// They are reserved in the store before they are encrypted, many at a time: what a crash leaves unused is lost, and no
/// message goes uncounted.
#[derive(Default)]
pub(crate) struct Messages(Mutex<HashMap<(KeyId, VersionNumber), SharedCounter>>);

type SharedCounter = Arc<tokio::sync::Mutex<Counter>>;

/// How many are reserved at a time.
const BLOCK: u64 = 1 << 12;

#[derive(Default)]
struct Counter {
    used: u64,
    reserved: u64,
}

impl Messages {
    fn counter(&self, key: KeyId, version: VersionNumber) -> SharedCounter {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.entry((key, version)).or_default().clone()
    }
}

impl Core {
    /// Counts a message that a version is going to encrypt.
    ///
    /// # Errors
    /// `Quota` if it has encrypted as many as it may.
    pub(crate) async fn count_message(&self, key: KeyId, version: VersionNumber, limit: u64) -> Result<()> {
        let counter = self.messages.counter(key, version);
        let mut counter = counter.lock().await;
        while counter.used == counter.reserved {
            let from = self.store.messages(key, version).await?;
            let from = from.ok_or_else(|| Error::internal("messages of a version that is not stored"))?;
            let to = from.saturating_add(BLOCK).min(limit);
            if to <= from {
                return Err(Error::new(
                    Reason::Quota,
                    "The key has encrypted as many messages as its device's AES-GCM allows; rotate it.",
                ));
            }
            let change = Change::ReserveMessages { key, version, from, to };
            let outcome = RequestId::from_random(self.random.bytes());
            match self.store.commit(Batch { outcome, changes: vec![change] }).await {
                Ok(()) => *counter = Counter { used: from, reserved: to },
                // Another node was faster.
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        counter.used += 1;
        Ok(())
    }
}
