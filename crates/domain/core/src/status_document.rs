use crate::{Error, Result};

/// What an issuer signs without anybody's permission: the content of a revocation list (`TBSCertList`, RFC 5280 §5.1) or
/// of an OCSP response (`ResponseData`, RFC 6960 §4.2.1).
///
/// Its form is looked at, so that it can be nothing else under the same signature: above all no certificate.
pub struct StatusDocument<'a>(&'a [u8]);

impl<'a> StatusDocument<'a> {
    /// From its DER.
    ///
    /// # Errors
    /// `Internal` for anything else.
    pub fn new(der: &'a [u8]) -> Result<Self> {
        match is_status(der) {
            Some(true) => Ok(Self(der)),
            _ => Err(Error::internal("neither a revocation list nor an OCSP response was to be signed")),
        }
    }

    pub(crate) fn der(&self) -> &'a [u8] {
        self.0
    }
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[1]` and `[2]`: the two forms of a `ResponderID`.
const RESPONDER_IDS: [u8; 2] = [0xa1, 0xa2];

/// A certificate of version 3 begins with `[0]`. One of version 1 begins as a list does, and has a SEQUENCE where that
/// has a time.
fn is_status(der: &[u8]) -> Option<bool> {
    let (SEQUENCE, content, []) = element(der)? else { return Some(false) };
    match element(content)? {
        (tag, ..) if RESPONDER_IDS.contains(&tag) => Some(true),
        (INTEGER, [1], rest) => {
            let (SEQUENCE, _, rest) = element(rest)? else { return Some(false) };
            let (SEQUENCE, _, rest) = element(rest)? else { return Some(false) };
            let (tag, ..) = element(rest)?;
            Some(matches!(tag, UTC_TIME | GENERALIZED_TIME))
        }
        _ => Some(false),
    }
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests;
