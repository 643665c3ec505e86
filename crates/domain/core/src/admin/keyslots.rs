use std::sync::Arc;

use claviger_ports::{Change, HeaderStore, SlotBody};

use super::{Admin, SlotOpener};
use crate::{
    Authorized, Effect, Error, Gate, Installation, Operation, Params, Result, Scope, actions,
    seal::{self, Header, HeaderChange, Seal, SlotId, SlotInfo, SlotLabel},
};

/// The keyslots, in the order in which they were added.
pub struct ListKeyslots;

/// Lets another secret or device open the root key.
pub struct AddKeyslot {
    /// What its owner calls it.
    pub label: SlotLabel,
    /// What will open it.
    pub opener: SlotOpener,
}

/// Lets a secret or device open the root key no longer.
pub struct RemoveKeyslot {
    id: SlotId,
    text: Box<str>,
}

impl RemoveKeyslot {
    /// Of this slot.
    pub fn new(id: SlotId) -> Self {
        Self { id, text: id.to_string().into() }
    }
}

/// A keyslot that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyslotRemoved {
    /// What its owner must be told: why to rotate the root key, and what stays in a device.
    pub advice: String,
}

type Proof = Authorized<actions::ManageSeal, Installation>;

impl Operation for ListKeyslots {
    type Proof = Proof;
    type Output = Vec<SlotInfo>;
    const NAME: &'static str = "ListKeyslots";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, _proof: Proof, scope: &Scope<'_>) -> Result<Vec<SlotInfo>> {
        let header = scope.core.admin()?.header().await?;
        Ok(header.slots().to_vec())
    }
}

impl Operation for AddKeyslot {
    type Proof = Proof;
    type Output = SlotInfo;
    const NAME: &'static str = "AddKeyslot";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.label.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<SlotInfo> {
        let lock = scope.core.admin()?.new_lock(&self.opener)?;
        let (label, random, now) = (self.label.clone(), scope.core.random.clone(), scope.now());
        scope
            .change_header(&proof, move |seal, header| {
                let (change, id) = seal::add_slot(seal, header, &*lock, label, &*random, now)?;
                let added = change.header().slots().iter().find(|slot| slot.id == id).cloned();
                Ok((change, added.ok_or_else(|| Error::internal("a keyslot that was not added"))?))
            })
            .await
    }
}

impl Operation for RemoveKeyslot {
    type Proof = Proof;
    type Output = KeyslotRemoved;
    const NAME: &'static str = "RemoveKeyslot";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(&self.text), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Proof, scope: &Scope<'_>) -> Result<KeyslotRemoved> {
        let id = self.id;
        scope
            .change_header(&proof, move |seal, header| {
                let (change, advised) = seal::remove_slot(seal, header, id)?;
                let removed = header.slots().iter().find(|slot| slot.id == id);
                let stays = removed.and_then(key_stays).unwrap_or_default();
                Ok((change, KeyslotRemoved { advice: format!("{advised}{stays}") }))
            })
            .await
    }
}

/// Of a slot with a key in a device, that nobody has deleted it: backups may have no other slot that opens.
fn key_stays(slot: &SlotInfo) -> Option<String> {
    let (_, key) = slot.parameters().find(|(name, _)| *name == SlotBody::KEY_ID)?;
    Some(format!(
        ". Its key {key} stays in the device, because headers in backups open with it: delete it there when no backup \
         needs it any more, and no other slot uses it"
    ))
}

impl Admin {
    /// The header as it is on disk.
    pub(super) async fn header(&self) -> Result<Header> {
        let store = self.header.clone();
        blocking(move || load(&*store)).await
    }
}

impl Scope<'_> {
    /// Changes the header after the intent is durable. Opening and locking slots takes long by design, so it happens
    /// where nothing else waits.
    ///
    /// The store remembers the outcome after the header has changed: after a crash between the two, the audit log calls
    /// a change that was made "not committed". The keyslots that are listed then show it.
    pub(super) async fn change_header<T: Send + 'static>(
        &self,
        proof: &Proof,
        change: impl FnOnce(&Seal, &Header) -> Result<(HeaderChange, T)> + Send + 'static,
    ) -> Result<T> {
        let admin = self.core.admin()?;
        self.announced(proof).await?;
        let _turn = admin.header_turn.lock().await;
        let (store, seal) = (admin.header.clone(), self.core.seal.clone());
        let output = blocking(move || replace(&*store, &seal, change)).await?;
        self.commit(proof, vec![Change::ChangedElsewhere]).await?;
        Ok(output)
    }
}

/// Loads the header, changes it and stores it.
pub(super) fn replace<T>(
    store: &dyn HeaderStore,
    seal: &Arc<Seal>,
    change: impl FnOnce(&Seal, &Header) -> Result<(HeaderChange, T)>,
) -> Result<T> {
    let header = load(store)?;
    let (change, output) = change(seal, &header)?;
    change.commit(store, seal)?;
    Ok(output)
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn load(store: &dyn HeaderStore) -> Result<Header> {
    let bytes = store.load().map_err(seal::HeaderError::from)?;
    Ok(Header::parse(&bytes)?)
}
