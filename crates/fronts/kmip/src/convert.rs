//! Between the words of the protocol and those of the domain.

pub(crate) mod attributes;
pub(crate) mod certificate;
pub(crate) mod keys;
pub(crate) mod parameters;
pub(crate) mod spec;
pub(crate) mod template;

use claviger_kmip::value::DateTime;
use claviger_types::Timestamp;

use crate::error::Failure;

/// Seconds, as clients get them.
pub(crate) fn date(time: Timestamp) -> DateTime {
    DateTime(time.micros().div_euclid(1_000_000))
}

/// The time that a client gives.
pub(crate) fn time(date: DateTime) -> Result<Timestamp, Failure> {
    let micros = date.0.checked_mul(1_000_000);
    micros.map(Timestamp::from_micros).ok_or_else(|| Failure::invalid("A date is out of range."))
}
