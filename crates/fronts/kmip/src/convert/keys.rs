//! Key blocks (KMIP 2.1 §3.1) and the material of keys.

use claviger_algorithms::key_spec;
use claviger_crypto::{Curve, PrivateKey, PublicKey};
use claviger_kmip::{
    Object, ResultReason,
    enums::{CryptographicAlgorithm, KeyCompressionType, KeyFormatType, RecommendedCurve},
    objects::{
        KeyBlock, KeyMaterial, KeyObject, KeyValue, RsaPublicKey, SecretData, TransparentSymmetricKey,
    },
    value::BigInteger,
};
use claviger_types::{KeySpec, SecretBytes};
use der::{
    Decode, Encode, Sequence,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef},
};
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::error::Failure;

/// The bytes of a symmetric key or secret in the clear; `None` if it is wrapped, elsewhere, or in a form that is only kept.
pub(crate) fn symmetric_bytes(block: &KeyBlock) -> Option<&SecretBytes> {
    match (&block.value, &block.wrapping) {
        (Some(KeyValue::Structure { material: KeyMaterial::Bytes(bytes), .. }), None) => Some(bytes),
        (Some(KeyValue::Structure { material: KeyMaterial::Symmetric(key), .. }), None) => Some(&key.key),
        _ => None,
    }
}

/// Whether it is a secret in the clear, which can be given out wrapped.
pub(crate) fn is_wrappable(object: &Object) -> bool {
    let is_secret = matches!(object, Object::SymmetricKey(_) | Object::PrivateKey(_) | Object::SecretData(_));
    let is_clear = |block: &KeyBlock| {
        matches!((&block.value, &block.wrapping), (Some(KeyValue::Structure { .. }), None))
    };
    is_secret && object.key_block().is_some_and(is_clear)
}

/// An object with another key block, if it has one.
pub(crate) fn map_block(object: Object, change: impl FnOnce(KeyBlock) -> KeyBlock) -> Object {
    let key = |key_block| KeyObject { key_block };
    match object {
        Object::SymmetricKey(object) => Object::SymmetricKey(key(change(object.key_block))),
        Object::PublicKey(object) => Object::PublicKey(key(change(object.key_block))),
        Object::PrivateKey(object) => Object::PrivateKey(key(change(object.key_block))),
        Object::SecretData(secret) => {
            Object::SecretData(SecretData { key_block: change(secret.key_block), ..secret })
        }
        other @ (Object::Certificate(_) | Object::OpaqueObject(_)) => other,
    }
}

/// PKCS#8 of a private key in the clear; `None` if it is wrapped, elsewhere, or in a form that is only kept.
pub(crate) fn private_bytes(block: &KeyBlock) -> Result<Option<SecretBytes>, Failure> {
    let (Some(KeyValue::Structure { material: KeyMaterial::Bytes(bytes), .. }), None) =
        (&block.value, &block.wrapping)
    else {
        return Ok(None);
    };
    match (block.format, block.algorithm) {
        (KeyFormatType::Pkcs8, _) => Ok(Some(bytes.duplicate())),
        (KeyFormatType::Pkcs1, _) => pkcs8(RSA_ENCRYPTION, Some(AnyRef::NULL), bytes.expose()).map(Some),
        (KeyFormatType::EcPrivateKey, _) => {
            let key = EcPrivateKey::from_der(bytes.expose()).map_err(|_| no_key())?;
            let Some(curve) = key.parameters else { return Err(no_key()) };
            pkcs8(EC_PUBLIC_KEY, Some(AnyRef::from(&curve)), bytes.expose()).map(Some)
        }
        _ => Ok(None),
    }
}

/// What a private key is; it is validated when it is taken over. Takes as long as a hundred signatures of RSA.
pub(crate) fn private_spec(pkcs8: &SecretBytes) -> Result<KeySpec, Failure> {
    let key = PrivateKey::from_pkcs8(pkcs8.expose()).map_err(|_| no_key())?;
    key_spec(key.kind()).ok_or_else(no_key)
}

/// A public key that was registered; `None` if it is wrapped, elsewhere, or of a kind that is only kept.
pub(crate) fn public_key(block: &KeyBlock) -> Option<PublicKey> {
    let (Some(KeyValue::Structure { material, .. }), None) = (&block.value, &block.wrapping) else {
        return None;
    };
    let key = match (material, block.format) {
        (KeyMaterial::Bytes(bytes), KeyFormatType::Pkcs1) => PublicKey::from_pkcs1_der(bytes.expose()),
        (KeyMaterial::Bytes(bytes), KeyFormatType::X509) => PublicKey::from_spki_der(bytes.expose()),
        // Some clients call one of these two raw.
        (KeyMaterial::Bytes(bytes), KeyFormatType::Raw) => {
            PublicKey::from_spki_der(bytes.expose()).or_else(|_| PublicKey::from_pkcs1_der(bytes.expose()))
        }
        (KeyMaterial::RsaPublic(key), _) => {
            PublicKey::from_rsa_parts(key.modulus.magnitude()?, key.public_exponent.magnitude()?)
        }
        (KeyMaterial::EcPublic(key), _) => PublicKey::from_point(curve(key.curve)?, &key.q_string),
        _ => return None,
    };
    key.ok()
}

