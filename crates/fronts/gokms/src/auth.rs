//! From the code in a request to its caller.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_core::{Caller, Connection, Error, Reason, Result, Service};
use claviger_crypto::{HashAlg, HmacKey};
use claviger_types::Timestamp;
use http::{HeaderMap, header, request::Parts};
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::GokmsOptions;

/// The header with the date that the code covers.
const DATE: header::HeaderName = header::HeaderName::from_static("x-kms-date");

/// Go's `time.RFC1123` of a time in UTC: `Wed, 28 Jan 2015 10:42:13 UTC`.
const RFC1123_UTC: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] UTC");

/// Who sent a request: whoever knows the shared key. The code is HMAC-SHA256 over method, date and path.
///
/// # Errors
/// `MissingCredential`, `WrongProof`, `ClockSkew`; what the directory says of the credential. No error says what the
/// code should have been.
pub(crate) async fn authenticate(
    service: &Service,
    options: &GokmsOptions,
    parts: &Parts,
    path: &[u8],
    connection: &Connection,
) -> Result<Caller> {
    let date = only(&parts.headers, DATE)?;
    let code = only(&parts.headers, header::AUTHORIZATION)?;
    let shared = service.directory().shared_secret(&options.credential).await?;
    let now = service.clock().now();
    let caller = shared.proven().caller(now)?;
    if caller.method != "shared-key" || shared.secret().is_empty() {
        return Err(Error::new(Reason::UnknownCredential, "The credential of this API is not a shared key."));
    }
    let code = BASE64_STANDARD.decode(code).map_err(|_| wrong())?;
    let message = [parts.method.as_str().as_bytes(), b"\n", date, b"\n", path].concat();
    HmacKey::new(HashAlg::Sha256, shared.secret().expose()).verify(&message, &code).map_err(|_| wrong())?;
    check_date(date, now, options)?;
    check_certificate(service, &caller, connection, now).await?;
    Ok(caller)
}

/// The value of a header that must be there once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Result<&[u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.as_bytes()),
        _ => {
            Err(Error::new(Reason::MissingCredential, "x-kms-date and Authorization are needed, each once."))
        }
    }
}

/// The original takes any text for a date, for ever; so a request that was seen once could be repeated at any time.
fn check_date(date: &[u8], now: Timestamp, options: &GokmsOptions) -> Result<()> {
    let skew = |message| Err(Error::new(Reason::ClockSkew, message));
    let Some(date) = parse_date(date) else { return skew("The date is not one of RFC 1123 in UTC.") };
    match now.micros().abs_diff(date.micros())
        <= u64::try_from(options.date_window.as_micros()).unwrap_or(u64::MAX)
    {
        true => Ok(()),
        false => skew("The date of the request is too far from ours."),
    }
}

/// Only what such a date is written as: with its own day of the week, in its one form.
pub(crate) fn parse_date(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let date = PrimitiveDateTime::parse(text, RFC1123_UTC).ok()?;
    let same = date.format(RFC1123_UTC).is_ok_and(|canonical| canonical == text);
    same.then(|| Timestamp::from_secs(date.assume_utc().unix_timestamp()))
}

/// Two credentials on one request must agree.
async fn check_certificate(
    service: &Service,
    caller: &Caller,
    connection: &Connection,
    now: Timestamp,
) -> Result<()> {
    let Some(spki) = connection.client_spki_sha256 else { return Ok(()) };
    match service.directory().client_certificate(spki, now).await {
        Ok(other) if other.identity.principal.id != caller.identity.principal.id => {
            Err(Error::new(Reason::WrongProof, "The client certificate is that of another principal."))
        }
        Err(error) if error.reason() != Reason::UnknownCredential => Err(error),
        _ => Ok(()),
    }
}

fn wrong() -> Error {
    Error::new(Reason::WrongProof, "The authorization code is wrong.")
}

#[cfg(test)]
mod tests;
