use std::{fmt, str::FromStr};

/// Why text is not a name of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName(&'static str);

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidName {}

/// What one protocol calls a key: a namespace of ours and a value in it, unique in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// `alias`, later `resource-path`, `kmip`, `pkcs11`.
    pub namespace: &'static str,
    /// The name in that namespace.
    pub value: Box<str>,
}

/// A second name of a key, without the `alias/` that some protocols put before it.
///
/// 1 to 250 characters of `A–Z a–z 0–9 : / _ -`; what begins with `aws/` is reserved by clients' conventions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasName(Box<str>);

impl AliasName {
    /// The namespace of aliases among key names.
    pub const NAMESPACE: &'static str = "alias";

    /// The name without prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only the service itself may make it.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("aws/")
    }

    /// The same as a name of any kind.
    pub fn to_key_name(&self) -> KeyName {
        KeyName { namespace: Self::NAMESPACE, value: self.0.clone() }
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AliasName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() || text.len() > 250 {
            return Err(InvalidName("an alias has 1 to 250 characters"));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'_' | b'-')) {
            return Err(InvalidName("an alias has only letters, digits and the characters : / _ -"));
        }
        Ok(Self(text.into()))
    }
}

/// Name of a backup, fit to be that of a directory: 1 to 64 letters, digits and characters of `._-`, not beginning with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackupName(Box<str>);

impl BackupName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BackupName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > 64 || text.starts_with('.') || !text.bytes().all(allowed) {
            return Err(InvalidName(
                "a backup's name has 1 to 64 letters, digits and characters of ._-, and does not begin with a dot",
            ));
        }
        Ok(Self(text.into()))
    }
}

impl InvalidName {
    pub(crate) const fn new(message: &'static str) -> Self {
        Self(message)
    }
}
