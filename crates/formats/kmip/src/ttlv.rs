//! The encoding: tag (3 bytes), type (1), length (4), value, padded to eight bytes (KMIP 2.1 §10.1).
use std::{fmt, iter, mem};

use claviger_types::SecretBytes;

use crate::{DecodeError, DecodeErrorKind as Kind, Tag};

mod text;

pub use text::SecretText;

/// Length of tag, type and length.
pub const HEADER_LEN: usize = 8;

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Type {
    Structure = 1,
    Integer = 2,
    LongInteger = 3,
    BigInteger = 4,
    Enumeration = 5,
    Boolean = 6,
    TextString = 7,
    ByteString = 8,
    DateTime = 9,
    Interval = 10,
    DateTimeExtended = 11,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Structure => "a structure",
            Self::Integer => "an integer",
            Self::LongInteger => "a long integer",
            Self::BigInteger => "a big integer",
            Self::Enumeration => "an enumeration",
            Self::Boolean => "a boolean",
            Self::TextString => "a text string",
            Self::ByteString => "a byte string",
            Self::DateTime => "a date-time",
            Self::Interval => "an interval",
            Self::DateTimeExtended => "an extended date-time",
        })
    }
}

/// A tag and what it holds. Byte strings, big integers and texts may be secret, whatever the tag says: all are zeroized.
pub struct Item {
    /// What it is.
    pub tag: Tag,
    /// What it holds.
    pub value: Value,
}

/// What an item holds.
pub enum Value {
    /// Items, in order.
    Structure(Vec<Item>),
    /// 32 bits, signed.
    Integer(i32),
    /// 64 bits, signed.
    LongInteger(i64),
    /// Two's complement, big endian, a multiple of eight bytes and not empty.
    BigInteger(SecretBytes),
    /// 32 bits.
    Enumeration(u32),
    /// True or false.
    Boolean(bool),
    /// UTF-8.
    TextString(SecretText),
    /// Bytes.
    ByteString(SecretBytes),
    /// Seconds since 1970.
    DateTime(i64),
    /// Seconds.
    Interval(u32),
    /// Microseconds since 1970; from 2.0 on.
    DateTimeExtended(i64),
}

/// What a decoder accepts, so that a message costs no more memory than its sender paid for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a whole message with its header.
    pub bytes: usize,
    /// Structures in structures, the message itself being one.
    pub depth: usize,
    /// Items of a whole message, structures included.
    pub items: usize,
}

impl Limits {
    /// For requests: one mebibyte, 24 levels, 16384 items.
    pub const REQUEST: Self = Self { bytes: 1 << 20, depth: 24, items: 1 << 14 };
    /// For responses, which may list many objects: four mebibytes, 24 levels, 131072 items.
    pub const RESPONSE: Self = Self { bytes: 4 << 20, depth: 24, items: 1 << 17 };
}

/// Length in bytes of the message that begins with `header`, the header included. To be asked before the rest is read.
///
/// # Errors
/// The header is not that of a structure, or the message is longer than `limits` allow.
pub fn message_len(header: &[u8; HEADER_LEN], limits: Limits) -> Result<usize, DecodeError> {
    let [a, b, c, ty, length @ ..] = *header;
    let tag = Tag::from_bytes([a, b, c]);
    if ty != Type::Structure as u8 {
        return Err(match Type::from_code(ty) {
            Some(found) => Kind::WrongType { expected: Type::Structure, found },
            None => Kind::UnknownType(ty),
        }
        .into());
    }
    let length = u32::from_be_bytes(length);
    if length % 8 != 0 {
        return Err(DecodeError::new(Kind::WrongLength { ty: Type::Structure, length }).within(tag));
    }
    let total = u64::from(length) + HEADER_LEN as u64;
    match usize::try_from(total) {
        Ok(total) if total <= limits.bytes => Ok(total),
        _ => Err(DecodeError::new(Kind::TooLong(total)).within(tag)),
    }
}

/// Reads one item that takes all the bytes.
///
/// # Errors
/// [`DecodeError`]: what is wrong and where.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Item, DecodeError> {
    if bytes.len() > limits.bytes {
        return Err(Kind::TooLong(bytes.len() as u64).into());
    }
    let mut reader = Reader { rest: bytes, items: limits.items, depth: limits.depth };
    let item = reader.item()?;
    if !reader.rest.is_empty() {
        return Err(Kind::TrailingBytes.into());
    }
    Ok(item)
}

