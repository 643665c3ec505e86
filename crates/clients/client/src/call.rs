use bytes::Bytes;
use claviger_api::PREFIX;
use http::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind};

/// A request of the native API. The typed methods of [`Client`](crate::Client) make them; this is for endpoints that have
/// none.
pub struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Bytes>,
    pub(crate) repeatable: bool,
}

impl Call {
    /// Asks for something.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path, true)
    }

    /// Uses a key, which changes nothing: if there is no answer, the client asks again.
    pub fn using(path: &[&str]) -> Self {
        Self::new(Method::POST, path, true)
    }

    /// Changes something: it is sent again only if it certainly was not done.
    pub fn change(method: Method, path: &[&str]) -> Self {
        Self::new(method, path, false)
    }

    /// Each part of the path is encoded, so that nothing in it can lead elsewhere.
    fn new(method: Method, parts: &[&str], repeatable: bool) -> Self {
        let mut path = PREFIX.to_owned();
        for part in parts {
            path.push('/');
            encode(part, &mut path);
        }
        Self { method, path, body: None, repeatable }
    }

    /// With a parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        encode(name, &mut self.path);
        self.path.push('=');
        encode(value, &mut self.path);
        self
    }

    /// With a body, which is wiped when it has been sent.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn json<B: Serialize>(mut self, body: &B) -> Result<Self, Error> {
        let mut text = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer(&mut *text, body)
            .map_err(Error::at(ErrorKind::Invalid, "the request can't be written as JSON"))?;
        self.body = Some(Bytes::from_owner(text));
        Ok(self)
    }
}

/// Percent-encoding of everything but the unreserved characters of RFC 3986 §2.3.
fn encode(part: &str, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            b'.' if part != "." && part != ".." => out.push('.'),
            _ => out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]),
        }
    }
}

#[cfg(test)]
mod tests;
