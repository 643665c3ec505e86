//! Where the versions of keys are, where their next ones go, and what is in a device.

use std::collections::HashMap;

use claviger_crypto::subject_key_identifier;
use claviger_ports::{Capability, Change, NewKey, Provider, ProviderError, ProviderState};
use claviger_types::{
    Key, KeySpec, KeyTag, KeyUsage, KeyVersion, OrphanKind, ProtectionLevel, ProviderId, ProviderName,
    VersionTemplate,
};

use crate::{
    Action, Authorized, Error, Gate, KeyProof, LastUse, MadeKey, MayChange, MayImport, Orphan,
    ProviderChoice, Reason, Result, Scope, orphans::FoundOrphan, service::Core,
};

/// What is known of a version besides its record.
#[derive(Clone, Debug, Default)]
pub struct VersionDetail {
    /// The name that its provider has, or had last.
    pub provider: Option<ProviderName>,
    /// What the device calls it; `None` if it is in none, or in one that is not there now.
    pub device_id: Option<Box<str>>,
    /// SHA-1 of the bits of its public key (RFC 5280 §4.2.1.2, method 1).
    pub subject_key_id: Option<[u8; 20]>,
    /// When it was last used, as far as this node has seen it.
    pub last_use: Option<LastUse>,
}

impl Gate<'_> {
    /// The provider that is to hold the next versions of a key, if it can make them.
    ///
    /// # Errors
    /// `InvalidRequest` if there is no such provider, `Unavailable` while it can't be used, `Unsupported` if it makes no
    /// such keys.
    pub fn destination(&self, choice: &ProviderChoice, key: &Key) -> Result<(ProviderId, ProtectionLevel)> {
        self.core.destination(choice, key)
    }
}

impl Scope<'_> {
    /// The same as [`Gate::destination`].
    ///
    /// # Errors
    /// As that.
    pub fn destination(&self, choice: &ProviderChoice, key: &Key) -> Result<(ProviderId, ProtectionLevel)> {
        self.core.destination(choice, key)
    }

    /// A key as it is from its next version on: while keys are moved, that version goes to where they are moved to,
    /// unless it would be protected less there, or can't be made.
    ///
    /// # Errors
    /// `Unavailable` while the provider of the role can't be used: what was made elsewhere would have to be moved again.
    pub fn at_next_version(&self, key: &Key, by: Capability) -> Result<Key> {
        let providers = &self.core.providers;
        let Some(name) = &providers.roles().rollover else { return Ok(key.clone()) };
        let id = providers.id_of(name)?;
        let holder = self.core.usable(&id)?;
        let protection = holder.protection();
        let is_weaker =
            key.template.protection == ProtectionLevel::Hsm && protection == ProtectionLevel::Software;
        let stays = key.exportable && protection == ProtectionLevel::Hsm;
        match is_weaker || stays || !holder.supports(key.spec, key.usage, by) {
            true => Ok(key.clone()),
            false => Ok(at(key, id, protection)),
        }
    }

    /// What a provider that is configured, or was, is known as for good; its id names it, too.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable` if it is configured and has not yet proved which it is.
    pub async fn known_provider<A: Action, T>(
        &self,
        _proof: &Authorized<A, T>,
        name: &ProviderName,
    ) -> Result<ProviderId> {
        if let Some(id) = self.core.providers.known_as(name) {
            return Ok(id);
        }
        let known = self.core.store.providers().await?;
        let named = known.iter().find(|known| known.name == *name);
        let known = named.or_else(|| known.iter().find(|known| known.id.as_str() == name.as_str()));
        match (known, self.core.providers.by_name(name)) {
            (Some(known), _) => Ok(known.id.clone()),
            (None, Ok(_)) => self.core.providers.id_of(name),
            (None, Err(_)) => Err(Error::new(Reason::NotFound, format!("There is no provider '{name}'."))),
        }
    }

    /// What is known of versions besides their records, in their order.
    ///
    /// # Errors
    /// If the store can't be read; `StoredDataDamaged`.
    pub async fn details<A: Action, T>(
        &self,
        _proof: &Authorized<A, T>,
        versions: &[KeyVersion],
    ) -> Result<Vec<VersionDetail>> {
        let mut names = HashMap::new();
        for version in versions {
            if let Ok(holder) = self.core.providers.by_id(&version.provider) {
                names.insert(&version.provider, holder.name().clone());
            }
        }
        // What is not there now had a name when it was.
        let is_unknown = |version: &KeyVersion| !names.contains_key(&version.provider);
        let known = match versions.iter().any(is_unknown) {
            true => self.core.store.providers().await?,
            false => Vec::new(),
        };
        let last =
            |id: &ProviderId| known.iter().find(|known| known.id == *id).map(|known| known.name.clone());
        let detail = |version: &KeyVersion| {
            Ok(VersionDetail {
                provider: names.get(&version.provider).cloned().or_else(|| last(&version.provider)),
                device_id: self.core.device_id(version)?,
                subject_key_id: version.public.as_deref().and_then(subject_key_identifier),
                last_use: self.core.usage.last(version),
            })
        };
        versions.iter().map(detail).collect()
    }

    /// Takes over a key that is in a device, and leaves it there as it is.
    ///
    /// # Errors
    /// `InvalidRequest` if `locator` names not exactly one key of that kind, `AlreadyExists` if that is one of ours,
    /// `Unsupported` if the provider takes over none.
    pub async fn adopt<A: MayImport, T>(
        &self,
        _proof: &Authorized<A, T>,
        provider: &ProviderId,
        (spec, usage): (KeySpec, KeyUsage),
        locator: &str,
    ) -> Result<MadeKey> {
        let holder = self.core.providers.by_id(provider)?;
        let NewKey { handle, public } = holder.adopt(spec, usage, locator).await.map_err(|error| match error {
            ProviderError::Rejected => Error::invalid(
                "The locator does not name exactly one key of this spec, which never leaves the device and may be used \
                 so. The server's log says why.",
            ),
            ProviderError::Unsupported => {
                Error::new(Reason::Unsupported, "This provider takes over no keys of this kind.")
            }
            error => error.into(),
        })?;
        let device_id = holder.device_id(&handle);
        let device_id = device_id.ok_or_else(|| Error::internal("a key in a device without a name there"))?;
        self.core.refuse_known(provider, &*holder, &device_id).await?;
        Ok(MadeKey { provider: provider.clone(), protection: holder.protection(), tag: None, handle, public })
    }

    /// Destroys what may be left in a device of the key that a version was made of before it got other material, and that
    /// was announced anew with that. What can't be done now is found by the announcement.
    pub async fn clear_replaced<A: MayChange>(&self, _proof: &KeyProof<A>, before: &KeyVersion) {
        let Some(tag) = before.tag else { return };
        if let Err(error) = self.core.clear(&before.provider, tag).await {
            tracing::warn!(key = %before.key, version = %before.number, %tag, error = ?error, "what the version was made of before may be left in its device");
        }
    }

    /// What is left in a device of keys that are none, by tag.
    ///
    /// # Errors
    /// `Unavailable` while the device can't be used; as for any use of a provider.
    pub async fn orphans<A: Action, T>(
        &self,
        _proof: &Authorized<A, T>,
        provider: &ProviderId,
    ) -> Result<Vec<Orphan>> {
        let found = self.core.orphans(provider).await?.orphans;
        Ok(found.into_iter().map(|found| found.orphan).collect())
    }

    /// Removes such a key from a device, if it still is what the caller takes it for; tells what it was. To remove what is
    /// gone is no error: what a crash cut short, or nobody was told the end of, is done again, and recorded then.
    ///
    /// # Errors
    /// `NotFound` if it is something else; as for any use of a provider.
    pub async fn remove_orphan<A: MayChange, T>(
        &self,
        proof: &Authorized<A, T>,
        provider: &ProviderId,
        tag: KeyTag,
        kind: OrphanKind,
    ) -> Result<OrphanKind> {
        let found = self.core.orphans(provider).await?.take(tag, kind)?;
        let mut was = OrphanKind::Gone;
        if let Some(FoundOrphan { orphan, handle: Some(handle), intent }) = found {
            was = orphan.kind;
            self.announced(proof).await?;
            if let Some(intent) = intent {
                self.core.give_up(intent).await?;
            }
            // What a crash left is found by its tag alone: nobody knows its specification, and the handle needs none.
            self.core.usable(provider)?.destroy(KeySpec::Aes256, &handle).await?;
        }
        self.commit(proof, vec![Change::SettleKey(tag), Change::ChangedElsewhere]).await?;
        Ok(was)
    }
}

