use claviger_types::SecretBytes;

use super::KeyWrappingData;
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Tag, Value,
    attributes::{
        AttributeInstance,
        wire::kinds::{Presence, listed},
    },
    codec::{Codec, Cx, Fields, Writer, structure},
    enums::{CryptographicAlgorithm, KeyCompressionType, KeyFormatType, RecommendedCurve},
    value::BigInteger,
};

/// A key with what one needs to know to use it (KMIP 2.1 §3.1).
pub struct KeyBlock {
    /// How the material is written.
    pub format: KeyFormatType,
    /// How the point of an elliptic curve is written.
    pub compression: Option<KeyCompressionType>,
    /// The key; from 1.2 on it may be somewhere else.
    pub value: Option<KeyValue>,
    /// Its algorithm.
    pub algorithm: Option<CryptographicAlgorithm>,
    /// Its length in bits.
    pub length: Option<u32>,
    /// How the value is wrapped, if it is.
    pub wrapping: Option<KeyWrappingData>,
}

/// A key, wrapped as a whole or not (KMIP 2.1 §3.2).
pub enum KeyValue {
    /// Material and attributes. If the block says that it is wrapped, the material is, and the rest is not.
    Structure {
        /// The key.
        material: KeyMaterial,
        /// Attributes that go with it. Some clients fail if there are any (Veeam).
        attributes: Vec<AttributeInstance>,
    },
    /// The encoding of the structure, wrapped.
    Wrapped(SecretBytes),
}

/// The key itself.
pub enum KeyMaterial {
    /// In the form that the format type says, or wrapped.
    Bytes(SecretBytes),
    /// For [`KeyFormatType::TransparentSymmetricKey`].
    Symmetric(TransparentSymmetricKey),
    /// For [`KeyFormatType::TransparentRsaPrivateKey`].
    RsaPrivate(Box<RsaPrivateKey>),
    /// For [`KeyFormatType::TransparentRsaPublicKey`].
    RsaPublic(RsaPublicKey),
    /// For [`KeyFormatType::TransparentEcPrivateKey`] and the older ones for ECDSA, ECDH and ECMQV.
    EcPrivate(EcPrivateKey),
    /// For [`KeyFormatType::TransparentEcPublicKey`] and the older ones for ECDSA, ECDH and ECMQV.
    EcPublic(EcPublicKey),
}

structure! {
    /// KMIP 2.1 §3.4.
    pub struct TransparentSymmetricKey {
        /// The key.
        key: required SecretBytes = Tag::KEY;
    }
}

structure! {
    /// KMIP 2.1 §3.7.
    pub struct RsaPrivateKey {
        /// n.
        modulus: required BigInteger = Tag::MODULUS;
        /// d.
        private_exponent: optional BigInteger = Tag::PRIVATE_EXPONENT;
        /// e.
        public_exponent: optional BigInteger = Tag::PUBLIC_EXPONENT;
        /// p.
        p: optional BigInteger = Tag::P;
        /// q.
        q: optional BigInteger = Tag::Q;
        /// d mod (p − 1).
        prime_exponent_p: optional BigInteger = Tag::PRIME_EXPONENT_P;
        /// d mod (q − 1).
        prime_exponent_q: optional BigInteger = Tag::PRIME_EXPONENT_Q;
        /// q⁻¹ mod p.
        crt_coefficient: optional BigInteger = Tag::CRT_COEFFICIENT;
    }
}

structure! {
    /// KMIP 2.1 §3.8.
    pub struct RsaPublicKey {
        /// n.
        modulus: required BigInteger = Tag::MODULUS;
        /// e.
        public_exponent: required BigInteger = Tag::PUBLIC_EXPONENT;
    }
}

structure! {
    /// KMIP 2.1 §3.11.
    pub struct EcPrivateKey {
        /// The curve.
        curve: required RecommendedCurve = Tag::RECOMMENDED_CURVE;
        /// The secret scalar.
        d: required BigInteger = Tag::D;
    }
}

