//! Managed objects (KMIP 2.1 §2) and what they are made of. Key material is secret, whatever the object.
use claviger_types::SecretBytes;

use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Tag,
    codec::{Fields, Writer, structure},
    enums::{CertificateType, ObjectType, SecretDataType},
    value::OpenEnumeration,
};

mod key;
mod wrapping;

pub use key::{
    EcPrivateKey, EcPublicKey, KeyBlock, KeyMaterial, KeyValue, RsaPrivateKey, RsaPublicKey,
    TransparentSymmetricKey,
};
pub use wrapping::{KeyInformation, KeyWrappingData, KeyWrappingSpecification};

/// A managed object with its value.
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Object {
    Certificate(Certificate),
    SymmetricKey(KeyObject),
    PublicKey(KeyObject),
    PrivateKey(KeyObject),
    SecretData(SecretData),
    OpaqueObject(OpaqueObject),
}

structure! {
    /// A certificate (KMIP 2.1 §2.1).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Certificate {
        /// Its kind.
        ty: required CertificateType = Tag::CERTIFICATE_TYPE;
        /// DER of an X.509 certificate.
        value: required Vec<u8> = Tag::CERTIFICATE_VALUE;
    }
}

structure! {
    /// A symmetric, public or private key (KMIP 2.1 §2.5, §2.6, §2.9).
    pub struct KeyObject {
        /// The key.
        key_block: required KeyBlock = Tag::KEY_BLOCK;
    }
}

structure! {
    /// A secret that is no key (KMIP 2.1 §2.7).
    pub struct SecretData {
        /// Its kind.
        ty: required SecretDataType = Tag::SECRET_DATA_TYPE;
        /// The secret.
        key_block: required KeyBlock = Tag::KEY_BLOCK;
    }
}

structure! {
    /// Bytes that the server may not understand (KMIP 2.1 §2.3).
    pub struct OpaqueObject {
        /// A number of the vendor's.
        ty: required OpenEnumeration = Tag::OPAQUE_DATA_TYPE;
        /// The bytes.
        value: required SecretBytes = Tag::OPAQUE_DATA_VALUE;
    }
}

impl Object {
    /// Its type.
    pub const fn ty(&self) -> ObjectType {
        match self {
            Self::Certificate(_) => ObjectType::Certificate,
            Self::SymmetricKey(_) => ObjectType::SymmetricKey,
            Self::PublicKey(_) => ObjectType::PublicKey,
            Self::PrivateKey(_) => ObjectType::PrivateKey,
            Self::SecretData(_) => ObjectType::SecretData,
            Self::OpaqueObject(_) => ObjectType::OpaqueObject,
        }
    }

    /// Its key block. Certificates and opaque objects have none.
    pub const fn key_block(&self) -> Option<&KeyBlock> {
        match self {
            Self::SymmetricKey(key) | Self::PublicKey(key) | Self::PrivateKey(key) => Some(&key.key_block),
            Self::SecretData(secret) => Some(&secret.key_block),
            Self::Certificate(_) | Self::OpaqueObject(_) => None,
        }
    }

    /// The object of a type that was said before it.
    pub(crate) fn take(fields: &mut Fields, ty: ObjectType) -> Result<Self, DecodeError> {
        Ok(match ty {
            ObjectType::Certificate => Self::Certificate(fields.required(Tag::CERTIFICATE)?),
            ObjectType::SymmetricKey => Self::SymmetricKey(fields.required(Tag::SYMMETRIC_KEY)?),
            ObjectType::PublicKey => Self::PublicKey(fields.required(Tag::PUBLIC_KEY)?),
            ObjectType::PrivateKey => Self::PrivateKey(fields.required(Tag::PRIVATE_KEY)?),
            ObjectType::SecretData => Self::SecretData(fields.required(Tag::SECRET_DATA)?),
            ObjectType::OpaqueObject => Self::OpaqueObject(fields.required(Tag::OPAQUE_OBJECT)?),
            ObjectType::SplitKey => return Err(Kind::Unsupported("a split key").into()),
            ObjectType::Template => return Err(Kind::Unsupported("a template").into()),
            ObjectType::PgpKey => return Err(Kind::Unsupported("a PGP key").into()),
            ObjectType::CertificateRequest => return Err(Kind::Unsupported("a certificate request").into()),
        })
    }

    pub(crate) fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        match self {
            Self::Certificate(object) => out.put(Tag::CERTIFICATE, object),
            Self::SymmetricKey(object) => out.put(Tag::SYMMETRIC_KEY, object),
            Self::PublicKey(object) => out.put(Tag::PUBLIC_KEY, object),
            Self::PrivateKey(object) => out.put(Tag::PRIVATE_KEY, object),
            Self::SecretData(object) => out.put(Tag::SECRET_DATA, object),
            Self::OpaqueObject(object) => out.put(Tag::OPAQUE_OBJECT, object),
        }
    }
}

#[cfg(test)]
mod tests;