const fn curve(named: RecommendedCurve) -> Option<Curve> {
    match named {
        RecommendedCurve::P256 => Some(Curve::P256),
        RecommendedCurve::P384 => Some(Curve::P384),
        RecommendedCurve::P521 => Some(Curve::P521),
        RecommendedCurve::Secp256k1 => Some(Curve::Secp256k1),
        _ => None,
    }
}

/// A symmetric key in the form that is asked for; raw if none is.
pub(crate) fn symmetric(
    bytes: &SecretBytes,
    (algorithm, length): (CryptographicAlgorithm, u32),
    format: Option<KeyFormatType>,
) -> Result<KeyObject, Failure> {
    let bytes = bytes.duplicate();
    let (format, material) = match format {
        None | Some(KeyFormatType::Raw) => (KeyFormatType::Raw, KeyMaterial::Bytes(bytes)),
        Some(KeyFormatType::TransparentSymmetricKey) => (
            KeyFormatType::TransparentSymmetricKey,
            KeyMaterial::Symmetric(TransparentSymmetricKey { key: bytes }),
        ),
        Some(_) => return Err(other_format()),
    };
    Ok(KeyObject { key_block: KeyBlock::plain(format, material, algorithm, length) })
}

/// A private key in the form that is asked for. If none is, that of the specification: PKCS#1 for RSA, otherwise PKCS#8.
pub(crate) fn private(
    pkcs8: &SecretBytes,
    (algorithm, length): (CryptographicAlgorithm, u32),
    format: Option<KeyFormatType>,
) -> Result<KeyObject, Failure> {
    let is_rsa = algorithm == CryptographicAlgorithm::Rsa;
    let format = format.unwrap_or(if is_rsa { KeyFormatType::Pkcs1 } else { KeyFormatType::Pkcs8 });
    let bytes = match format {
        KeyFormatType::Pkcs8 => pkcs8.duplicate(),
        KeyFormatType::Pkcs1 if is_rsa => {
            let info = PrivateKeyInfo::from_der(pkcs8.expose()).map_err(|_| damaged())?;
            SecretBytes::new(info.key.as_bytes().to_vec())
        }
        _ => return Err(other_format()),
    };
    Ok(KeyObject { key_block: KeyBlock::plain(format, KeyMaterial::Bytes(bytes), algorithm, length) })
}

/// A public key in the form that is asked for. If none is, that which clients of 1.x take: PKCS#1 for RSA, otherwise X.509.
pub(crate) fn public(
    spki: &[u8],
    (algorithm, length): (CryptographicAlgorithm, u32),
    format: Option<KeyFormatType>,
    compression: Option<KeyCompressionType>,
) -> Result<KeyObject, Failure> {
    if compression.is_some_and(|compression| compression != KeyCompressionType::Uncompressed) {
        return Err(Failure::rejected(
            ResultReason::KeyCompressionTypeNotSupported,
            "Points of elliptic curves are given uncompressed.",
        ));
    }
    let is_rsa = algorithm == CryptographicAlgorithm::Rsa;
    let format = format.unwrap_or(if is_rsa { KeyFormatType::Pkcs1 } else { KeyFormatType::X509 });
    let bytes = |bytes: &[u8]| KeyMaterial::Bytes(SecretBytes::new(bytes.to_vec()));
    let info = PublicKeyInfo::from_der(spki).map_err(|_| damaged())?;
    let key = info.key.as_bytes().ok_or_else(damaged)?;
    let material = match format {
        KeyFormatType::X509 => bytes(spki),
        KeyFormatType::Pkcs1 if is_rsa => bytes(key),
        KeyFormatType::TransparentRsaPublicKey if is_rsa => {
            let key = RsaKey::from_der(key).map_err(|_| damaged())?;
            KeyMaterial::RsaPublic(RsaPublicKey {
                modulus: BigInteger::from_magnitude(key.modulus.as_bytes()),
                public_exponent: BigInteger::from_magnitude(key.public_exponent.as_bytes()),
            })
        }
        KeyFormatType::Raw if !is_rsa => bytes(key),
        _ => return Err(other_format()),
    };
    Ok(KeyObject { key_block: KeyBlock::plain(format, material, algorithm, length) })
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// PrivateKeyInfo (RFC 5208 §5), without attributes.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    key: &'a OctetStringRef,
}

/// SubjectPublicKeyInfo (RFC 5280 §4.1).
#[derive(Sequence)]
struct PublicKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    key: BitStringRef<'a>,
}

/// RSAPublicKey (RFC 8017 §A.1.1).
#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
}

/// ECPrivateKey (RFC 5915 §3).
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    key: &'a OctetStringRef,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    public: Option<BitStringRef<'a>>,
}

fn pkcs8(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<SecretBytes, Failure> {
    let info = PrivateKeyInfo {
        version: 0,
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        key: OctetStringRef::new(key).map_err(|_| no_key())?,
    };
    info.to_der().map(SecretBytes::new).map_err(|_| no_key())
}

fn no_key() -> Failure {
    Failure::invalid("The key material is no valid key of a kind that is supported.")
}

fn damaged() -> Failure {
    Failure::Answered(claviger_core::Error::internal("a key is not in the form that it was stored in"))
}

fn other_format() -> Failure {
    Failure::rejected(ResultReason::KeyFormatTypeNotSupported, "The key can't be given in this format.")
}
