//! Just enough DER to know, before any library parses a key, which algorithm it is for, and that nothing follows it.

use crate::{CryptoError, Curve};

/// The algorithms whose keys we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rsa,
    Ec(Curve),
    Ed25519,
    MlDsa(u32),
}

/// Algorithm of a PKCS#8 `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958 §2).
///
/// # Errors
/// `Malformed` if the frame is not DER, or bytes follow the structure or the private key in it; `Unsupported` for
/// other algorithms, and for ML-DSA keys without their seed (RFC 9881 §6), which could not be written back.
pub(crate) fn private_key_algorithm(pkcs8: &[u8]) -> Result<Algorithm, CryptoError> {
    let mut info = Reader::whole(pkcs8, SEQUENCE)?;
    let version = info.read(INTEGER)?;
    let algorithm = algorithm(info.read(SEQUENCE)?)?;
    let (tag, _) = Reader(info.read(OCTET_STRING)?).only()?;
    info.skip(ATTRIBUTES)?;
    match version {
        [0] => {}
        [1] => info.skip(PUBLIC_KEY)?,
        _ => return Err(CryptoError::Malformed),
    }
    info.end()?;
    match algorithm {
        Algorithm::MlDsa(_) if tag == OCTET_STRING => Err(CryptoError::Unsupported),
        _ => Ok(algorithm),
    }
}

/// Algorithm of a `SubjectPublicKeyInfo` (RFC 5280 §4.1).
///
/// # Errors
/// `Malformed` if the frame is not DER, bytes follow it, or a point is neither compressed nor uncompressed (RFC 5480
/// §2.2); `Unsupported` for other algorithms.
pub(crate) fn public_key_algorithm(spki: &[u8]) -> Result<Algorithm, CryptoError> {
    let mut info = Reader::whole(spki, SEQUENCE)?;
    let algorithm = algorithm(info.read(SEQUENCE)?)?;
    let key = info.read(BIT_STRING)?;
    info.end()?;
    match (algorithm, key) {
        (_, [0, 2..=4, ..]) => Ok(algorithm),
        (Algorithm::Ec(_), _) => Err(CryptoError::Malformed),
        _ => Ok(algorithm),
    }
}

/// The public key as FIPS 204 encodes it (§7.2, pkEncode), out of the `SubjectPublicKeyInfo` of an ML-DSA key
/// (RFC 9881 §4); `None` if it is none.
#[must_use]
pub fn ml_dsa_public_key_bytes(spki: &[u8]) -> Option<&[u8]> {
    let len = match public_key_algorithm(spki).ok()? {
        Algorithm::MlDsa(44) => 1312,
        Algorithm::MlDsa(65) => 1952,
        Algorithm::MlDsa(87) => 2592,
        _ => return None,
    };
    let mut info = Reader::whole(spki, SEQUENCE).ok()?;
    info.read(SEQUENCE).ok()?;
    match info.read(BIT_STRING).ok()? {
        [0, key @ ..] if key.len() == len => Some(key),
        _ => None,
    }
}

/// The SHA-1 of the bits of a public key (RFC 5280 §4.2.1.2, method 1), out of its `SubjectPublicKeyInfo`; `None` if it is
/// none. It names a key, and is not relied upon for more.
#[must_use]
pub fn subject_key_identifier(spki: &[u8]) -> Option<[u8; 20]> {
    let mut info = Reader::whole(spki, SEQUENCE).ok()?;
    info.read(SEQUENCE).ok()?;
    let [0, bits @ ..] = info.read(BIT_STRING).ok()? else { return None };
    info.end().ok()?;
    crate::digest(crate::HashAlg::Sha1, bits).try_into().ok()
}