impl Core {
    fn destination(&self, choice: &ProviderChoice, key: &Key) -> Result<(ProviderId, ProtectionLevel)> {
        let id = self.providers.chosen(choice)?;
        let holder = self.usable(&id)?;
        match holder.supports(key.spec, key.usage, Capability::Generate) {
            true => Ok((id, holder.protection())),
            false => Err(Error::new(
                Reason::Unsupported,
                format!(
                    "The provider '{}' makes no keys of spec {} for {}.",
                    holder.name(),
                    key.spec.name(),
                    key.usage.name()
                ),
            )),
        }
    }

    /// The provider of that id, if it can be used now.
    pub(crate) fn usable(&self, id: &ProviderId) -> Result<std::sync::Arc<dyn Provider>> {
        let holder = self.providers.by_id(id)?;
        match self.providers.state(&*holder) {
            ProviderState::Usable => Ok(holder),
            state => {
                let message = format!("The provider '{}' can't be used now.", holder.name());
                Err(Error::new(Reason::Unavailable, message).caused_by(format!("{state:?}")))
            }
        }
    }

    /// Destroys a key that nothing is made of, and forgets that it was announced.
    async fn clear(&self, provider: &ProviderId, tag: KeyTag) -> Result<()> {
        let holder = self.usable(provider)?;
        if let Some(left) = holder.tagged().await?.into_iter().find(|key| key.tag == tag) {
            holder.destroy(KeySpec::Aes256, &left.handle).await?;
        }
        self.keep_book(Change::SettleKey(tag)).await
    }

    /// What its device calls a version.
    pub(crate) fn device_id(&self, version: &KeyVersion) -> Result<Option<Box<str>>> {
        if version.protection == ProtectionLevel::Software {
            return Ok(None);
        }
        let Ok(holder) = self.providers.by_id(&version.provider) else { return Ok(None) };
        let handle = self.handle_of(version)?;
        Ok(handle.and_then(|handle| holder.device_id(&handle)).map(Into::into))
    }
}

/// The key, whose next versions are made elsewhere.
fn at(key: &Key, provider: ProviderId, protection: ProtectionLevel) -> Key {
    Key { provider, template: VersionTemplate { protection, ..key.template }, ..key.clone() }
}