/// Writes an item. The bytes are as secret as what is in it.
pub fn encode(item: &Item) -> SecretBytes {
    let mut out = Output::default();
    item.write(&mut out);
    out.finish()
}

/// Items on their way to bytes, which are as secret as what is in them: no copy stays behind where the buffer grows.
#[derive(Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
}

/// A structure that has been begun: where its value starts.
pub(crate) struct Begun(usize);

impl Output {
    /// Room for most messages.
    const USUAL_LEN: usize = 512;

    /// Adds an item whose value is these bytes.
    pub(crate) fn item(&mut self, tag: Tag, ty: Type, value: &[u8]) {
        // Values come from memory and messages are bounded; a longer one becomes one that no peer accepts.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.reserve(HEADER_LEN + value.len().next_multiple_of(8));
        self.header(tag, ty, length);
        self.bytes.extend_from_slice(value);
        self.bytes.extend(iter::repeat_n(0, padding(value.len())));
    }

    /// Begins a structure; what is added until its end is in it.
    pub(crate) fn begin(&mut self, tag: Tag) -> Begun {
        self.reserve(HEADER_LEN);
        self.header(tag, Type::Structure, 0);
        Begun(self.bytes.len())
    }

    /// Ends the structure that was begun last and has not ended.
    pub(crate) fn end(&mut self, Begun(start): Begun) {
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(place) = self.bytes.get_mut(start - length.len()..start) {
            place.copy_from_slice(&length);
        }
    }

    /// How long it is.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes back everything behind the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> SecretBytes {
        SecretBytes::new(mem::take(&mut self.bytes))
    }

    fn header(&mut self, tag: Tag, ty: Type, length: u32) {
        let [a, b, c] = tag.to_bytes();
        let [d, e, f, g] = length.to_be_bytes();
        self.bytes.extend_from_slice(&[a, b, c, ty as u8, d, e, f, g]);
    }

    fn reserve(&mut self, more: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let capacity = needed.max(2 * self.bytes.capacity()).max(Self::USUAL_LEN);
            let mut larger = Vec::with_capacity(capacity);
            larger.extend_from_slice(&self.bytes);
            drop(SecretBytes::new(mem::replace(&mut self.bytes, larger)));
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        drop(SecretBytes::new(mem::take(&mut self.bytes)));
    }
}

impl Value {
    /// The type.
    pub const fn ty(&self) -> Type {
        match self {
            Self::Structure(_) => Type::Structure,
            Self::Integer(_) => Type::Integer,
            Self::LongInteger(_) => Type::LongInteger,
            Self::BigInteger(_) => Type::BigInteger,
            Self::Enumeration(_) => Type::Enumeration,
            Self::Boolean(_) => Type::Boolean,
            Self::TextString(_) => Type::TextString,
            Self::ByteString(_) => Type::ByteString,
            Self::DateTime(_) => Type::DateTime,
            Self::Interval(_) => Type::Interval,
            Self::DateTimeExtended(_) => Type::DateTimeExtended,
        }
    }

    /// Writes it as an item.
    pub(crate) fn write(&self, tag: Tag, out: &mut Output) {
        let ty = self.ty();
        match self {
            Self::Structure(items) => {
                let begun = out.begin(tag);
                items.iter().for_each(|item| item.write(out));
                out.end(begun);
            }
            Self::Integer(number) => out.item(tag, ty, &number.to_be_bytes()),
            Self::Enumeration(number) | Self::Interval(number) => out.item(tag, ty, &number.to_be_bytes()),
            Self::LongInteger(number) | Self::DateTime(number) | Self::DateTimeExtended(number) => {
                out.item(tag, ty, &number.to_be_bytes());
            }
            Self::Boolean(value) => out.item(tag, ty, &u64::from(*value).to_be_bytes()),
            Self::BigInteger(bytes) | Self::ByteString(bytes) => out.item(tag, ty, bytes.expose()),
            Self::TextString(text) => out.item(tag, ty, text.expose().as_bytes()),
        }
    }
}

