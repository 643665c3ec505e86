use std::fmt;

use claviger_crypto::HashAlg;
use claviger_types::{KeySpec, KeyUsage, SecretBytes, SigningAlgorithm};

use crate::uri::TokenMatch;

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed message")
    }
}

impl std::error::Error for Malformed {}

/// A value with one encoding.
pub(crate) trait Wire: Sized {
    fn put(&self, out: &mut dyn Sink);
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed>;
}

/// Where encodings go.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Length in bytes of an encoding.
pub(crate) fn encoded_len<M: Wire>(message: &M) -> usize {
    struct Counter(usize);
    impl Sink for Counter {
        fn put(&mut self, bytes: &[u8]) {
            self.0 += bytes.len();
        }
    }
    let mut counter = Counter(0);
    message.put(&mut counter);
    counter.0
}

/// What is still to be read.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    fn array<const LEN: usize>(&mut self) -> Result<[u8; LEN], Malformed> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*array)
    }

    /// Bytes after their length.
    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(u32::take(self)?).map_err(|_| Malformed)?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }
}

fn put_len(len: usize, out: &mut dyn Sink) {
    // Nothing is that long: texts are limited, and the rest is short.
    out.put(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
}

macro_rules! integer {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut dyn Sink) {
                out.put(&self.to_be_bytes());
            }
            fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from_be_bytes)
            }
        }
    )*};
}

integer!(u8, u16, u32, u64);

impl Wire for bool {
    fn put(&self, out: &mut dyn Sink) {
        out.put(&[u8::from(*self)]);
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        match u8::take(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut dyn Sink) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        bool::take(input)?.then(|| T::take(input)).transpose()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut dyn Sink) {
        put_len(self.len(), out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        let count = usize::try_from(u32::take(input)?).map_err(|_| Malformed)?;
        // Every value takes a byte at least, so that no count makes us reserve more than was sent.
        if count > input.0.len() {
            return Err(Malformed);
        }
        (0..count).map(|_| T::take(input)).collect()
    }
}

impl Wire for String {
    fn put(&self, out: &mut dyn Sink) {
        put_len(self.len(), out);
        out.put(self.as_bytes());
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        str::from_utf8(input.bytes()?).map(str::to_owned).map_err(|_| Malformed)
    }
}

impl Wire for SecretBytes {
    fn put(&self, out: &mut dyn Sink) {
        put_len(self.len(), out);
        out.put(self.expose());
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.bytes().map(|bytes| Self::new(bytes.to_vec()))
    }
}

macro_rules! one_of {
    ($($type:ty: $all:expr),* $(,)?) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut dyn Sink) {
                // Invariant: the list has every value, and far fewer than 256.
                let place = $all.iter().position(|value| value == self).unwrap_or(usize::MAX);
                out.put(&[u8::try_from(place).unwrap_or(u8::MAX)]);
            }
            fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
                $all.get(usize::from(u8::take(input)?)).copied().ok_or(Malformed)
            }
        }
    )*};
}

one_of! {
    KeySpec: KeySpec::ALL,
    KeyUsage: KeyUsage::ALL,
    SigningAlgorithm: SigningAlgorithm::ALL,
    HashAlg: [HashAlg::Sha1, HashAlg::Sha224, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512],
}

impl Wire for TokenMatch {
    fn put(&self, out: &mut dyn Sink) {
        let Self { label, manufacturer, model, serial, slot_description, slot_id, slot_manufacturer } = self;
        for text in [label, manufacturer, model, serial, slot_description, slot_manufacturer] {
            text.put(out);
        }
        slot_id.put(out);
    }
    fn take(input: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            label: Wire::take(input)?,
            manufacturer: Wire::take(input)?,
            model: Wire::take(input)?,
            serial: Wire::take(input)?,
            slot_description: Wire::take(input)?,
            slot_manufacturer: Wire::take(input)?,
            slot_id: Wire::take(input)?,
        })
    }
}

/// Defines a message: its fields one after the other, and before those of an enum a byte that tells which it is.
macro_rules! message {
    ($(#[$meta:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $type,)* }

        impl crate::wire::codec::Wire for $name {
            fn put(&self, out: &mut dyn crate::wire::codec::Sink) {
                $(self.$field.put(out);)*
            }
            fn take(
                input: &mut crate::wire::codec::Input<'_>,
            ) -> Result<Self, crate::wire::codec::Malformed> {
                Ok(Self { $($field: crate::wire::codec::Wire::take(input)?,)* })
            }
        }
    };
    ($(#[$meta:meta])* enum $name:ident {
        $($(#[$variant_doc:meta])* $tag:literal => $variant:ident { $($field:ident: $type:ty),* $(,)? },)*
    }) => {
        $(#[$meta])*
        pub(crate) enum $name { $($(#[$variant_doc])* $variant { $($field: $type),* },)* }

        impl crate::wire::codec::Wire for $name {
            fn put(&self, out: &mut dyn crate::wire::codec::Sink) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        crate::wire::codec::Wire::put(&u8::from($tag), out);
                        $($field.put(out);)*
                    })*
                }
            }
            fn take(
                input: &mut crate::wire::codec::Input<'_>,
            ) -> Result<Self, crate::wire::codec::Malformed> {
                match u8::take(input)? {
                    $($tag => Ok(Self::$variant { $($field: crate::wire::codec::Wire::take(input)?),* }),)*
                    _ => Err(crate::wire::codec::Malformed),
                }
            }
        }
    };
}

pub(super) use message;
