use std::time::Duration;

use claviger_types::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time, UtcDateTime, macros::format_description};

use super::{Rejection, RejectionKind};

/// When a request was signed, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningTime {
    at: Timestamp,
    /// `YYYYMMDDTHHMMSSZ`.
    basic: [u8; 16],
}

impl SigningTime {
    /// From `X-Amz-Date`: `YYYYMMDDTHHMMSSZ` and nothing else.
    pub fn parse_basic(text: &str) -> Option<Self> {
        let basic: [u8; 16] = text.as_bytes().try_into().ok()?;
        let [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] = basic else { return None };
        let date = Date::from_calendar_date(
            i32::from(two(y1, y2)?) * 100 + i32::from(two(y3, y4)?),
            Month::try_from(two(m1, m2)?).ok()?,
            two(d1, d2)?,
        );
        let time = Time::from_hms(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
        let at = PrimitiveDateTime::new(date.ok()?, time.ok()?).assume_utc().unix_timestamp();
        Some(Self { at: Timestamp::from_secs(at), basic })
    }

    /// From a `Date` header in the form of RFC 9110 §5.6.7.
    pub fn parse_date_header(text: &str) -> Option<Self> {
        let form = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let at = PrimitiveDateTime::parse(text, &form).ok()?.assume_utc().unix_timestamp();
        Self::at(Timestamp::from_secs(at))
    }

    /// The day, `YYYYMMDD`.
    pub fn day(&self) -> &str {
        self.basic().get(..8).unwrap_or_default()
    }

    /// `YYYYMMDDTHHMMSSZ`.
    pub fn basic(&self) -> &str {
        // Invariant: both constructors fill it with ASCII.
        std::str::from_utf8(&self.basic).unwrap_or_default()
    }

    /// Refuses what is too old or too far in the future.
    ///
    /// # Errors
    /// With a message that shows both times, so that the caller sees whose clock is wrong.
    pub(super) fn check(&self, now: Timestamp, skew: Duration) -> Result<(), Rejection> {
        let micros = i64::try_from(skew.as_micros()).unwrap_or(i64::MAX);
        let oldest = Timestamp::from_micros(now.micros().saturating_sub(micros));
        let newest = Timestamp::from_micros(now.micros().saturating_add(micros));
        if (oldest..=newest).contains(&self.at) {
            return Ok(());
        }
        let minutes = skew.as_secs() / 60;
        let (signed, at) = (self.basic(), text(now));
        let message = if self.at < oldest {
            format!(
                "Signature expired: {signed} is now earlier than {} ({at} - {minutes} min.)",
                text(oldest)
            )
        } else {
            format!(
                "Signature not yet current: {signed} is still later than {} ({at} + {minutes} min.)",
                text(newest)
            )
        };
        Err(Rejection::new(RejectionKind::Skew, message))
    }

    fn at(at: Timestamp) -> Option<Self> {
        let basic = text(at).into_bytes().try_into().ok()?;
        Some(Self { at, basic })
    }
}

fn text(at: Timestamp) -> String {
    let civil = UtcDateTime::from_unix_timestamp(at.secs()).unwrap_or(UtcDateTime::UNIX_EPOCH);
    let (date, (hour, minute, second)) = (civil.date(), civil.as_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn two(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}
