use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use claviger_ports::{Provider, ProviderState};
use claviger_types::{ProtectionLevel, ProviderId, ProviderName};

use crate::{Error, Reason, Result};

/// Which provider does what, by the names that they are configured under.
#[derive(Clone, Debug)]
pub struct ProviderRoles {
    /// Makes new keys.
    pub default: ProviderName,
    /// Makes new keys that must be in hardware.
    pub hardware: Option<ProviderName>,
    /// Makes new versions of the keys of other providers, while these are moved there.
    pub rollover: Option<ProviderName>,
    /// Makes keys that are used once or for a short time; the default one if absent.
    pub one_off: Option<ProviderName>,
    /// Gives random bytes to callers, and to keys that they will hold themselves.
    pub random: ProviderName,
}

impl ProviderRoles {
    /// One provider does everything, and none is hardware.
    pub fn all(provider: ProviderName) -> Self {
        Self { default: provider.clone(), hardware: None, rollover: None, one_off: None, random: provider }
    }
}

/// Who is to hold a new key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProviderChoice {
    /// Whoever makes new keys.
    #[default]
    Default,
    /// One that protects it so.
    Protected(ProtectionLevel),
    /// The one that is configured under this name.
    Named(ProviderName),
    /// Whoever makes keys that are used once or for a short time.
    OneOff,
    /// Whoever keys are moved to.
    Rollover,
}

/// The configured providers, and what each of them is known as for good.
pub(crate) struct Providers {
    all: Vec<Arc<dyn Provider>>,
    roles: ProviderRoles,
    /// Those that have proved who they are.
    bound: RwLock<BTreeMap<ProviderId, Arc<dyn Provider>>>,
    /// Those that are not what they should be, and why.
    refused: RwLock<BTreeMap<ProviderName, Box<str>>>,
}

impl Providers {
    /// A provider that holds nothing itself needs no proof: its keys are in the store, and their handles say whose they are.
    pub(crate) fn new(all: Vec<Arc<dyn Provider>>, roles: ProviderRoles) -> Self {
        let own = |provider: &&Arc<dyn Provider>| provider.protection() == ProtectionLevel::Software;
        let bound = all.iter().filter(own).map(|provider| (own_id(provider.name()), provider.clone()));
        Self { bound: RwLock::new(bound.collect()), refused: RwLock::default(), all, roles }
    }

    pub(crate) fn roles(&self) -> &ProviderRoles {
        &self.roles
    }

    pub(crate) fn all(&self) -> &[Arc<dyn Provider>] {
        &self.all
    }

    /// From now on this is the provider of that id.
    pub(crate) fn bind(&self, id: ProviderId, provider: Arc<dyn Provider>) {
        self.refused.write().unwrap_or_else(PoisonError::into_inner).remove(provider.name());
        self.bound.write().unwrap_or_else(PoisonError::into_inner).insert(id, provider);
    }

    /// It is not what it should be.
    pub(crate) fn refuse(&self, name: &ProviderName, why: &str) {
        self.refused.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), why.into());
    }

    /// How a provider is, all told.
    pub(crate) fn state(&self, provider: &dyn Provider) -> ProviderState {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        match (provider.state(), refused.get(provider.name())) {
            (ProviderState::Usable, Some(why)) => ProviderState::Unusable(why.to_string()),
            (ProviderState::Usable, None) if self.known_as(provider.name()).is_none() => {
                ProviderState::Probing(None)
            }
            (state, _) => state,
        }
    }

    /// The provider that holds what is bound to `id`.
    pub(crate) fn by_id(&self, id: &ProviderId) -> Result<Arc<dyn Provider>> {
        let bound = self.bound.read().unwrap_or_else(PoisonError::into_inner);
        bound.get(id).cloned().ok_or_else(|| {
            Error::new(Reason::Unavailable, "The key's provider is not available; try again later.")
                .caused_by(format!(
                    "provider {id} is not configured, or has not yet proved that it is the one"
                ))
        })
    }

    /// The provider that is to hold a new key.
    ///
    /// # Errors
    /// `InvalidRequest` if there is none, `Unavailable` while it has not proved who it is.
    pub(crate) fn chosen(&self, choice: &ProviderChoice) -> Result<ProviderId> {
        let ProviderRoles { default, hardware, rollover, one_off, .. } = &self.roles;
        match choice {
            ProviderChoice::OneOff => self.id_of(one_off.as_ref().unwrap_or(default)),
            ProviderChoice::Rollover => self.id_of(rollover.as_ref().ok_or_else(|| {
                Error::invalid(
                    "Say which provider the key goes to: the configuration names none for rollovers.",
                )
            })?),
            ProviderChoice::Default => self.id_of(default),
            ProviderChoice::Named(name) => self.id_of(name),
            ProviderChoice::Protected(level) => {
                let preferred = hardware.iter().chain([default]).filter_map(|name| self.by_name(name).ok());
                let mut fitting =
                    preferred.chain(&self.all).filter(|provider| provider.protection() == *level);
                let fitting = fitting.next().ok_or_else(|| {
                    let level = level.name();
                    Error::invalid(format!("The protection level {level} has no provider here."))
                })?;
                self.id_of(fitting.name())
            }
        }
    }

    /// The configured provider of a name.
    pub(crate) fn by_name(&self, name: &ProviderName) -> Result<&Arc<dyn Provider>> {
        let named = self.all.iter().find(|provider| provider.name() == name);
        named.ok_or_else(|| Error::invalid(format!("There is no provider '{name}' in the configuration.")))
    }

    /// What the configured provider of a name is known as for good.
    pub(crate) fn id_of(&self, name: &ProviderName) -> Result<ProviderId> {
        self.known_as(name).ok_or_else(|| match self.by_name(name).map(|provider| self.state(&**provider)) {
            Err(error) => error,
            Ok(state) => Error::new(Reason::Unavailable, format!("The provider '{name}' can't be used now."))
                .caused_by(format!("{state:?}")),
        })
    }

    /// The same, if it has proved it.
    pub(crate) fn known_as(&self, name: &ProviderName) -> Option<ProviderId> {
        let bound = self.bound.read().unwrap_or_else(PoisonError::into_inner);
        bound.iter().find(|(_, provider)| provider.name() == name).map(|(id, _)| id.clone())
    }
}

/// Every name is an id.
fn own_id(name: &ProviderName) -> ProviderId {
    // Invariant: a name has the characters of an id and is shorter.
    #[expect(clippy::expect_used, reason = "see the invariant")]
    name.as_str().parse().expect("a provider's name is an id")
}