impl Item {
    /// An item.
    pub const fn new(tag: Tag, value: Value) -> Self {
        Self { tag, value }
    }

    fn write(&self, out: &mut Output) {
        self.value.write(self.tag, out);
    }
}

impl Type {
    /// The type of this number.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Structure,
            2 => Self::Integer,
            3 => Self::LongInteger,
            4 => Self::BigInteger,
            5 => Self::Enumeration,
            6 => Self::Boolean,
            7 => Self::TextString,
            8 => Self::ByteString,
            9 => Self::DateTime,
            10 => Self::Interval,
            11 => Self::DateTimeExtended,
            _ => return None,
        })
    }

    const fn allows(self, length: u32) -> bool {
        match self {
            Self::Structure => length.is_multiple_of(8),
            Self::Integer | Self::Enumeration | Self::Interval => length == 4,
            Self::LongInteger | Self::Boolean | Self::DateTime | Self::DateTimeExtended => length == 8,
            Self::BigInteger => length > 0 && length.is_multiple_of(8),
            Self::TextString | Self::ByteString => true,
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    /// How many items may still come.
    items: usize,
    /// How many structures may still be opened in each other. Bounds the recursion, here and when the tree is dropped.
    depth: usize,
}

impl<'a> Reader<'a> {
    fn item(&mut self) -> Result<Item, DecodeError> {
        self.items = self.items.checked_sub(1).ok_or(Kind::TooManyItems)?;
        let [a, b, c, code, length @ ..] = self.array::<HEADER_LEN>()?;
        let tag = Tag::from_bytes([a, b, c]);
        let value = self.value(code, u32::from_be_bytes(length)).map_err(|error| error.within(tag))?;
        Ok(Item { tag, value })
    }

    fn value(&mut self, code: u8, length: u32) -> Result<Value, DecodeError> {
        let ty = Type::from_code(code).ok_or(Kind::UnknownType(code))?;
        if !ty.allows(length) {
            return Err(Kind::WrongLength { ty, length }.into());
        }
        let length = usize::try_from(length).map_err(|_| Kind::Truncated)?;
        let bytes = self.bytes(length)?;
        if self.bytes(padding(length))?.iter().any(|byte| *byte != 0) {
            return Err(Kind::Padding.into());
        }
        Ok(match ty {
            Type::Structure => Value::Structure(self.structure(bytes)?),
            Type::Integer => Value::Integer(i32::from_be_bytes(fixed(bytes)?)),
            Type::LongInteger => Value::LongInteger(i64::from_be_bytes(fixed(bytes)?)),
            Type::BigInteger => Value::BigInteger(SecretBytes::new(bytes.to_vec())),
            Type::Enumeration => Value::Enumeration(u32::from_be_bytes(fixed(bytes)?)),
            Type::Boolean => Value::Boolean(match u64::from_be_bytes(fixed(bytes)?) {
                0 => false,
                1 => true,
                _ => return Err(Kind::Boolean.into()),
            }),
            Type::TextString => Value::TextString(SecretText::from_utf8(bytes).ok_or(Kind::Utf8)?),
            Type::ByteString => Value::ByteString(SecretBytes::new(bytes.to_vec())),
            Type::DateTime => Value::DateTime(i64::from_be_bytes(fixed(bytes)?)),
            Type::Interval => Value::Interval(u32::from_be_bytes(fixed(bytes)?)),
            Type::DateTimeExtended => Value::DateTimeExtended(i64::from_be_bytes(fixed(bytes)?)),
        })
    }

    fn structure(&mut self, bytes: &'a [u8]) -> Result<Vec<Item>, DecodeError> {
        let depth = self.depth.checked_sub(1).ok_or(Kind::TooDeep)?;
        let mut inner = Reader { rest: bytes, items: self.items, depth };
        let mut items = Vec::new();
        while !inner.rest.is_empty() {
            items.push(inner.item()?);
        }
        self.items = inner.items;
        Ok(items)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        fixed(self.bytes(N)?)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Kind::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| Kind::Truncated.into())
}

/// Zero bytes behind a value of this length.
const fn padding(length: usize) -> usize {
    length.next_multiple_of(8) - length
}

#[cfg(test)]
mod tests;
