use std::fmt;

/// A version of the protocol, ordered by age (KMIP 2.1 §9.16). Peers may name versions that we don't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProtocolVersion {
    /// What is before the dot.
    pub major: u16,
    /// What is behind it.
    pub minor: u16,
}

impl ProtocolVersion {
    /// KMIP 1.0.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
    /// KMIP 1.1.
    pub const V1_1: Self = Self { major: 1, minor: 1 };
    /// KMIP 1.2.
    pub const V1_2: Self = Self { major: 1, minor: 2 };
    /// KMIP 1.3.
    pub const V1_3: Self = Self { major: 1, minor: 3 };
    /// KMIP 1.4.
    pub const V1_4: Self = Self { major: 1, minor: 4 };
    /// KMIP 2.0.
    pub const V2_0: Self = Self { major: 2, minor: 0 };
    /// KMIP 2.1.
    pub const V2_1: Self = Self { major: 2, minor: 1 };

    /// The versions that this crate speaks, newest first: the order in which a server names them.
    pub const KNOWN: [Self; 7] =
        [Self::V2_1, Self::V2_0, Self::V1_4, Self::V1_3, Self::V1_2, Self::V1_1, Self::V1_0];

    /// Whether this crate speaks it.
    pub fn is_known(self) -> bool {
        Self::KNOWN.contains(&self)
    }

    /// Whether attributes are written under their own tags (from 2.0 on), not by name.
    pub const fn has_tagged_attributes(self) -> bool {
        self.major >= 2
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
