use std::fmt;

use claviger_ports::LogError;
use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

/// Longest record in bytes, as the caller gives it.
pub const MAX_RECORD: usize = 64 * 1024;

const RESERVED: [&str; 4] = ["seq", "prev", "hash", "flushed"];

/// What is between the braces of `record`, if it is one JSON object on one line without the log's own members.
///
/// # Errors
/// [`LogError`] that says what is wrong, but never what the record says.
pub(crate) fn members(record: &[u8]) -> Result<&[u8], LogError> {
    if record.len() > MAX_RECORD {
        return Err(LogError(format!("the record has {} bytes, more than {MAX_RECORD}", record.len())));
    }
    if memchr::memchr2(b'\n', b'\r', record).is_some() {
        return Err(LogError("the record has a line break".into()));
    }
    let text = std::str::from_utf8(record).map_err(|_| LogError("the record is not UTF-8".into()))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let checked = json.deserialize_map(Members).and_then(|()| json.end());
    checked.map_err(|error| LogError(format!("the record is not acceptable: {error}")))?;
    // Invariant: it parsed as an object, so that it begins and ends with a brace, but for white space.
    let inner = text.trim_ascii().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner
        .map(|inner| inner.trim_ascii().as_bytes())
        .ok_or_else(|| LogError("the record is not an object".into()))
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(MemberName) = map.next_key()? {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A member's name that is none of ours, however it is escaped.
struct MemberName;

impl<'de> serde::Deserialize<'de> for MemberName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self, E> {
        match RESERVED.iter().find(|reserved| **reserved == name) {
            Some(reserved) => Err(E::custom(format_args!("the member `{reserved}` is the log's own"))),
            None => Ok(Self),
        }
    }
}
