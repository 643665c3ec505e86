use std::{num::NonZeroU32, time::Duration};

use claviger_types::{AccountId, Region};

use crate::{CacheBounds, LimitRates};

/// What the domain needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where everybody finds what certificate authorities publish: the part of its addresses before `/pki/`, without a
    /// slash at its end. What is issued without it does not say where.
    pub pki_url: Option<Box<str>>,
    /// The location that clients know us by.
    pub region: Region,
    /// The project of an installation that has one.
    pub account: AccountId,
    /// How long a call may take.
    pub deadline: Duration,
    /// How much memory keys in use may take.
    pub caches: CacheBounds,
    /// How often a principal and a project may call.
    pub rates: LimitRates,
    /// How many objects of one project may be only kept.
    pub kept_objects: NonZeroU32,
}
