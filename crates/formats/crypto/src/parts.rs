//! Keys and signatures that come in parts, as devices give them: put together into the DER that everybody else reads.

use crate::{
    CryptoError, Curve, PublicKey,
    der::{BIT_STRING, EC, INTEGER, OBJECT_IDENTIFIER, RSA, SEQUENCE, curve_oid},
};

impl PublicKey {
    /// An RSA key of these numbers, big endian; leading zeros are fine.
    ///
    /// # Errors
    /// As [`from_spki_der`](Self::from_spki_der).
    pub fn from_rsa_parts(modulus: &[u8], exponent: &[u8]) -> Result<Self, CryptoError> {
        Self::from_pkcs1_der(&element(SEQUENCE, &[&integer(modulus)?, &integer(exponent)?])?)
    }

    /// An RSA key that is written as an `RSAPublicKey` (RFC 8017 §A.1.1).
    ///
    /// # Errors
    /// As [`from_spki_der`](Self::from_spki_der).
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, CryptoError> {
        Self::from_spki_der(&spki(&[&element(OBJECT_IDENTIFIER, &[RSA])?, &element(NULL, &[])?], der)?)
    }

    /// A point of an elliptic curve (SEC 1 §2.3.3), compressed or not.
    ///
    /// # Errors
    /// As [`from_spki_der`](Self::from_spki_der).
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, CryptoError> {
        let algorithm = element(OBJECT_IDENTIFIER, &[EC])?;
        let parameters = element(OBJECT_IDENTIFIER, &[curve_oid(curve)])?;
        Self::from_spki_der(&spki(&[&algorithm, &parameters], point)?)
    }
}

/// An ECDSA signature in DER (RFC 3279 §2.2.3) from r ‖ s; `None` if it is not two numbers of one length.
#[must_use]
pub fn ecdsa_signature_der(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.is_empty() || !raw.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = raw.split_at_checked(raw.len() / 2)?;
    element(SEQUENCE, &[&integer(r).ok()?, &integer(s).ok()?]).ok()
}

const NULL: u8 = 0x05;

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let algorithm = element(SEQUENCE, algorithm)?;
    element(SEQUENCE, &[&algorithm, &element(BIT_STRING, &[&[0], key])?])
}

/// A number that is not negative.
fn integer(magnitude: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let start = magnitude.iter().position(|byte| *byte != 0).unwrap_or(magnitude.len());
    let significant = magnitude.get(start..).unwrap_or_default();
    let sign: &[u8] = if significant.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, significant])
}

fn element(tag: u8, parts: &[&[u8]]) -> Result<Vec<u8>, CryptoError> {
    let len = u16::try_from(parts.iter().map(|part| part.len()).sum::<usize>());
    let [high, low] = len.map_err(|_| CryptoError::Malformed)?.to_be_bytes();
    let mut out = match (high, low) {
        (0, ..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(out)
}

#[cfg(test)]
mod tests;
