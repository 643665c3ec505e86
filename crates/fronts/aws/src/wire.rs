//! The requests and replies of the API, as its model has them. Unknown members are ignored, as the service does;
//! every member is optional here, because what is missing is told by name.

pub(crate) mod alias;
pub(crate) mod crypto;
pub(crate) mod grant;
pub(crate) mod import;
pub(crate) mod lifecycle;
pub(crate) mod policy;
pub(crate) mod tag;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    ops::Deref,
    sync::LazyLock,
};

use base64::{
    display::Base64Display,
    engine::{Engine as _, Simd, general_purpose::PAD},
};
use claviger_types::{SecretBytes, Timestamp};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::ser::Formatter;
use zeroize::Zeroizing;

/// A string, borrowed from the body unless it has escapes.
#[derive(Debug)]
pub(crate) struct Text<'a>(Cow<'a, str>);

/// Bytes in standard base64 with padding.
pub(crate) struct Blob(pub(crate) Vec<u8>);

/// The same, where they are secret. Text with escapes, which no client needs in base64 but for `/`, passes through a
/// buffer of the JSON parser that is not overwritten.
pub(crate) struct SecretBlob(pub(crate) SecretBytes);

/// A map of strings, in which a name may come once.
#[derive(Debug)]
pub(crate) struct StringMap(pub(crate) BTreeMap<Box<str>, Box<str>>);

/// A time: seconds since the Unix epoch, fractions allowed.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Timestamp);

/// The standard alphabet with padding, as fast as the processor can.
static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// Bytes on their way out.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

/// Something whose presence matters and whose content does not.
pub(crate) struct Present;

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

struct BlobVisitor;

impl Visitor<'_> for BlobVisitor {
    type Value = Zeroizing<Vec<u8>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a base64 string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let mut bytes = Zeroizing::new(vec![0; text.len().div_ceil(4) * 3]);
        let len = BASE64.decode_slice(text, &mut bytes).map_err(|_| E::custom("not base64"))?;
        bytes.truncate(len);
        Ok(bytes)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = deserializer.deserialize_str(BlobVisitor)?;
        Ok(Self(std::mem::take(&mut *bytes)))
    }
}

impl<'de> Deserialize<'de> for SecretBlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BlobVisitor).map(|bytes| Self(bytes.into()))
    }
}

impl<'de> Deserialize<'de> for StringMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor;
        impl<'de> Visitor<'de> for MapVisitor {
            type Value = StringMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<StringMap, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((name, value)) = access.next_entry()? {
                    if map.insert(name, value).is_some() {
                        // Which of the two another reader of the same text would take is not known.
                        return Err(A::Error::custom("a name comes twice"));
                    }
                }
                Ok(StringMap(map))
            }
        }
        deserializer.deserialize_map(MapVisitor)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // Up to the year 9999; beyond, the conversion would lose more than it keeps.
        match (0.0..253_402_300_800.0).contains(&seconds) {
            true => Ok(Self(Timestamp::from_micros((seconds * 1e6) as i64))),
            false => Err(D::Error::custom("not a time")),
        }
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.secs_f64())
    }
}

impl Serialize for Base64<'_> {
    /// As bytes, which [`write_json`] writes in base64.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Writes a reply. Bytes become base64 without a look at each character for what JSON would have to escape.
pub(crate) fn write_json(out: &mut Vec<u8>, body: &impl Serialize) {
    struct BytesInBase64;
    impl Formatter for BytesInBase64 {
        fn write_byte_array<W: ?Sized + Write>(&mut self, out: &mut W, bytes: &[u8]) -> io::Result<()> {
            write!(out, "\"{}\"", Base64Display::new(bytes, &*BASE64))
        }
    }
    // Invariant: texts, numbers and maps with text keys serialize, and a Vec takes what is written.
    let _ = body.serialize(&mut serde_json::Serializer::with_formatter(out, BytesInBase64));
}

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[cfg(test)]
mod tests;
