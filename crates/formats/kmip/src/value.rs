//! Values that are more than a number or a text.
use claviger_types::SecretBytes;

use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, ProtocolVersion, Tag, Type, Value,
    codec::{Codec, Cx, Writer, wrong_type},
    enums::UniqueIdentifierEnum,
};

/// Seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime(pub i64);

/// Microseconds since 1970, UTC; from 2.0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTimeExtended(pub i64);

/// A span of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval(pub u32);

/// An integer of any length, which may be secret (a private exponent). Kept as it came: two's complement, big endian.
pub struct BigInteger(SecretBytes);

impl BigInteger {
    /// A number that is not negative, from its bytes, big endian; leading zeros and none at all are fine.
    pub fn from_magnitude(magnitude: &[u8]) -> Self {
        let start = magnitude.iter().position(|byte| *byte != 0).unwrap_or(magnitude.len());
        let significant = magnitude.get(start..).unwrap_or_default();
        // One bit more than the number has, for its sign.
        let length = (significant.len() + usize::from(significant.first().is_none_or(|byte| *byte >= 0x80)))
            .next_multiple_of(8);
        let mut bytes = Vec::with_capacity(length);
        bytes.resize(length - significant.len(), 0);
        bytes.extend_from_slice(significant);
        Self(SecretBytes::new(bytes))
    }

    /// The number's bytes without leading zeros, big endian. `None` if it is negative.
    pub fn magnitude(&self) -> Option<&[u8]> {
        let bytes = self.0.expose();
        if bytes.first().is_some_and(|byte| *byte >= 0x80) {
            return None;
        }
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        bytes.get(start..)
    }

    pub(crate) fn from_wire(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_wire(&self) -> &[u8] {
        self.0.expose()
    }
}

/// What an object is called by its server (KMIP 2.1 §4.58).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UniqueIdentifier {
    /// Its identifier.
    Text(String),
    /// From 2.0 on: what an earlier item of the batch was about.
    Of(UniqueIdentifierEnum),
    /// From 2.0 on: the object of this place in the response so far, counted from the end if negative.
    Nth(i32),
}

impl From<&str> for UniqueIdentifier {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for UniqueIdentifier {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Codec for UniqueIdentifier {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        match value {
            Value::Enumeration(code) if cx.tagged() => UniqueIdentifierEnum::from_code(code)
                .map(Self::Of)
                .ok_or(Kind::UnknownEnumeration(code).into()),
            Value::Integer(place) if cx.tagged() => Ok(Self::Nth(place)),
            other => String::decode(other, cx).map(Self::Text),
        }
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Self::Text(text) => out.text(tag, text),
            Self::Of(_) | Self::Nth(_) if !out.cx.tagged() => {
                return Err(EncodeError::NotInVersion { tag, version: out.cx.version });
            }
            Self::Of(which) => out.value(tag, &Value::Enumeration(which.code())),
            Self::Nth(place) => out.value(tag, &Value::Integer(*place)),
        }
        Ok(())
    }
}

