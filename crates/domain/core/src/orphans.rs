//! Keys in a device that are nobody's: what a crash left there, and what could not be destroyed when its time had come.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use claviger_ports::{Change, Handle, Provider, TaggedKey};
use claviger_types::{KeyIntent, KeyTag, OrphanKind, ProviderId, ProviderIdentity, ProviderName, Timestamp};

use crate::{Error, Reason, Result, binding::is_id_of, service::Core};

/// So long after it was announced nobody is making a key any more: longer than any call may take.
const GRACE: Duration = Duration::from_secs(600);

/// A key in a device that none of our keys is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// What is written on it.
    pub tag: KeyTag,
    /// What the device calls it; `None` if it is not there.
    pub device_id: Option<Box<str>>,
    /// Why it is there.
    pub kind: OrphanKind,
    /// When somebody began to make it, if that is known.
    pub since: Option<Timestamp>,
}

/// What of a device is an orphan, and what is not.
pub(crate) struct Found {
    /// By tag.
    pub(crate) orphans: Vec<FoundOrphan>,
    /// The tags of what is used, taken over, or may still be being made, also in other devices.
    kept: BTreeSet<KeyTag>,
}

/// An orphan, with what it takes to remove it.
pub(crate) struct FoundOrphan {
    pub(crate) orphan: Orphan,
    /// Absent if it is not in the device.
    pub(crate) handle: Option<Handle>,
    pub(crate) intent: Option<KeyIntent>,
}

impl FoundOrphan {
    fn new(
        tag: KeyTag,
        kind: OrphanKind,
        there: Option<(String, Handle)>,
        intent: Option<KeyIntent>,
    ) -> Self {
        let (device_id, handle) = there.map(|(id, handle)| (id.into(), handle)).unzip();
        let since = intent.as_ref().map(|intent| intent.created);
        Self { orphan: Orphan { tag, device_id, kind, since }, handle, intent }
    }
}

impl Found {
    /// What a caller takes for an orphan of that kind; `None` if it is gone without a trace.
    ///
    /// # Errors
    /// `NotFound` if it is something else.
    pub(crate) fn take(self, tag: KeyTag, kind: OrphanKind) -> Result<Option<FoundOrphan>> {
        let is_kept = self.kept.contains(&tag);
        let found = self.orphans.into_iter().find(|found| found.orphan.tag == tag);
        match found {
            // Whatever it was: it has been removed, and nobody was told.
            Some(found) if found.orphan.kind == kind || found.orphan.kind == OrphanKind::Gone => {
                Ok(Some(found))
            }
            None if !is_kept => Ok(None),
            _ => {
                let kind = kind.name();
                let message = format!("There is no orphan {tag} of the kind '{kind}' in the device.");
                Err(Error::new(Reason::NotFound, message))
            }
        }
    }
}

/// What the store knows of the keys in all devices: two providers may lead to the same one, and one may have had another
/// name, or none that the store knows of.
struct Known {
    devices: Vec<ProviderIdentity>,
    in_use: BTreeSet<KeyTag>,
    destroyed: BTreeSet<KeyTag>,
    intended: BTreeMap<KeyTag, KeyIntent>,
}

impl Known {
    /// What a key that is in a device is; `None` if it is no orphan.
    fn kind(&self, tag: &KeyTag, now: Timestamp) -> Option<OrphanKind> {
        match self.intended.get(tag) {
            _ if self.in_use.contains(tag) => None,
            Some(intent) => is_overdue(intent, now).then_some(OrphanKind::Interrupted),
            None if self.destroyed.contains(tag) => Some(OrphanKind::Destroyed),
            None => Some(OrphanKind::Unknown),
        }
    }

    /// Whether a provider is the device that `tags` are in: it is, if its identity is there.
    fn is_here(&self, provider: &ProviderId, tags: &BTreeSet<KeyTag>) -> bool {
        self.devices.iter().any(|device| device.id == *provider && tags.contains(&device.tag))
    }

    /// What was announced for the device that `tags` are in, and is not there. Of an identity key that did not become one, only
    /// the name is known under which the device was configured.
    fn gone(
        &self,
        name: &ProviderName,
        tags: &BTreeSet<KeyTag>,
        now: Timestamp,
    ) -> impl Iterator<Item = &KeyIntent> {
        let is_known = |provider: &ProviderId| self.devices.iter().any(|device| device.id == *provider);
        self.intended.values().filter(move |intent| {
            let KeyIntent { tag, provider, .. } = intent;
            let is_here = match is_known(provider) {
                true => self.is_here(provider, tags),
                false => is_id_of(provider, name),
            };
            is_here && is_overdue(intent, now) && !tags.contains(tag) && !self.in_use.contains(tag)
        })
    }
}

