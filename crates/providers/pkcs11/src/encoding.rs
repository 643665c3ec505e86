//! Between PKCS#11's forms of keys and signatures and those of everybody else.

use claviger_crypto::{Curve, HashAlg, KeyKind, PublicKey};
use der::{
    Any, Decode, Encode, Sequence,
    asn1::{BitString, Null, ObjectIdentifier, OctetString, OctetStringRef, Uint, UintRef},
};
use zeroize::Zeroizing;

use crate::wire::PublicParts;

/// `CKA_EC_PARAMS` of a key: the name of its curve in DER; `None` for RSA and ML-DSA.
pub(crate) fn curve_params(kind: KeyKind) -> Option<Vec<u8>> {
    let name = match kind {
        KeyKind::Ec(curve) => curve_name(curve),
        KeyKind::Ed25519 => ED25519,
        KeyKind::Rsa(_) | KeyKind::MlDsa(_) => return None,
    };
    name.to_der().ok()
}

/// What a key with these `CKA_EC_PARAMS` is, if it is one of ours.
pub(crate) fn kind_of_params(params: &[u8]) -> Option<KeyKind> {
    if params == ED25519_BY_NAME {
        return Some(KeyKind::Ed25519);
    }
    let name = ObjectIdentifier::from_der(params).ok()?;
    if name == ED25519 {
        return Some(KeyKind::Ed25519);
    }
    CURVES.into_iter().find(|curve| curve_name(*curve) == name).map(KeyKind::Ec)
}

/// The public key that a token describes; `None` if it does not describe one of this kind.
pub(crate) fn public_key(kind: KeyKind, parts: &PublicParts) -> Option<PublicKey> {
    let built = match kind {
        KeyKind::Rsa(_) => PublicKey::from_rsa_parts(&parts.modulus, &parts.exponent).ok(),
        KeyKind::Ec(curve) => point_of(&parts.point, point_len(curve))
            .and_then(|point| PublicKey::from_point(curve, point).ok()),
        KeyKind::Ed25519 => point_of(&parts.point, 32)
            .and_then(ed25519_spki)
            .and_then(|der| PublicKey::from_spki_der(&der).ok()),
        KeyKind::MlDsa(_) => None,
    };
    built.into_iter().chain(PublicKey::from_spki_der(&parts.info).ok()).find(|key| key.kind() == kind)
}

/// The uncompressed point of an elliptic-curve key in a `SubjectPublicKeyInfo`, as `CKM_ECDH1_DERIVE` takes it.
pub(crate) fn point_of_spki(spki: &[u8]) -> Option<Vec<u8>> {
    Some(Spki::from_der(spki).ok()?.key.as_bytes()?.to_vec())
}

/// The bytes of a symmetric or Ed25519 public key, or a point: parts of a public object that is made with an imported
/// key.
pub(crate) fn rsa_parts(spki: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let spki = Spki::from_der(spki).ok()?;
    let key = RsaPublic::from_der(spki.key.as_bytes()?).ok()?;
    Some((key.modulus.as_bytes().to_vec(), key.exponent.as_bytes().to_vec()))
}

/// `CKA_EC_POINT` in the form that the specification wants: an OCTET STRING around the point.
pub(crate) fn wrapped_point(spki: &[u8]) -> Option<Vec<u8>> {
    OctetString::new(point_of_spki(spki)?).ok()?.to_der().ok()
}

/// `DigestInfo` (RFC 8017 §9.2), which `CKM_RSA_PKCS` pads and signs.
pub(crate) fn digest_info(hash: HashAlg, digest: &[u8]) -> Option<Vec<u8>> {
    let oid = match hash {
        HashAlg::Sha1 => "1.3.14.3.2.26",
        HashAlg::Sha224 => "2.16.840.1.101.3.4.2.4",
        HashAlg::Sha256 => "2.16.840.1.101.3.4.2.1",
        HashAlg::Sha384 => "2.16.840.1.101.3.4.2.2",
        HashAlg::Sha512 => "2.16.840.1.101.3.4.2.3",
    };
    let algorithm = Algorithm { oid: oid.parse().ok()?, parameters: Any::encode_from(&Null).ok() };
    DigestInfo { algorithm, digest: OctetStringRef::new(digest).ok()? }.to_der().ok()
}

/// The numbers of a private key, for tokens that take no wrapped one.
pub(crate) enum PrivateParts {
    Rsa(RsaParts),
    /// The private scalar, or the seed of Ed25519.
    Ec(Zeroizing<Vec<u8>>),
}

