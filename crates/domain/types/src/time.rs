use std::{fmt, time::Duration};

use ::time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time: microseconds since the Unix epoch, UTC, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch, saturating.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds since the Unix epoch with their fraction (millisecond resolution is exact).
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This time plus `days` of 24 hours, saturating.
    pub const fn plus_days(self, days: Days) -> Self {
        Self(self.0.saturating_add((days.0 as i64).saturating_mul(86_400_000_000)))
    }

    /// This time plus `secs` seconds (may be negative), saturating.
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// This time plus `duration`, saturating.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// From RFC 3339 text.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000).ok().map(Self)
    }

    /// The calendar form, for formatting; `None` outside the years −9999 to 9999.
    pub fn to_civil(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).ok()
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_civil().and_then(|civil| civil.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}us", self.0),
        }
    }
}

/// A whole number of days of 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(pub u16);

impl Days {
    /// The same as a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64 * 86_400)
    }

    /// The whole days of a duration, as far as they can be counted.
    pub fn of(duration: Duration) -> Self {
        Self(u16::try_from(duration.as_secs() / 86_400).unwrap_or(u16::MAX))
    }
}
