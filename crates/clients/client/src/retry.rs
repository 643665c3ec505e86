use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use crate::Error;

/// A call that was not answered as it should be.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) outcome: Outcome,
}

/// Whether it helps to call again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The service has decided.
    Decided,
    /// It was not done, and may be done later: perhaps not before some time.
    NotDone(Option<Duration>),
    /// It may have been done.
    Unknown(Option<Duration>),
}

impl Outcome {
    /// How long to wait at least before the call is sent again, if it may be.
    pub(crate) fn pause(self, repeatable: bool) -> Option<Duration> {
        match self {
            Self::Decided => None,
            Self::NotDone(after) => Some(after.unwrap_or_default()),
            Self::Unknown(after) => repeatable.then(|| after.unwrap_or_default()),
        }
    }
}

/// Longer and longer pauses, of random length so that clients that failed together don't come back together.
pub(crate) struct Backoff {
    left: u32,
    limit: Duration,
}

const FIRST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_secs(2);

impl Backoff {
    pub(crate) fn new(retries: u32) -> Self {
        Self { left: retries, limit: FIRST }
    }

    /// How long to wait before the next attempt, if there is one.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let pause = self.limit.mul_f64(random_fraction());
        self.limit = (self.limit * 2).min(LONGEST);
        Some(pause)
    }
}

/// From 0 to 1; the keys of hash maps are random enough for this.
fn random_fraction() -> f64 {
    let number = RandomState::new().hash_one(0_u8);
    number as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests;
