use std::net::IpAddr;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};

/// A record for the audit log: one JSON object on one line, without the members that are the log's own. What can't be one can't be made,
/// so that the log takes it as it is.
pub struct LogRecord {
    /// What is between the braces.
    members: Vec<u8>,
    /// Whether the object that is being written has members.
    begun: bool,
}

/// The name of a member of a record.
#[derive(Clone, Copy)]
pub struct MemberName(&'static str);

/// A value of a record, in JSON.
pub struct LogValue(Vec<u8>);

/// Text that is no record.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct NoRecord(String);

/// Members that only the log writes.
const RESERVED: [&str; 4] = ["seq", "prev", "hash", "flushed"];

impl LogRecord {
    /// One without members, with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { members: Vec::with_capacity(capacity), begun: false }
    }

    /// Takes a JSON object in UTF-8 without line breaks.
    ///
    /// # Errors
    /// [`NoRecord`] says what is wrong, but never what the text says.
    pub fn parse(text: &[u8]) -> Result<Self, NoRecord> {
        check_line(text)?;
        let text = std::str::from_utf8(text).map_err(|_| NoRecord("it is not UTF-8".into()))?;
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(Members)
            .and_then(|()| json.end())
            .map_err(|error| NoRecord(error.to_string()))?;
        // Invariant: it parsed as an object, so that it begins and ends with a brace, but for white space.
        let inner = text.trim_ascii().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let inner = inner.ok_or_else(|| NoRecord("it is not an object".into()))?.trim_ascii();
        Ok(Self { members: inner.as_bytes().to_vec(), begun: !inner.is_empty() })
    }

    /// What is between the braces.
    pub fn members(&self) -> &[u8] {
        &self.members
    }

    /// Adds a text.
    pub fn text(&mut self, name: MemberName, text: &str) {
        self.name(name);
        // Nearly all are ids, names and numbers in which nothing is to be escaped.
        // Looking at all of their bytes is faster than stopping at the first.
        let is_plain = |byte| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
        if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
            self.members.push(b'"');
            self.members.extend_from_slice(text.as_bytes());
            self.members.push(b'"');
        } else {
            // Invariant: writing to a vector does not fail, and texts serialize.
            let _ = serde_json::to_writer(&mut self.members, text);
        }
    }

    /// Adds a number.
    pub fn number(&mut self, name: MemberName, number: u32) {
        self.name(name);
        self.decimal(number);
    }

    /// Adds an address, as text.
    pub fn address(&mut self, name: MemberName, address: IpAddr) {
        let IpAddr::V4(address) = address else { return self.text(name, &address.to_string()) };
        self.name(name);
        // Display pads for columns, which takes as long as all the rest.
        for (octet, before) in address.octets().into_iter().zip([b'"', b'.', b'.', b'.']) {
            self.members.push(before);
            self.decimal(octet.into());
        }
        self.members.push(b'"');
    }

    /// Adds a truth value.
    pub fn flag(&mut self, name: MemberName, flag: bool) {
        self.name(name);
        self.members.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    /// Adds a value.
    pub fn value(&mut self, name: MemberName, value: &LogValue) {
        self.name(name);
        self.members.extend_from_slice(&value.0);
    }

    /// Adds a list of objects, whose members `write` adds for each of `items`.
    pub fn objects<T>(
        &mut self,
        name: MemberName,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.name(name);
        self.members.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            self.members.extend_from_slice(if index == 0 { b"{" } else { b",{" });
            self.begun = false;
            write(self, item);
            self.members.push(b'}');
        }
        self.members.push(b']');
        self.begun = true;
    }

    fn decimal(&mut self, number: u32) {
        // Invariant: writing to a vector does not fail, and numbers serialize.
        let _ = serde_json::to_writer(&mut self.members, &number);
    }

    fn name(&mut self, MemberName(name): MemberName) {
        if std::mem::replace(&mut self.begun, true) {
            self.members.push(b',');
        }
        self.members.push(b'"');
        self.members.extend_from_slice(name.as_bytes());
        self.members.extend_from_slice(b"\":");
    }
}

impl MemberName {
    /// A name in lower case letters and `_`, and none of the log's own.
    ///
    /// # Panics
    /// If it is another; a constant of it does not compile then.
    pub const fn new(name: &'static str) -> Self {
        let mut rest = name.as_bytes();
        assert!(!rest.is_empty(), "a name has letters");
        while let [first, behind @ ..] = rest {
            assert!(first.is_ascii_lowercase() || *first == b'_', "names are in lower case");
            rest = behind;
        }
        let mut reserved: &[&str] = &RESERVED;
        while let [first, behind @ ..] = reserved {
            assert!(!same(first.as_bytes(), name.as_bytes()), "the member is the log's own");
            reserved = behind;
        }
        Self(name)
    }
}

impl LogValue {
    /// Anything that can be JSON on one line.
    ///
    /// # Errors
    /// [`NoRecord`] if it can't.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, NoRecord> {
        let json = serde_json::to_vec(value).map_err(|error| NoRecord(error.to_string()))?;
        // JSON that was written elsewhere is taken as it stands.
        check_line(&json)?;
        Ok(Self(json))
    }

    /// Whether it says nothing: an object without members.
    pub fn is_empty(&self) -> bool {
        self.0 == b"{}"
    }
}

fn check_line(json: &[u8]) -> Result<(), NoRecord> {
    match json.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        true => Err(NoRecord("it has a line break".into())),
        false => Ok(()),
    }
}

const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, behind @ ..], [b, rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (behind, rest);
    }
    one.is_empty() && other.is_empty()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(FreeName) = map.next_key()? {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A member's name that is none of the log's, however it is escaped.
struct FreeName;

impl<'de> Deserialize<'de> for FreeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self)
    }
}

impl Visitor<'_> for FreeName {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self, E> {
        match RESERVED.iter().find(|reserved| **reserved == name) {
            Some(reserved) => Err(E::custom(format_args!("the member `{reserved}` is the log's own"))),
            None => Ok(Self),
        }
    }
}

#[cfg(test)]
mod tests;
