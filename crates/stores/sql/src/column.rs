//! Conversions between columns and the domain's small types.

use claviger_ports::StoreError;
use claviger_types::{AccountId, RootKeyGeneration, Sealed, VersionNumber};

use crate::{code::Code, error::inconsistent};

/// An account number as the integer that its digits are.
pub(crate) fn account_to_column(account: AccountId) -> i64 {
    account.as_str().bytes().fold(0, |number, digit| number * 10 + i64::from(digit.wrapping_sub(b'0')))
}

pub(crate) fn account(table: &'static str, number: i64) -> Result<AccountId, StoreError> {
    parsed(table, "account number", &format!("{number:012}"))
}

pub(crate) fn version_number(table: &'static str, number: i64) -> Result<VersionNumber, StoreError> {
    u32::try_from(number)
        .ok()
        .and_then(VersionNumber::new)
        .ok_or_else(|| inconsistent(table, "a version number out of range"))
}

pub(crate) fn sealed(table: &'static str, generation: i64, bytes: Vec<u8>) -> Result<Sealed, StoreError> {
    let generation =
        u32::try_from(generation).map_err(|_| inconsistent(table, "a root key generation out of range"))?;
    Ok(Sealed { generation: RootKeyGeneration(generation), bytes: bytes.into() })
}

/// A sealed secret that may be absent; both columns are there or neither is.
pub(crate) fn sealed_if_any(
    table: &'static str,
    generation: Option<i64>,
    bytes: Option<Vec<u8>>,
) -> Result<Option<Sealed>, StoreError> {
    match (generation, bytes) {
        (Some(generation), Some(bytes)) => sealed(table, generation, bytes).map(Some),
        (None, None) => Ok(None),
        _ => Err(inconsistent(table, "half of a sealed secret")),
    }
}

pub(crate) fn code<T: Code>(table: &'static str, what: &str, text: &str) -> Result<T, StoreError> {
    T::from_code(text).ok_or_else(|| inconsistent(table, format!("an unknown {what}")))
}

pub(crate) fn parsed<T: std::str::FromStr>(
    table: &'static str,
    what: &str,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|_| inconsistent(table, format!("an invalid {what}")))
}

pub(crate) fn narrowed<T: TryFrom<i64>>(
    table: &'static str,
    what: &str,
    number: i64,
) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| inconsistent(table, format!("a {what} out of range")))
}

/// A number for a column; `what` it is, if it is too large for one.
pub(crate) fn widened(what: &str, number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Internal(format!("{what} is out of range")))
}

/// A limit of a listing plus one row, which tells whether there are more.
pub(crate) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// Cuts the row that [`one_more`] asked for.
pub(crate) fn page<T>(mut items: Vec<T>, limit: usize) -> claviger_ports::Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    claviger_ports::Page { items, more }
}
