use crate::{EncodeError, Tag, Value, codec::Writer};

/// An attribute that the specification does not know (KMIP 2.1 §4.60). Until 1.4 vendor and name are one text, `x-name` for
/// what clients define and `y-name` for what servers do; `x` and `y` are what vendors are called then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorAttribute {
    /// Who defined it.
    pub vendor: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: VendorValue,
}

/// Any value. Attributes are shown to everybody who may see the object; it is no place for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum VendorValue {
    Structure(Vec<(Tag, Self)>),
    Integer(i32),
    LongInteger(i64),
    /// Two's complement, big endian, a multiple of eight bytes and not empty.
    BigInteger(Vec<u8>),
    Enumeration(u32),
    Boolean(bool),
    TextString(String),
    ByteString(Vec<u8>),
    DateTime(i64),
    Interval(u32),
    DateTimeExtended(i64),
}

impl VendorAttribute {
    /// From its name until 1.4. `None` if vendors have no such names.
    pub(super) fn split_name(name: &str) -> Option<(&str, &str)> {
        name.split_once('-').filter(|(vendor, _)| matches!(*vendor, "x" | "y"))
    }

    /// Its name until 1.4. `None` if there was no way to say it.
    pub(super) fn joined_name(vendor: &str, name: &str) -> Option<String> {
        matches!(vendor, "x" | "y").then(|| format!("{vendor}-{name}"))
    }
}

impl VendorValue {
    /// Depth is bounded by that of the tree, which the decoder bounds.
    pub(super) fn from_wire(value: Value) -> Self {
        match value {
            Value::Structure(items) => Self::Structure(
                items.into_iter().map(|item| (item.tag, Self::from_wire(item.value))).collect(),
            ),
            Value::Integer(number) => Self::Integer(number),
            Value::LongInteger(number) => Self::LongInteger(number),
            Value::BigInteger(bytes) => Self::BigInteger(bytes.expose().to_vec()),
            Value::Enumeration(number) => Self::Enumeration(number),
            Value::Boolean(value) => Self::Boolean(value),
            Value::TextString(text) => Self::TextString(text.expose().to_owned()),
            Value::ByteString(bytes) => Self::ByteString(bytes.expose().to_vec()),
            Value::DateTime(time) => Self::DateTime(time),
            Value::Interval(seconds) => Self::Interval(seconds),
            Value::DateTimeExtended(time) => Self::DateTimeExtended(time),
        }
    }

    pub(super) fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Self::Structure(parts) => {
                return out
                    .structure(tag, |out| parts.iter().try_for_each(|(tag, value)| value.encode(*tag, out)));
            }
            Self::Integer(number) => out.value(tag, &Value::Integer(*number)),
            Self::LongInteger(number) => out.value(tag, &Value::LongInteger(*number)),
            Self::BigInteger(bytes) => out.big_integer(tag, bytes),
            Self::Enumeration(number) => out.value(tag, &Value::Enumeration(*number)),
            Self::Boolean(value) => out.value(tag, &Value::Boolean(*value)),
            Self::TextString(text) => out.text(tag, text),
            Self::ByteString(bytes) => out.bytes(tag, bytes),
            Self::DateTime(time) => out.value(tag, &Value::DateTime(*time)),
            Self::Interval(seconds) => out.value(tag, &Value::Interval(*seconds)),
            Self::DateTimeExtended(time) => out.value(tag, &Value::DateTimeExtended(*time)),
        }
        Ok(())
    }
}