/// `CKA_MODULUS` and so on, without leading zeros.
pub(crate) struct RsaParts {
    pub(crate) modulus: Vec<u8>,
    pub(crate) public_exponent: Vec<u8>,
    pub(crate) private_exponent: Zeroizing<Vec<u8>>,
    pub(crate) prime_1: Zeroizing<Vec<u8>>,
    pub(crate) prime_2: Zeroizing<Vec<u8>>,
    pub(crate) exponent_1: Zeroizing<Vec<u8>>,
    pub(crate) exponent_2: Zeroizing<Vec<u8>>,
    pub(crate) coefficient: Zeroizing<Vec<u8>>,
}

/// The numbers in a PKCS#8 document that `claviger_crypto` wrote; `None` if it is of another kind.
pub(crate) fn private_parts(kind: KeyKind, pkcs8: &[u8]) -> Option<PrivateParts> {
    let info = PrivateKeyInfo::from_der(pkcs8).ok()?;
    match kind {
        KeyKind::Rsa(_) => {
            let key = RsaPrivate::from_der(info.key.as_bytes()).ok()?;
            let secret = |number: UintRef<'_>| Zeroizing::new(number.as_bytes().to_vec());
            Some(PrivateParts::Rsa(RsaParts {
                modulus: key.modulus.as_bytes().to_vec(),
                public_exponent: key.public_exponent.as_bytes().to_vec(),
                private_exponent: secret(key.private_exponent),
                prime_1: secret(key.prime_1),
                prime_2: secret(key.prime_2),
                exponent_1: secret(key.exponent_1),
                exponent_2: secret(key.exponent_2),
                coefficient: secret(key.coefficient),
            }))
        }
        KeyKind::Ec(_) => {
            let key = EcPrivate::from_der(info.key.as_bytes()).ok()?;
            Some(PrivateParts::Ec(Zeroizing::new(key.scalar.as_bytes().to_vec())))
        }
        KeyKind::Ed25519 => {
            let seed = <&OctetStringRef>::from_der(info.key.as_bytes()).ok()?;
            Some(PrivateParts::Ec(Zeroizing::new(seed.as_bytes().to_vec())))
        }
        KeyKind::MlDsa(_) => None,
    }
}

/// What SoftHSM 2 and others call Ed25519, from before it had an object identifier: `PrintableString "edwards25519"`.
pub(crate) const ED25519_BY_NAME: &[u8] = b"\x13\x0cedwards25519";

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

const fn curve_name(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        Curve::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        Curve::P521 => ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        Curve::Secp256k1 => ObjectIdentifier::new_unwrap("1.3.132.0.10"),
    }
}

/// Length of an uncompressed point.
const fn point_len(curve: Curve) -> usize {
    match curve {
        Curve::P256 | Curve::Secp256k1 => 65,
        Curve::P384 => 97,
        Curve::P521 => 133,
    }
}

/// `CKA_EC_POINT` is an OCTET STRING around the point; some tokens give the point itself.
fn point_of(attribute: &[u8], len: usize) -> Option<&[u8]> {
    if attribute.len() == len {
        return Some(attribute);
    }
    <&OctetStringRef>::from_der(attribute)
        .ok()
        .map(OctetStringRef::as_bytes)
        .filter(|point| point.len() == len)
}

fn ed25519_spki(point: &[u8]) -> Option<Vec<u8>> {
    let algorithm = Algorithm { oid: ED25519, parameters: None };
    Spki { algorithm, key: BitString::from_bytes(point).ok()? }.to_der().ok()
}

#[derive(Sequence)]
struct Algorithm {
    oid: ObjectIdentifier,
    parameters: Option<Any>,
}

#[derive(Sequence)]
struct Spki {
    algorithm: Algorithm,
    key: BitString,
}

#[derive(Sequence)]
struct RsaPublic {
    modulus: Uint,
    exponent: Uint,
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: Algorithm,
    digest: &'a OctetStringRef,
}

/// RFC 5958 §2, version 1: without the attributes and the public key that our own have not.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: Algorithm,
    key: &'a OctetStringRef,
}

/// RFC 8017 §A.1.2.
#[derive(Sequence)]
struct RsaPrivate<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime_1: UintRef<'a>,
    prime_2: UintRef<'a>,
    exponent_1: UintRef<'a>,
    exponent_2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

/// RFC 5915 §3.
#[derive(Sequence)]
struct EcPrivate<'a> {
    version: u8,
    scalar: &'a OctetStringRef,
    #[asn1(context_specific = "0", optional = "true")]
    curve: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", optional = "true")]
    public: Option<BitString>,
}

#[cfg(test)]
mod tests;
