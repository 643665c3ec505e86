//! From wire requests to operations of the domain, and from their answers to wire replies. Limits of the API that are
//! narrower than the domain's are held here; messages name the member as clients know it.

pub(crate) mod alias;
pub(crate) mod crypto;
pub(crate) mod grant;
pub(crate) mod import;
pub(crate) mod lifecycle;
pub(crate) mod policy;
pub(crate) mod tag;

use std::{fmt::Display, ops::RangeInclusive};

use claviger_core::{EncryptionContext, Error, KeyRef, Reason};
use claviger_keys::{GrantToken, envelope::AdditionalData};

use crate::{
    error::Fault,
    names::Names,
    wire::{Present, StringMap, Text},
};

/// The member must be there.
fn required<T>(value: Option<T>, member: &str) -> Result<T, Fault> {
    value.ok_or_else(|| constraint(&format!("Value null at '{member}'"), "Member must not be null"))
}

/// Any name of a key that must be there.
fn key(value: Option<Text<'_>>, member: &str, names: Names<'_>) -> Result<KeyRef, Fault> {
    names.key(&key_text(value, member)?)
}

/// The same without aliases.
pub(crate) fn key_itself(value: Option<Text<'_>>, member: &str, names: Names<'_>) -> Result<KeyRef, Fault> {
    names.key_itself(&key_text(value, member)?)
}

fn key_text<'a>(value: Option<Text<'a>>, member: &str) -> Result<Text<'a>, Fault> {
    text(required(value, member)?, 1..=2048, member)
}

/// Text of a length within limits, in characters.
fn text<'a>(value: Text<'a>, length: RangeInclusive<usize>, member: &str) -> Result<Text<'a>, Fault> {
    check_length(&format_args!("Value '{}' at '{member}'", &*value), value.chars().count(), length)?;
    Ok(value)
}

/// Bytes of a length within limits. They are not shown: they may be secret.
fn blob(len: usize, length: RangeInclusive<usize>, member: &str) -> Result<(), Fault> {
    check_length(&format_args!("Value at '{member}'"), len, length)
}

fn check_length(what: &dyn Display, len: usize, length: RangeInclusive<usize>) -> Result<(), Fault> {
    if len < *length.start() {
        let limit = length.start();
        let message = format!("Member must have length greater than or equal to {limit}");
        return Err(constraint(&what.to_string(), &message));
    }
    if len > *length.end() {
        let limit = length.end();
        return Err(constraint(
            &what.to_string(),
            &format!("Member must have length less than or equal to {limit}"),
        ));
    }
    Ok(())
}

/// A number within limits.
fn number<T: TryFrom<i64>>(value: i64, range: RangeInclusive<i64>, member: &str) -> Result<T, Fault> {
    let what = || format!("Value '{value}' at '{member}'");
    if value < *range.start() {
        let message = format!("Member must have value greater than or equal to {}", range.start());
        return Err(constraint(&what(), &message));
    }
    let too_large = || {
        let message = format!("Member must have value less than or equal to {}", range.end());
        constraint(&what(), &message)
    };
    if value > *range.end() {
        return Err(too_large());
    }
    T::try_from(value).map_err(|_| too_large())
}

/// One of the values that the API knows, whatever else there is here. Those of them that are not offered here are refused as
/// that.
fn choice<T>(
    value: &str,
    member: &str,
    known: &[&str],
    offered: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Fault> {
    if !known.contains(&value) {
        return Err(constraint(
            &format!("Value '{value}' at '{member}'"),
            &format!("Member must satisfy enum value set: [{}]", known.join(", ")),
        ));
    }
    offered(value).ok_or_else(|| Fault::unsupported(format!("{value} is not supported.")))
}

/// Refuses a member that the API has and we do not: to ignore it would do something else than was asked.
fn absent(value: &Option<Present>, member: &str) -> Result<(), Fault> {
    match value {
        None => Ok(()),
        Some(Present) => Err(Fault::unsupported(format!("{member} is not supported."))),
    }
}

/// Grant tokens say nothing here that is not known already, but must be tokens.
fn grant_tokens(tokens: Option<Vec<Text<'_>>>) -> Result<(), Fault> {
    let tokens = tokens.unwrap_or_default();
    check_length(&"Value at 'grantTokens'", tokens.len(), 0..=10)?;
    for token in tokens {
        let token = text(token, 1..=8192, "grantTokens")?;
        GrantToken::parse(&token)?;
    }
    Ok(())
}

/// An encryption context; none is the same as an empty one.
fn context(map: Option<StringMap>) -> AdditionalData {
    match map {
        Some(StringMap(pairs)) => AdditionalData::Context(EncryptionContext::new(pairs)),
        None => AdditionalData::None,
    }
}

/// How many items of a listing are asked for: what the API says if the caller does not.
fn limit(value: Option<i64>, default: usize, max: usize) -> Result<usize, Fault> {
    match value {
        // A caller may ask for as many as the API knows, and get fewer.
        Some(value) => number(value, 1..=1000, "limit").map(|limit: usize| limit.min(max)),
        None => Ok(default),
    }
}

/// Where a listing goes on: what [`next`] gave.
fn marker<T>(value: Option<Text<'_>>, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let value = text(value, 1..=1024, "marker")?;
    match parse(&value) {
        Some(after) => Ok(Some(after)),
        None => Err(Error::new(Reason::InvalidMarker, "The marker is not valid.").into()),
    }
}

/// The marker of the page after this one, made of its last item.
fn next<T, M>(items: &[T], more: bool, marker: impl FnOnce(&T) -> M) -> Option<M> {
    items.last().filter(|_| more).map(marker)
}

/// Refuses text with other characters than a pattern of the API allows.
fn pattern(value: &str, member: &str, pattern: &str, allowed: impl Fn(char) -> bool) -> Result<(), Fault> {
    match value.chars().all(allowed) {
        true => Ok(()),
        false => Err(constraint(
            &format!("Value '{value}' at '{member}'"),
            &format!("Member must satisfy regular expression pattern: {pattern}"),
        )),
    }
}

fn constraint(what: &str, constraint: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: {what} failed to satisfy constraint: {constraint}"
    ))
}

#[cfg(test)]
mod tests;