/// A mask as an integer; the bits beyond what a version names are kept.
macro_rules! mask {
    ($(#[$meta:meta])* pub struct $name:ident { $($bit:ident = $value:literal, $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub u32);

        impl $name {
            $(#[doc = $doc] pub const $bit: Self = Self($value);)*

            /// Whether all of these bits are set.
            pub const fn contains(self, bits: Self) -> bool {
                self.0 & bits.0 == bits.0
            }

            /// The bits of both.
            #[must_use]
            pub const fn with(self, bits: Self) -> Self {
                Self(self.0 | bits.0)
            }
        }

        impl Codec for $name {
            fn decode(value: Value, _: Cx) -> Result<Self, DecodeError> {
                match value {
                    Value::Integer(bits) => Ok(Self(bits.cast_unsigned())),
                    other => Err(wrong_type(Type::Integer, &other)),
                }
            }

            fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
                out.value(tag, &Value::Integer(self.0.cast_signed()));
                Ok(())
            }
        }
    };
}

mask! {
    /// What a key may be used for (KMIP 2.1 §12.1).
    pub struct UsageMask {
        SIGN = 0x1, "Make signatures.";
        VERIFY = 0x2, "Verify signatures.";
        ENCRYPT = 0x4, "Encrypt.";
        DECRYPT = 0x8, "Decrypt.";
        WRAP_KEY = 0x10, "Wrap other keys.";
        UNWRAP_KEY = 0x20, "Unwrap other keys.";
        EXPORT = 0x40, "Be exported; reserved from 2.0 on.";
        MAC_GENERATE = 0x80, "Make message authentication codes.";
        MAC_VERIFY = 0x100, "Verify message authentication codes.";
        DERIVE_KEY = 0x200, "Derive other keys.";
        CONTENT_COMMITMENT = 0x400, "Non-repudiation; reserved from 2.0 on.";
        KEY_AGREEMENT = 0x800, "Agree on keys.";
        CERTIFICATE_SIGN = 0x1000, "Sign certificates.";
        CRL_SIGN = 0x2000, "Sign revocation lists.";
        GENERATE_CRYPTOGRAM = 0x4000, "Reserved from 2.0 on.";
        VALIDATE_CRYPTOGRAM = 0x8000, "Reserved from 2.0 on.";
        TRANSLATE_ENCRYPT = 0x1_0000, "Reserved from 2.0 on.";
        TRANSLATE_DECRYPT = 0x2_0000, "Reserved from 2.0 on.";
        TRANSLATE_WRAP = 0x4_0000, "Reserved from 2.0 on.";
        TRANSLATE_UNWRAP = 0x8_0000, "Reserved from 2.0 on.";
        AUTHENTICATE = 0x10_0000, "Authenticate; from 2.0 on.";
        UNRESTRICTED = 0x20_0000, "Be used for anything; from 2.0 on.";
        FPE_ENCRYPT = 0x40_0000, "Encrypt preserving the format; from 2.0 on.";
        FPE_DECRYPT = 0x80_0000, "Decrypt preserving the format; from 2.0 on.";
    }
}

mask! {
    /// Which objects Locate looks at (KMIP 2.1 §12.3).
    pub struct StorageStatusMask {
        ONLINE = 0x1, "Those at hand.";
        ARCHIVAL = 0x2, "Archived ones.";
        DESTROYED = 0x4, "Destroyed ones; from 2.0 on.";
    }
}

mask! {
    /// Where keys are kept (KMIP 2.1 §12.2); from 2.0 on.
    pub struct ProtectionStorageMask {
        SOFTWARE = 0x1, "In software.";
        HARDWARE = 0x2, "In hardware.";
        ON_PROCESSOR = 0x4, "On the processor.";
        ON_SYSTEM = 0x8, "On the system.";
        OFF_SYSTEM = 0x10, "Off the system.";
        HYPERVISOR = 0x20, "In the hypervisor.";
        OPERATING_SYSTEM = 0x40, "In the operating system.";
        CONTAINER = 0x80, "In a container.";
        ON_PREMISES = 0x100, "On the premises.";
        OFF_PREMISES = 0x200, "Off the premises.";
        SELF_MANAGED = 0x400, "Managed by its user.";
        OUTSOURCED = 0x800, "Managed by somebody else.";
        VALIDATED = 0x1000, "Validated.";
        SAME_JURISDICTION = 0x2000, "In the same jurisdiction.";
    }
}

/// A number that the specification leaves to vendors, such as the type of opaque data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpenEnumeration(pub u32);

impl Codec for OpenEnumeration {
    fn decode(value: Value, _: Cx) -> Result<Self, DecodeError> {
        match value {
            Value::Enumeration(code) => Ok(Self(code)),
            other => Err(wrong_type(Type::Enumeration, &other)),
        }
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        out.value(tag, &Value::Enumeration(self.0));
        Ok(())
    }
}

/// Whether a client wants to be answered later: a boolean until 1.4, more than that from 2.0 on (KMIP 2.1 §11.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsynchronousIndicator {
    /// The answer has to come later; in 1.x the same as optional.
    Mandatory,
    /// It may.
    Optional,
    /// It may not, the default.
    Prohibited,
}

impl Codec for AsynchronousIndicator {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        match value {
            Value::Boolean(may) if !cx.has(ProtocolVersion::V2_0) => {
                Ok(if may { Self::Optional } else { Self::Prohibited })
            }
            Value::Enumeration(code) if cx.has(ProtocolVersion::V2_0) => match code {
                1 => Ok(Self::Mandatory),
                2 => Ok(Self::Optional),
                3 => Ok(Self::Prohibited),
                _ => Err(Kind::UnknownEnumeration(code).into()),
            },
            other if cx.has(ProtocolVersion::V2_0) => Err(wrong_type(Type::Enumeration, &other)),
            other => Err(wrong_type(Type::Boolean, &other)),
        }
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        let value = match out.cx.has(ProtocolVersion::V2_0) {
            true => Value::Enumeration(match self {
                Self::Mandatory => 1,
                Self::Optional => 2,
                Self::Prohibited => 3,
            }),
            false => Value::Boolean(*self != Self::Prohibited),
        };
        out.value(tag, &value);
        Ok(())
    }
}
