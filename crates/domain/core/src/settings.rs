use std::time::Duration;

use claviger_types::{AccountId, ProviderId, Region};

use crate::{CacheBounds, LimitRates};

/// What the domain needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The location that clients know us by.
    pub region: Region,
    /// The project of an installation that has one.
    pub account: AccountId,
    /// The provider that makes new keys.
    pub default_provider: ProviderId,
    /// How long a call may take.
    pub deadline: Duration,
    /// How much memory keys in use may take.
    pub caches: CacheBounds,
    /// How often a principal and a project may call.
    pub rates: LimitRates,
}
