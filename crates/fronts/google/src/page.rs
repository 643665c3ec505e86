//! Pages of lists: their sizes, tokens and order.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::{Error, Reason, Result};
use claviger_crypto::sha256;

const USUAL_SIZE: usize = 100;
const MAX_SIZE: usize = 1000;
/// Bytes of the hash that binds a token to its list.
const BINDING: usize = 8;

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The most items of an answer.
    pub(crate) size: usize,
    /// The last item of the page before.
    pub(crate) after: Option<String>,
    binding: [u8; BINDING],
}

/// A request for a part of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) parent: &'a str,
    pub(crate) size: i32,
    pub(crate) token: &'a str,
    pub(crate) filter: &'a str,
    pub(crate) order: &'a str,
}

impl Page {
    /// Reads a request. Lists are by name, and no other order is offered.
    pub(crate) fn read(asked: Asked<'_>) -> Result<Self> {
        if !matches!(asked.order.trim(), "" | "name" | "name asc") {
            return Err(Error::invalid("Lists can be ordered by 'name' only, ascending."));
        }
        let size = match usize::try_from(asked.size) {
            Ok(0) => USUAL_SIZE,
            Ok(size) => size.min(MAX_SIZE),
            Err(_) => return Err(Error::invalid("The page size must not be negative.")),
        };
        let binding = binding(asked.parent, asked.filter);
        let after = match asked.token {
            "" => None,
            token => Some(opened(token, binding).ok_or_else(|| {
                Error::new(Reason::InvalidMarker, "The page token is not one of this list's.")
            })?),
        };
        Ok(Self { size, after, binding })
    }

    /// The token of the page behind the one that ends with this item.
    pub(crate) fn token(&self, last: &str) -> String {
        let mut bytes = self.binding.to_vec();
        bytes.extend_from_slice(last.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn opened(token: &str, expected: [u8; BINDING]) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (found, last) = bytes.split_first_chunk::<BINDING>()?;
    (*found == expected).then(|| String::from_utf8(last.to_vec()).ok())?
}

fn binding(parent: &str, filter: &str) -> [u8; BINDING] {
    let hash = sha256(format!("{parent}\n{filter}").as_bytes());
    // Invariant: a hash is longer than its beginning.
    hash.first_chunk::<BINDING>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
