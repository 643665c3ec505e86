//! How typed values are read from the tree and written as bytes: one trait for values, and a table per structure for both directions.
use claviger_types::SecretBytes;

use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Item, ProtocolVersion, Tag, Type, Value, ttlv::Output,
};

pub(crate) mod kinds;
mod primitives;

/// Which version is spoken, and who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cx {
    pub(crate) version: ProtocolVersion,
    pub(crate) side: Side,
}

/// Requests are read strictly. In responses, what is not known is skipped: a server may be newer than its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

impl Cx {
    pub(crate) fn has(self, since: ProtocolVersion) -> bool {
        self.version >= since
    }

    pub(crate) fn tagged(self) -> bool {
        self.version.has_tagged_attributes()
    }

    pub(crate) fn lenient(self) -> bool {
        self.side == Side::Response
    }

    /// Whether a field of a later version is written. It is left out of responses, whose readers don't ask for it.
    pub(crate) fn admits(self, since: ProtocolVersion, tag: Tag) -> Result<bool, EncodeError> {
        match (self.has(since), self.side) {
            (true, _) => Ok(true),
            (false, Side::Response) => Ok(false),
            (false, Side::Request) => Err(EncodeError::NotInVersion { tag, version: self.version }),
        }
    }
}

/// A value of one item. The tag is not part of it: attributes have the same values under several.
pub(crate) trait Codec: Sized {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError>;
    /// Writes it as an item of this tag. After an error, part of it may be there.
    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError>;
}

/// The items of a structure, in part read already. Their order is not insisted on: clients differ.
pub(crate) struct Fields {
    /// First those that were read, without their values; then the others, in order.
    items: Vec<Item>,
    read: usize,
    pub(crate) cx: Cx,
}

impl Fields {
    pub(crate) fn open(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        match value {
            Value::Structure(items) => Ok(Self { items, read: 0, cx }),
            other => Err(wrong_type(Type::Structure, &other)),
        }
    }

    /// The first item of this tag.
    pub(crate) fn take(&mut self, tag: Tag) -> Option<Value> {
        let unread = self.items.get_mut(self.read..)?;
        let index = unread.iter().position(|item| item.tag == tag)?;
        let up_to = unread.get_mut(..=index)?;
        up_to.rotate_right(1);
        let found = up_to.first_mut()?;
        self.read += 1;
        Some(std::mem::replace(&mut found.value, Value::Boolean(false)))
    }

    // Invariant, here and below: no more were read than there are.

    /// Every item of this tag, in order.
    pub(crate) fn take_all(&mut self, tag: Tag) -> Vec<Value> {
        self.items.extract_if(self.read.., |item| item.tag == tag).map(|item| item.value).collect()
    }

    /// Everything that is left, in order.
    pub(crate) fn take_rest(&mut self) -> Vec<Item> {
        self.items.drain(self.read..).collect()
    }

    pub(crate) fn required<T: Codec>(&mut self, tag: Tag) -> Result<T, DecodeError> {
        self.optional(tag)?.ok_or_else(|| Kind::Missing(tag).into())
    }

    pub(crate) fn optional<T: Codec>(&mut self, tag: Tag) -> Result<Option<T>, DecodeError> {
        let cx = self.cx;
        self.take(tag).map(|value| T::decode(value, cx).map_err(|error| error.within(tag))).transpose()
    }

    pub(crate) fn many<T: Codec>(&mut self, tag: Tag) -> Result<Vec<T>, DecodeError> {
        let cx = self.cx;
        self.take_all(tag)
            .into_iter()
            .map(|value| T::decode(value, cx).map_err(|error| error.within(tag)))
            .collect()
    }

    /// # Errors
    /// There is something in a request that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        let (read, unread) = self.items.split_at_checked(self.read).unwrap_or_default();
        match unread.first() {
            Some(item) if !self.cx.lenient() => Err(match read.iter().any(|known| known.tag == item.tag) {
                true => Kind::Repeated(item.tag),
                false => Kind::Unknown(item.tag),
            }
            .into()),
            _ => Ok(()),
        }
    }
}

/// A message that is being written.
pub(crate) struct Writer {
    out: Output,
    pub(crate) cx: Cx,
}

impl Writer {
    pub(crate) fn new(cx: Cx) -> Self {
        Self { out: Output::default(), cx }
    }

    pub(crate) fn put<T: Codec>(&mut self, tag: Tag, value: &T) -> Result<(), EncodeError> {
        value.encode(tag, self)
    }

    /// A structure, whose items `fill` writes.
    pub(crate) fn structure(
        &mut self,
        tag: Tag,
        fill: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let begun = self.out.begin(tag);
        fill(self)?;
        self.out.end(begun);
        Ok(())
    }

    /// What `write` writes, or nothing after an error.
    pub(crate) fn attempt(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let len = self.out.len();
        let written = write(self);
        if written.is_err() {
            self.out.truncate(len);
        }
        written
    }

    pub(crate) fn value(&mut self, tag: Tag, value: &Value) {
        value.write(tag, &mut self.out);
    }