structure! {
    /// KMIP 2.1 §3.12.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EcPublicKey {
        /// The curve.
        curve: required RecommendedCurve = Tag::RECOMMENDED_CURVE;
        /// The point, as the block's compression type says.
        q_string: required Vec<u8> = Tag::Q_STRING;
    }
}

impl KeyBlock {
    /// A block that is not wrapped and has no attributes in it.
    pub const fn plain(
        format: KeyFormatType,
        material: KeyMaterial,
        algorithm: CryptographicAlgorithm,
        length: u32,
    ) -> Self {
        Self {
            format,
            compression: None,
            value: Some(KeyValue::Structure { material, attributes: Vec::new() }),
            algorithm: Some(algorithm),
            length: Some(length),
            wrapping: None,
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        match (&self.value, &self.wrapping) {
            (Some(KeyValue::Wrapped(_)), None) => Err("a wrapped key value has to say how it is wrapped"),
            (Some(KeyValue::Structure { material, .. }), wrapping) => {
                material.check(self.format, wrapping.is_some())
            }
            (Some(KeyValue::Wrapped(_)), Some(_)) | (None, _) => Ok(()),
        }
    }
}

impl KeyMaterial {
    fn check(&self, format: KeyFormatType, wrapped: bool) -> Result<(), &'static str> {
        let fits = match (self, Shape::of(format)) {
            (Self::Bytes(_), shape) => wrapped || matches!(shape, Shape::Bytes),
            (Self::Symmetric(_), Shape::Symmetric)
            | (Self::RsaPrivate(_), Shape::RsaPrivate)
            | (Self::RsaPublic(_), Shape::RsaPublic)
            | (Self::EcPrivate(_), Shape::EcPrivate)
            | (Self::EcPublic(_), Shape::EcPublic) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err("the key material does not have the form of its key format type") }
    }

    fn decode(value: Value, format: KeyFormatType, cx: Cx) -> Result<Self, DecodeError> {
        if matches!(value, Value::ByteString(_)) {
            return SecretBytes::decode(value, cx).map(Self::Bytes);
        }
        match Shape::of(format) {
            Shape::Bytes => SecretBytes::decode(value, cx).map(Self::Bytes),
            Shape::Symmetric => Codec::decode(value, cx).map(Self::Symmetric),
            Shape::RsaPrivate => Codec::decode(value, cx).map(|key| Self::RsaPrivate(Box::new(key))),
            Shape::RsaPublic => Codec::decode(value, cx).map(Self::RsaPublic),
            Shape::EcPrivate => Codec::decode(value, cx).map(Self::EcPrivate),
            Shape::EcPublic => Codec::decode(value, cx).map(Self::EcPublic),
            Shape::Unsupported => Err(Kind::Unsupported("this key format type").into()),
        }
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Self::Bytes(bytes) => bytes.encode(tag, out),
            Self::Symmetric(key) => key.encode(tag, out),
            Self::RsaPrivate(key) => key.encode(tag, out),
            Self::RsaPublic(key) => key.encode(tag, out),
            Self::EcPrivate(key) => key.encode(tag, out),
            Self::EcPublic(key) => key.encode(tag, out),
        }
    }
}

/// What a key format type makes the material look like.
enum Shape {
    Bytes,
    Symmetric,
    RsaPrivate,
    RsaPublic,
    EcPrivate,
    EcPublic,
    /// Transparent DSA and DH keys, which nothing of ours could use.
    Unsupported,
}

