//! PEM (RFC 7468), as people and programs hand certificates and requests around.

use claviger_core::{Error, Result};
use der::pem::{self, LineEnding};

/// The most objects of one text.
const MAX_OBJECTS: usize = 16;
const CERTIFICATE: &str = "CERTIFICATE";
const BEGIN: &str = "-----BEGIN ";

/// The certificates of a text, in its order.
///
/// # Errors
/// `InvalidRequest` if there is none, too many, or something else.
pub fn certificates(text: &str) -> Result<Vec<Vec<u8>>> {
    objects(text, &[CERTIFICATE])
}

/// The one certification request of a text.
///
/// # Errors
/// `InvalidRequest` if there is another number of them, or something else.
pub fn request(text: &str) -> Result<Vec<u8>> {
    let mut objects = objects(text, &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])?;
    match (objects.pop(), objects.is_empty()) {
        (Some(request), true) => Ok(request),
        _ => Err(Error::invalid("Give one certification request.")),
    }
}

/// A certificate as text.
///
/// # Errors
/// `Internal`.
pub fn certificate_text(der: &[u8]) -> Result<String> {
    text(CERTIFICATE, der)
}

/// A revocation list as text.
///
/// # Errors
/// `Internal`.
pub fn list_text(der: &[u8]) -> Result<String> {
    text("X509 CRL", der)
}

fn text(label: &str, der: &[u8]) -> Result<String> {
    pem::encode_string(label, LineEnding::LF, der).map_err(|error| Error::internal(error.to_string()))
}

/// What is before, between and after the objects is for people.
fn objects(text: &str, labels: &[&str]) -> Result<Vec<Vec<u8>>> {
    let wrong = || Error::invalid(format!("The text is not PEM of {} objects.", labels.join(" or ")));
    let starts: Vec<usize> =
        text.match_indices(BEGIN).map(|(start, _)| start).take(MAX_OBJECTS + 1).collect();
    if starts.is_empty() || starts.len() > MAX_OBJECTS {
        return Err(wrong());
    }
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let object = |(start, end): (usize, usize)| {
        let part = text.get(start..end).ok_or_else(wrong)?;
        let footer = part.find("-----END ").ok_or_else(wrong)?;
        let end =
            part.get(footer..).and_then(|tail| tail.find('\n')).map_or(part.len(), |line| footer + line);
        let (label, der) =
            pem::decode_vec(part.get(..end).ok_or_else(wrong)?.trim_end().as_bytes()).map_err(|_| wrong())?;
        if labels.contains(&label) { Ok(der) } else { Err(wrong()) }
    };
    starts.iter().copied().zip(ends).map(object).collect()
}

#[cfg(test)]
mod tests;
