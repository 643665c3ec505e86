use std::fmt;

use crate::{ProtocolVersion, ResultReason, Tag, Type};

/// Bytes that are no message, and where. Never holds a value that may be secret: only tags, numbers of enumerations and
/// lengths.
#[derive(Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: Vec<Tag>,
    kind: DecodeErrorKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// There are fewer bytes than a header or a length asks for.
    #[error("the bytes end too early")]
    Truncated,
    /// There are bytes behind the message, or behind the last item of a structure.
    #[error("there are bytes left over")]
    TrailingBytes,
    /// Longer than [`crate::Limits::bytes`].
    #[error("{0} bytes are more than allowed")]
    TooLong(u64),
    /// More items than [`crate::Limits::items`].
    #[error("there are more items than allowed")]
    TooManyItems,
    /// Structures in structures deeper than [`crate::Limits::depth`].
    #[error("structures are nested deeper than allowed")]
    TooDeep,
    /// The number of a type that does not exist.
    #[error("{0:#04X} is no type")]
    UnknownType(u8),
    /// A type of fixed length with another one.
    #[error("{ty} cannot have a length of {length}")]
    WrongLength {
        /// The type.
        ty: Type,
        /// Its length in bytes.
        length: u32,
    },
    /// Padding that is not zero.
    #[error("padding is not zero")]
    Padding,
    /// A boolean that is neither 0 nor 1.
    #[error("a boolean is neither true nor false")]
    Boolean,
    /// A text that is not UTF-8.
    #[error("a text is not UTF-8")]
    Utf8,
    /// Another tag was expected here.
    #[error("{0} is not expected here")]
    UnexpectedTag(Tag),
    /// Another type was expected here.
    #[error("{found} instead of {expected}")]
    WrongType {
        /// What the specification asks for.
        expected: Type,
        /// What there is.
        found: Type,
    },
    /// Something that has to be there is not.
    #[error("{0} is missing")]
    Missing(Tag),
    /// Something that may be there once is there again.
    #[error("{0} is there more than once")]
    Repeated(Tag),
    /// Something that this structure does not have.
    #[error("{0} does not belong here")]
    Unknown(Tag),
    /// A value that the enumeration does not have.
    #[error("{0:#X} is no value of the enumeration")]
    UnknownEnumeration(u32),
    /// The name of an attribute that does not exist.
    #[error("there is no attribute of that name")]
    UnknownAttribute,
    /// A number outside of what makes sense here.
    #[error("the number is out of range")]
    Range,
    /// Versions that we don't speak.
    #[error("version {0} is not spoken here")]
    UnknownVersion(ProtocolVersion),
    /// The header counts another number of batch items.
    #[error("{found} batch items instead of {expected}")]
    BatchCount {
        /// What the header says.
        expected: u32,
        /// How many there are.
        found: usize,
    },
    /// A message extension that has to be understood, and is not.
    #[error("a critical message extension is not understood")]
    CriticalExtension,
    /// The parts contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// Valid KMIP that this crate does not implement.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

impl DecodeError {
    pub(crate) fn new(kind: DecodeErrorKind) -> Self {
        Self { path: Vec::new(), kind }
    }

    /// The same error, seen from one structure further out.
    pub(crate) fn within(mut self, tag: Tag) -> Self {
        self.path.push(tag);
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Where, outermost tag first.
    pub fn path(&self) -> impl Iterator<Item = Tag> + '_ {
        self.path.iter().rev().copied()
    }

    /// How a server says it to its client; see [`ResultReason::in_version`] for old clients.
    pub fn reason(&self) -> ResultReason {
        use DecodeErrorKind as Kind;
        match self.kind {
            Kind::Missing(_) => ResultReason::MissingData,
            Kind::UnknownEnumeration(_) => ResultReason::UnknownEnumeration,
            Kind::UnknownAttribute => ResultReason::InvalidAttribute,
            Kind::WrongType { .. } => ResultReason::InvalidDataType,
            Kind::Unknown(_) => ResultReason::UnknownTag,
            Kind::UnknownVersion(_) => ResultReason::UnsupportedProtocolVersion,
            Kind::CriticalExtension => ResultReason::UnknownMessageExtension,
            Kind::Unsupported(_) => ResultReason::FeatureNotSupported,
            Kind::Range | Kind::Inconsistent(_) | Kind::Repeated(_) => ResultReason::InvalidField,
            Kind::Truncated
            | Kind::TrailingBytes
            | Kind::TooLong(_)
            | Kind::TooManyItems
            | Kind::TooDeep
            | Kind::UnknownType(_)
            | Kind::WrongLength { .. }
            | Kind::Padding
            | Kind::Boolean
            | Kind::Utf8
            | Kind::UnexpectedTag(_)
            | Kind::BatchCount { .. } => ResultReason::InvalidMessage,
        }
    }
}

impl From<DecodeErrorKind> for DecodeError {
    fn from(kind: DecodeErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tag) in self.path().enumerate() {
            write!(f, "{}{tag}", if index == 0 { "" } else { "/" })?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        fmt::Display::fmt(&self.kind, f)
    }
}

impl std::error::Error for DecodeError {}

/// A message that cannot be written in the version asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The field did not exist in that version.
    #[error("{tag} does not exist in version {version}")]
    NotInVersion {
        /// What cannot be said.
        tag: Tag,
        /// In which version.
        version: ProtocolVersion,
    },
    /// The value of the enumeration did not exist in that version.
    #[error("{tag} does not have the value {value:#X} in version {version}")]
    ValueNotInVersion {
        /// The enumeration.
        tag: Tag,
        /// The value that cannot be said.
        value: u32,
        /// In which version.
        version: ProtocolVersion,
    },
    /// The attribute did not exist in that version.
    #[error("the attribute {name} does not exist in version {version}")]
    AttributeNotInVersion {
        /// Its name.
        name: String,
        /// In which version.
        version: ProtocolVersion,
    },
    /// More than the field can hold.
    #[error("{0} is out of range")]
    Range(Tag),
    /// The parts contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The version itself is none of ours.
    #[error("version {0} is not spoken here")]
    UnknownVersion(ProtocolVersion),
}
