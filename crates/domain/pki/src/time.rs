//! Times in certificates: whole seconds, UTCTime through 2049 and GeneralizedTime from then on.

use std::time::Duration;

use claviger_core::{Error, Result};
use claviger_types::Timestamp;
use der::{DateTime, asn1::GeneralizedTime};
use x509_cert::time::Time;

pub(crate) fn of(time: &Time) -> Timestamp {
    Timestamp::from_secs(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

pub(crate) fn encoded(time: Timestamp) -> Result<Time> {
    date(time).map(Time::from)
}

/// As OCSP writes every time.
pub(crate) fn generalized(time: Timestamp) -> Result<GeneralizedTime> {
    date(time).map(GeneralizedTime::from_date_time)
}

fn date(time: Timestamp) -> Result<DateTime> {
    let secs = u64::try_from(time.secs()).map_err(Error::internal)?;
    DateTime::from_unix_duration(Duration::from_secs(secs)).map_err(Error::internal)
}

/// `time` later by a duration of whole seconds.
pub(crate) fn after(time: Timestamp, lapse: Duration) -> Timestamp {
    time.plus_secs(i64::try_from(lapse.as_secs()).unwrap_or(i64::MAX))
}

/// `time` earlier by a duration of whole seconds.
pub(crate) fn before(time: Timestamp, lapse: Duration) -> Timestamp {
    time.plus_secs(i64::try_from(lapse.as_secs()).map_or(i64::MIN, |secs| -secs))
}