impl Core {
    /// What is left in a device, and what was announced and is not there.
    pub(crate) async fn orphans(&self, provider: &ProviderId) -> Result<Found> {
        let holder = self.usable(provider)?;
        // What is overdue now has been made if it ever will be, so that the device shows it. The store is asked last: it knows
        // of everything that the device shows.
        let now = self.clock.now();
        let tagged = holder.tagged().await?;
        let known = self.known_keys().await?;
        // What another installation made may have been adopted by this one, under whatever name the device had then.
        let adopted = self.adopted(&*holder, |_| true).await?;
        let tags: BTreeSet<KeyTag> = tagged.iter().map(|key| key.tag).collect();
        let mut orphans = Vec::new();
        for TaggedKey { tag, device_id, handle } in tagged {
            if let Some(kind) = known.kind(&tag, now).filter(|_| !adopted.contains(&device_id)) {
                let intent = known.intended.get(&tag).cloned();
                orphans.push(FoundOrphan::new(tag, kind, Some((device_id, handle)), intent));
            }
        }
        let gone = known.gone(holder.name(), &tags, now);
        orphans.extend(
            gone.map(|intent| FoundOrphan::new(intent.tag, OrphanKind::Gone, None, Some(intent.clone()))),
        );
        let kept = known.in_use.iter().chain(known.intended.keys()).chain(&tags).copied().collect();
        orphans.sort_by_key(|found| found.orphan.tag);
        Ok(Found { orphans, kept })
    }

    /// From now on no version can be stored of a key that was announced: it is going to be removed. The announcement itself
    /// stays, so that it is found again if the removal is cut short, and is as old as it was.
    ///
    /// # Errors
    /// `ConcurrentChange` if its version has been stored.
    pub(crate) async fn give_up(&self, intent: KeyIntent) -> Result<()> {
        let created = intent.created.plus(Duration::from_micros(1));
        let anew = KeyIntent { created, ..intent.clone() };
        self.keep_books(vec![Change::ArriveKey(intent), Change::IntendKey(anew)]).await
    }

    /// Refuses to take over a key that is ours already, or is being made: it may be another project's.
    pub(crate) async fn refuse_known(
        &self,
        provider: &ProviderId,
        holder: &dyn Provider,
        device_id: &str,
    ) -> Result<()> {
        let tagged = holder.tagged().await?;
        let known = self.known_keys().await?;
        let is_ours = |key: &TaggedKey| {
            known.in_use.contains(&key.tag)
                || known.destroyed.contains(&key.tag)
                || known.intended.contains_key(&key.tag)
        };
        let is_known = tagged.iter().any(|key| key.device_id == device_id && is_ours(key));
        // Two devices may call two keys the same.
        let tags = tagged.iter().map(|key| key.tag).collect();
        let is_here = |id: &ProviderId| id == provider || known.is_here(id, &tags);
        match is_known || self.adopted(holder, is_here).await?.contains(device_id) {
            false => Ok(()),
            true => {
                let message = "This key of the device is one of the service's own already.";
                Err(Error::new(Reason::AlreadyExists, message))
            }
        }
    }

    /// Intents come before the keys: what is stored in between is found in one of them.
    async fn known_keys(&self) -> Result<Known> {
        let intents = self.store.key_intents().await?;
        let intended = intents.into_iter().map(|intent| (intent.tag, intent)).collect();
        let devices = self.store.providers().await?;
        let mut known = Known { devices, in_use: BTreeSet::new(), destroyed: BTreeSet::new(), intended };
        for key in self.store.device_keys().await? {
            let of = if key.in_use { &mut known.in_use } else { &mut known.destroyed };
            of.insert(key.tag);
        }
        Ok(known)
    }

    /// What a device would call the keys that were adopted by providers that `may_be` it.
    async fn adopted(
        &self,
        holder: &dyn Provider,
        may_be: impl Fn(&ProviderId) -> bool,
    ) -> Result<BTreeSet<String>> {
        let mut adopted = BTreeSet::new();
        for version in self.store.adopted_versions().await? {
            if may_be(&version.provider) {
                // One that is not there can't say what it calls its keys, so that all are read as this one's.
                adopted.extend(self.handle_of(&version)?.and_then(|handle| holder.device_id(&handle)));
            }
        }
        Ok(adopted)
    }
}

/// Whether a key that was announced is not being made any more.
fn is_overdue(intent: &KeyIntent, now: Timestamp) -> bool {
    intent.created.plus(GRACE) <= now
}
