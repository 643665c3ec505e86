//! Names of keys and other things on the wire.

use std::{fmt::Display, str::FromStr};

use claviger_core::{Error, KeyRef, KeyRefName, Reason, Result};
use claviger_types::{AccountId, AliasName, GrantId, KeyId, Region, Timestamp};

/// Any name of a key: its id, `alias/…`, or the ARN of either.
pub(crate) fn key(text: &str, region: &Region) -> Result<KeyRef> {
    if text.starts_with("arn:") {
        return arn(text, region);
    }
    Ok(KeyRef { account: None, name: local(text)? })
}

/// The id of a key, where no other name will do.
pub(crate) fn key_id(text: &str) -> Result<KeyId> {
    text.parse().map_err(|_| Error::invalid(format!("'{text}' is not the id of a key.")))
}

/// An alias, with or without `alias/`.
pub(crate) fn alias(text: &str) -> Result<AliasName> {
    let name = text.strip_prefix("alias/").unwrap_or(text);
    name.parse().map_err(|error| Error::new(Reason::InvalidAliasName, format!("'{text}': {error}.")))
}

pub(crate) fn grant(text: &str) -> Result<GrantId> {
    text.parse()
        .map_err(|_| Error::new(Reason::InvalidGrantId, format!("'{text}' is not the id of a grant.")))
}

/// A time in RFC 3339.
pub(crate) fn time(text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Error::invalid(format!("'{text}' is not a time as in 2026-01-31T12:00:00Z (RFC 3339)."))
    })
}

/// Anything that says itself what is wrong with it.
pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error| Error::invalid(format!("'{text}': {error}.")))
}

/// `arn:aws:kms:<region>:<account>:key/<id>` or `…:alias/<name>`.
fn arn(text: &str, region: &Region) -> Result<KeyRef> {
    let wrong = || {
        let form = format!("arn:aws:kms:{region}:<account>:key/<id>");
        Error::new(
            Reason::InvalidArn,
            format!("'{text}' is not the ARN of a key of this service, as {form} is."),
        )
    };
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", "aws", "kms", found, account, resource] = *parts.as_slice() else { return Err(wrong()) };
    let account: AccountId = account.parse().map_err(|_| wrong())?;
    if found != region.as_str() {
        return Err(wrong());
    }
    let name = resource.strip_prefix("key/").unwrap_or(resource);
    Ok(KeyRef { account: Some(account), name: local(name).map_err(|_| wrong())? })
}

fn local(text: &str) -> Result<KeyRefName> {
    match text.strip_prefix("alias/") {
        Some(_) => alias(text).map(KeyRefName::Alias),
        None => text.parse().map(KeyRefName::Id).map_err(|_| {
            Error::invalid(format!(
                "'{text}' is not a key: give its id, its ARN, or alias/ and the name of an alias."
            ))
        }),
    }
}

#[cfg(test)]
mod tests;
