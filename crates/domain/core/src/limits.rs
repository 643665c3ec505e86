use std::num::NonZeroU32;

use claviger_types::{AccountId, PrincipalId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{Error, Identity, Reason, Result};

/// Calls a second; a burst of one second's worth is allowed. `None` is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct LimitRates {
    /// Of one principal.
    pub principal: Option<NonZeroU32>,
    /// Of all principals of one project together.
    pub project: Option<NonZeroU32>,
}

/// Rate limits by principal and project: addresses say nothing behind a proxy.
pub(crate) struct Limits {
    principals: Option<DefaultKeyedRateLimiter<PrincipalId>>,
    projects: Option<DefaultKeyedRateLimiter<AccountId>>,
}

impl Limits {
    pub(crate) fn new(rates: LimitRates) -> Self {
        Self {
            principals: rates.principal.map(|rate| RateLimiter::keyed(Quota::per_second(rate))),
            projects: rates.project.map(|rate| RateLimiter::keyed(Quota::per_second(rate))),
        }
    }

    pub(crate) fn check(&self, identity: &Identity) -> Result<()> {
        let principal =
            self.principals.as_ref().is_none_or(|limit| limit.check_key(&identity.principal.id).is_ok());
        let project = self.projects.as_ref().is_none_or(|limit| limit.check_key(&identity.account()).is_ok());
        match principal && project {
            true => Ok(()),
            false => Err(Error::new(Reason::Throttled, "Rate exceeded")),
        }
    }
}