impl Shape {
    const fn of(format: KeyFormatType) -> Self {
        use KeyFormatType as Format;
        match format {
            Format::Raw
            | Format::Opaque
            | Format::Pkcs1
            | Format::Pkcs8
            | Format::X509
            | Format::EcPrivateKey
            | Format::Pkcs12
            | Format::Pkcs10 => Self::Bytes,
            Format::TransparentSymmetricKey => Self::Symmetric,
            Format::TransparentRsaPrivateKey => Self::RsaPrivate,
            Format::TransparentRsaPublicKey => Self::RsaPublic,
            Format::TransparentEcPrivateKey
            | Format::TransparentEcdsaPrivateKey
            | Format::TransparentEcdhPrivateKey
            | Format::TransparentEcmqvPrivateKey => Self::EcPrivate,
            Format::TransparentEcPublicKey
            | Format::TransparentEcdsaPublicKey
            | Format::TransparentEcdhPublicKey
            | Format::TransparentEcmqvPublicKey => Self::EcPublic,
            Format::TransparentDsaPrivateKey
            | Format::TransparentDsaPublicKey
            | Format::TransparentDhPrivateKey
            | Format::TransparentDhPublicKey => Self::Unsupported,
        }
    }
}

impl Codec for KeyBlock {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        let mut fields = Fields::open(value, cx)?;
        let format = fields.required(Tag::KEY_FORMAT_TYPE)?;
        let compression = fields.optional(Tag::KEY_COMPRESSION_TYPE)?;
        let value = fields
            .take(Tag::KEY_VALUE)
            .map(|value| KeyValue::decode(value, format, cx).map_err(|error| error.within(Tag::KEY_VALUE)))
            .transpose()?;
        let block = Self {
            format,
            compression,
            value,
            algorithm: fields.optional(Tag::CRYPTOGRAPHIC_ALGORITHM)?,
            length: fields.optional(Tag::CRYPTOGRAPHIC_LENGTH)?,
            wrapping: fields.optional(Tag::KEY_WRAPPING_DATA)?,
        };
        fields.finish()?;
        block.check().map_err(Kind::Inconsistent)?;
        Ok(block)
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        self.check().map_err(EncodeError::Inconsistent)?;
        out.structure(tag, |out| self.put(out))
    }
}

impl KeyBlock {
    fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        out.put(Tag::KEY_FORMAT_TYPE, &self.format)?;
        if let Some(compression) = &self.compression {
            out.put(Tag::KEY_COMPRESSION_TYPE, compression)?;
        }
        if let Some(value) = &self.value {
            value.encode(Tag::KEY_VALUE, out)?;
        }
        if let Some(algorithm) = &self.algorithm {
            out.put(Tag::CRYPTOGRAPHIC_ALGORITHM, algorithm)?;
        }
        if let Some(length) = &self.length {
            out.put(Tag::CRYPTOGRAPHIC_LENGTH, length)?;
        }
        if let Some(wrapping) = &self.wrapping {
            out.put(Tag::KEY_WRAPPING_DATA, wrapping)?;
        }
        Ok(())
    }
}

impl KeyValue {
    fn decode(value: Value, format: KeyFormatType, cx: Cx) -> Result<Self, DecodeError> {
        if matches!(value, Value::ByteString(_)) {
            return SecretBytes::decode(value, cx).map(Self::Wrapped);
        }
        let mut fields = Fields::open(value, cx)?;
        let material = fields.take(Tag::KEY_MATERIAL).ok_or(Kind::Missing(Tag::KEY_MATERIAL))?;
        let material =
            KeyMaterial::decode(material, format, cx).map_err(|error| error.within(Tag::KEY_MATERIAL))?;
        let attributes = listed::take(&mut fields, Presence::IfAny)?;
        fields.finish()?;
        Ok(Self::Structure { material, attributes })
    }

    pub(crate) fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Self::Wrapped(bytes) => out.put(tag, bytes),
            Self::Structure { material, attributes } => out.structure(tag, |out| {
                material.encode(Tag::KEY_MATERIAL, out)?;
                listed::put(out, Presence::IfAny, attributes)
            }),
        }
    }
}

#[cfg(test)]
mod arbitrary;