/// Takes over `der` if it is what the key is written as. `aws-lc-rs` also parses raw public keys, which it knows by
/// their length alone: a frame of just that length around something else would pass for one.
///
/// # Errors
/// `Malformed` if they differ.
pub(crate) fn must_equal(der: &[u8], canonical: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if der == canonical { Ok(der.to_vec()) } else { Err(CryptoError::Malformed) }
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0] IMPLICIT SET`
const ATTRIBUTES: u8 = 0xa0;
/// `[1] IMPLICIT BIT STRING`
const PUBLIC_KEY: u8 = 0x81;

/// rsaEncryption, 1.2.840.113549.1.1.1
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// id-ecPublicKey, 1.2.840.10045.2.1
pub(crate) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// 1.3.132.0.35
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// 1.3.132.0.10
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 2.16.840.1.101.3.4.3.17
const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11];
/// 2.16.840.1.101.3.4.3.18
const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12];
/// 2.16.840.1.101.3.4.3.19
const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13];

/// The content of an `AlgorithmIdentifier`. Parameters other than a named curve are left to the key's own parser.
fn algorithm(identifier: &[u8]) -> Result<Algorithm, CryptoError> {
    let mut identifier = Reader(identifier);
    let oid = identifier.read(OBJECT_IDENTIFIER)?;
    if oid == EC {
        // Explicit curve parameters are a SEQUENCE here, and refused (RFC 5480 §2.1.1).
        let curve = identifier.read(OBJECT_IDENTIFIER)?;
        identifier.end()?;
        return curve_of(curve).map(Algorithm::Ec).ok_or(CryptoError::Unsupported);
    }
    [
        (RSA, Algorithm::Rsa),
        (ED25519, Algorithm::Ed25519),
        (ML_DSA_44, Algorithm::MlDsa(44)),
        (ML_DSA_65, Algorithm::MlDsa(65)),
        (ML_DSA_87, Algorithm::MlDsa(87)),
    ]
    .into_iter()
    .find_map(|(known, algorithm)| (oid == known).then_some(algorithm))
    .ok_or(CryptoError::Unsupported)
}

fn curve_of(oid: &[u8]) -> Option<Curve> {
    [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1]
        .into_iter()
        .find(|curve| oid == curve_oid(*curve))
}

/// What names a curve.
pub(crate) const fn curve_oid(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => P256,
        Curve::P384 => P384,
        Curve::P521 => P521,
        Curve::Secp256k1 => SECP256K1,
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The content of the one element that `der` must consist of.
    fn whole(der: &'a [u8], tag: u8) -> Result<Self, CryptoError> {
        match Reader(der).only()? {
            (found, content) if found == tag => Ok(Reader(content)),
            _ => Err(CryptoError::Malformed),
        }
    }

    fn only(mut self) -> Result<(u8, &'a [u8]), CryptoError> {
        let element = self.element()?;
        self.end()?;
        Ok(element)
    }

    fn read(&mut self, tag: u8) -> Result<&'a [u8], CryptoError> {
        match self.element()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(CryptoError::Malformed),
        }
    }

    fn skip(&mut self, optional_tag: u8) -> Result<(), CryptoError> {
        if self.0.first() == Some(&optional_tag) {
            self.element()?;
        }
        Ok(())
    }

    fn end(&self) -> Result<(), CryptoError> {
        if self.0.is_empty() { Ok(()) } else { Err(CryptoError::Malformed) }
    }

    fn element(&mut self) -> Result<(u8, &'a [u8]), CryptoError> {
        let (tag, len, rest) = header(self.0).ok_or(CryptoError::Malformed)?;
        let (content, rest) = rest.split_at_checked(len).ok_or(CryptoError::Malformed)?;
        self.0 = rest;
        Ok((tag, content))
    }
}

/// Tag, length and what follows. Long-form tags and lengths that DER would write shorter have no meaning here.
fn header(der: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (len, minimum, rest) = match first {
        0..=0x7f => (usize::from(first), 0, rest),
        0x81 => {
            let (&[a], rest) = rest.split_first_chunk::<1>()?;
            (usize::from(a), 0x80, rest)
        }
        0x82 => {
            let (&bytes, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(bytes)), 0x100, rest)
        }
        _ => return None,
    };
    (len >= minimum && tag & 0x1f != 0x1f).then_some((tag, len, rest))
}

#[cfg(test)]
mod tests;
