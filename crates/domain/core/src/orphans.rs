//! Keys in a device that are nobody's: what a crash left there, and what could not be destroyed when its time had come.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use claviger_ports::{Handle, Provider, TaggedKey};
use claviger_types::{KeyIntent, KeyTag, OrphanKind, ProviderId, Timestamp};

use crate::{Error, Reason, Result, service::Core};

/// So long after it was announced nobody is making a key any more: longer than any call may take.
const GRACE: Duration = Duration::from_secs(600);

/// A key in a device that none of our keys is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// What is written on it.
    pub tag: KeyTag,
    /// What the device calls it.
    pub device_id: Box<str>,
    /// Why it is there.
    pub kind: OrphanKind,
    /// When somebody began to make it, if that is known.
    pub since: Option<Timestamp>,
}

/// What the store knows of the keys in all devices: two providers may lead to the same one, and one may have had another
/// name, or none that the store knows of.
struct Known {
    in_use: BTreeSet<KeyTag>,
    destroyed: BTreeSet<KeyTag>,
    intended: BTreeMap<KeyTag, KeyIntent>,
}

impl Core {
    /// What is left in a device, by tag, with what removes it.
    pub(crate) async fn orphans(&self, provider: &ProviderId) -> Result<Vec<(Orphan, Handle)>> {
        let holder = self.usable(provider)?;
        // The device is asked first: the store knows of everything that it shows then.
        let mut tagged = holder.tagged().await?;
        tagged.sort_by_key(|key| key.tag);
        let known = self.known_keys().await?;
        let now = self.clock.now();
        let mut orphans = Vec::new();
        for TaggedKey { tag, device_id, handle } in tagged {
            let since = known.intended.get(&tag).map(|intent| intent.created);
            let kind = match since {
                _ if known.in_use.contains(&tag) => continue,
                Some(since) if since.plus(GRACE) > now => continue,
                Some(_) => OrphanKind::Interrupted,
                None if known.destroyed.contains(&tag) => OrphanKind::Destroyed,
                None => OrphanKind::Unknown,
            };
            orphans.push((Orphan { tag, device_id: device_id.into(), kind, since }, handle));
        }
        // What another installation made may have been adopted by this one, under whatever name the device had then.
        if !orphans.is_empty() {
            let adopted = self.adopted(&*holder, |_| true).await?;
            orphans.retain(|(orphan, _)| !adopted.contains(&*orphan.device_id));
        }
        Ok(orphans)
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
        // Two devices may call two keys the same. Providers whose identities are in this device are this device.
        let mut here = self.store.providers().await?;
        here.retain(|identity| identity.id == *provider || tagged.iter().any(|key| key.tag == identity.tag));
        let is_here = |id: &ProviderId| here.iter().any(|identity| identity.id == *id);
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
        let mut known = Known { in_use: BTreeSet::new(), destroyed: BTreeSet::new(), intended };
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