    pub(crate) fn text(&mut self, tag: Tag, text: &str) {
        self.out.item(tag, Type::TextString, text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, tag: Tag, bytes: &[u8]) {
        self.out.item(tag, Type::ByteString, bytes);
    }

    /// Two's complement, big endian, a multiple of eight bytes and not empty.
    pub(crate) fn big_integer(&mut self, tag: Tag, bytes: &[u8]) {
        self.out.item(tag, Type::BigInteger, bytes);
    }

    pub(crate) fn finish(self) -> SecretBytes {
        self.out.finish()
    }
}

pub(crate) fn wrong_type(expected: Type, found: &Value) -> DecodeError {
    Kind::WrongType { expected, found: found.ty() }.into()
}

/// A structure as a table: name of the field, how often it is there, its type, its tag, and from which version on.
///
/// `since`: left out of responses in older versions, an error in requests. `only since`: an error in both, for what must not
/// get lost.
macro_rules! structure {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $kind:ident $ty:ty = $tag:expr $(, $($rule:ident)+)?;)*
    }) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $crate::codec::kinds::$kind::Of<$ty>,)*
        }

        impl $name {
            pub(crate) fn take(fields: &mut $crate::codec::Fields) -> Result<Self, $crate::DecodeError> {
                Ok(Self { $($field: $crate::codec::kinds::$kind::take(fields, $tag)?,)* })
            }

            pub(crate) fn put(&self, out: &mut $crate::codec::Writer) -> Result<(), $crate::EncodeError> {
                $($crate::codec::structure!(@put self out $field $kind $tag $(, $($rule)+)?);)*
                Ok(())
            }
        }

        impl $crate::codec::Codec for $name {
            fn decode(value: $crate::Value, cx: $crate::codec::Cx) -> Result<Self, $crate::DecodeError> {
                let mut fields = $crate::codec::Fields::open(value, cx)?;
                let this = Self::take(&mut fields)?;
                fields.finish()?;
                Ok(this)
            }

            fn encode(
                &self,
                tag: $crate::Tag,
                out: &mut $crate::codec::Writer,
            ) -> Result<(), $crate::EncodeError> {
                out.structure(tag, |out| self.put(out))
            }
        }

        #[cfg(test)]
        impl $crate::testing::Arbitrary for $name {
            fn arbitrary(source: &mut $crate::testing::Source) -> Self {
                Self { $($field: $crate::codec::structure!(@make source $kind $ty $(, $($rule)+)?),)* }
            }
        }

        #[cfg(test)]
        impl $crate::testing::Same for $name {
            fn same(&self, other: &Self) -> bool {
                $($crate::testing::Same::same(&self.$field, &other.$field))&&*
            }
        }
    };
    (@put $self:ident $out:ident $field:ident $kind:ident $tag:expr) => {
        $crate::codec::kinds::$kind::put($out, $tag, &$self.$field)?
    };
    (@put $self:ident $out:ident $field:ident $kind:ident $tag:expr, since $since:ident) => {
        if $crate::codec::kinds::$kind::present(&$self.$field)
            && $out.cx.admits($crate::ProtocolVersion::$since, $tag)?
        {
            $crate::codec::kinds::$kind::put($out, $tag, &$self.$field)?
        }
    };
    (@put $self:ident $out:ident $field:ident $kind:ident $tag:expr, only since $since:ident) => {
        if $crate::codec::kinds::$kind::present(&$self.$field) {
            if !$out.cx.has($crate::ProtocolVersion::$since) {
                return Err($crate::EncodeError::NotInVersion { tag: $tag, version: $out.cx.version });
            }
            $crate::codec::kinds::$kind::put($out, $tag, &$self.$field)?
        }
    };
    (@make $source:ident $kind:ident $ty:ty) => {
        $crate::codec::kinds::$kind::arbitrary::<$ty>($source)
    };
    (@make $source:ident $kind:ident $ty:ty, $(only)? since $since:ident) => {
        match $source.has($crate::ProtocolVersion::$since) {
            true => $crate::codec::kinds::$kind::arbitrary::<$ty>($source),
            false => Default::default(),
        }
    };
}

/// A closed enumeration as a table: value, number, and from which version on.
macro_rules! enumeration {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$value_meta:meta])* $value:ident = $code:literal $(since $since:ident)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are those of the specification")]
        pub enum $name {
            $($(#[$value_meta])* $value = $code,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// The number on the wire.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The inverse of [`code`](Self::code).
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$value),)*
                    _ => None,
                }
            }

            /// The first version that has this value.
            #[allow(unreachable_patterns, clippy::match_same_arms, reason = "generated: not every value has a version")]
            pub const fn since(self) -> $crate::ProtocolVersion {
                match self {
                    $($(Self::$value => $crate::ProtocolVersion::$since,)?)*
                    _ => $crate::ProtocolVersion::V1_0,
                }
            }
        }

        impl $crate::codec::Codec for $name {
            fn decode(value: $crate::Value, _: $crate::codec::Cx) -> Result<Self, $crate::DecodeError> {
                match value {
                    $crate::Value::Enumeration(code) => {
                        Self::from_code(code).ok_or($crate::DecodeErrorKind::UnknownEnumeration(code).into())
                    }
                    other => Err($crate::codec::wrong_type($crate::Type::Enumeration, &other)),
                }
            }

            fn encode(
                &self,
                tag: $crate::Tag,
                out: &mut $crate::codec::Writer,
            ) -> Result<(), $crate::EncodeError> {
                if !out.cx.has(self.since()) {
                    let (value, version) = (self.code(), out.cx.version);
                    return Err($crate::EncodeError::ValueNotInVersion { tag, value, version });
                }
                out.value(tag, &$crate::Value::Enumeration(self.code()));
                Ok(())
            }
        }

        #[cfg(test)]
        impl $crate::testing::Arbitrary for $name {
            fn arbitrary(source: &mut $crate::testing::Source) -> Self {
                let known: Vec<Self> = Self::ALL.iter().copied().filter(|value| source.has(value.since())).collect();
                source.pick(&known)
            }
        }

        #[cfg(test)]
        impl $crate::testing::Same for $name {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    };
}

pub(crate) use {enumeration, structure};
