//! Paths and key ids.

use claviger_core::{Error, KeyRef, Reason, Result};

/// The key that an id names. The original takes any text for the name of a file, also one with `../`; nothing is a file
/// here, and what is not an id names nothing.
pub(crate) fn key(id: &str) -> Result<KeyRef> {
    id.parse().map(KeyRef::id).map_err(|_| Error::new(Reason::NotFound, "There is no such key."))
}

/// A path without its percent-encoding; as it is if that is broken.
pub(crate) fn decode_path(path: &str) -> Vec<u8> {
    decode(path.as_bytes()).unwrap_or_else(|| path.as_bytes().to_vec())
}

fn decode(mut path: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    while let Some((&byte, rest)) = path.split_first() {
        path = rest;
        decoded.push(match byte {
            b'%' => {
                let (digits, rest) = rest.split_first_chunk::<2>()?;
                path = rest;
                let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
                u8::try_from(high? * 16 + low?).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}
