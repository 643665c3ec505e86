use std::{fmt, str::FromStr, sync::Arc};

use crate::{AccountId, InvalidName, Revision, Timestamp};

macro_rules! resource_name {
    ($(#[$doc:meta])* $name:ident, $message:literal) => {
        $(#[$doc])*
        ///
        /// 1 to 63 characters of `A–Z a–z 0–9 _ -`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                match (1..=63).contains(&text.len()) && text.bytes().all(allowed) {
                    true => Ok(Self(text.into())),
                    false => Err(InvalidName::new($message)),
                }
            }
        }
    };
}

resource_name!(
    /// Name of a key ring, unique in its project.
    KeyRingName, "a key ring's name has 1 to 63 letters, digits and characters of _-"
);
resource_name!(
    /// Name of a key in its ring, for keys that were made with one; never given to another key.
    RingKeyName, "a key's name has 1 to 63 letters, digits and characters of _-"
);
resource_name!(
    /// Name of an import job in its ring.
    ImportJobName, "an import job's name has 1 to 63 letters, digits and characters of _-"
);

impl KeyRingName {
    /// Whether it is the ring that every project has, in which the keys of protocols without rings are.
    pub fn is_default(&self) -> bool {
        &*self.0 == "default"
    }
}

/// The ring that every project has.
impl Default for KeyRingName {
    fn default() -> Self {
        Self("default".into())
    }
}

/// Where a key is in the hierarchy of its project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyPlace {
    /// The ring.
    pub ring: KeyRingName,
    /// Its name there; without one it is called by its id, and its ring is `default`.
    pub name: Option<RingKeyName>,
}

/// A group of keys with a policy of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    /// The project.
    pub project: AccountId,
    /// Its name.
    pub name: KeyRingName,
    /// What it allows, besides the policies of its keys.
    pub policy: Option<AttachedPolicy>,
    /// When it was made.
    pub created: Timestamp,
    /// Counts its changes.
    pub revision: Revision,
}

/// A policy that was written in another language than ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// What it means: an IAM policy document in JSON, whose statements name principals.
    pub document: Arc<str>,
    /// What its owner wrote, for the front that speaks that language.
    pub source: Arc<str>,
}
