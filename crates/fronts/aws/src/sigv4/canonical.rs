use std::borrow::Cow;

use super::{Rejection, SignedRequest};

/// The text whose hash is signed. `body_hash` is in hexadecimal.
///
/// # Errors
/// If a header that is said to be signed is not there.
pub(super) fn canonical_request(
    request: &SignedRequest<'_>,
    signed_headers: &str,
    body_hash: &[u8; 64],
) -> Result<Vec<u8>, Rejection> {
    let mut out = Vec::with_capacity(768);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    path(request.path, &mut out);
    out.push(b'\n');
    query(request.query.unwrap_or_default(), &mut out);
    out.push(b'\n');
    for name in signed_headers.split(';') {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        header(request, name, &mut out)?;
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(body_hash);
    Ok(out)
}

/// Lower-case hexadecimal in a buffer of the caller's.
pub(super) fn hex<'a>(bytes: &[u8; 32], buffer: &'a mut [u8; 64]) -> &'a str {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    for (pair, byte) in buffer.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        // Invariant: four bits index sixteen digits.
        *pair = [DIGITS.get(usize::from(byte >> 4)), DIGITS.get(usize::from(byte & 15))]
            .map(|d| *d.unwrap_or(&b'0'));
    }
    // Invariant: hexadecimal digits are ASCII.
    std::str::from_utf8(buffer).unwrap_or_default()
}

/// The path without dot segments (RFC 3986 §5.2.4) and empty segments, encoded once more than it came, as for every
/// service but S3.
pub(super) fn path(path: &str, out: &mut Vec<u8>) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push(b'/');
        segment.bytes().for_each(|byte| encode(byte, out));
    }
    if segments.is_empty() || ["/", "/.", "/.."].iter().any(|end| path.ends_with(end)) {
        out.push(b'/');
    }
}

/// The parameters sorted by their encoded names, then values; one encoding, however they came.
fn query(query: &str, out: &mut Vec<u8>) {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (reencode(name), reencode(value)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

/// The values of a header, trimmed and with runs of white space made one space, joined by commas.
fn header(request: &SignedRequest<'_>, name: &str, out: &mut Vec<u8>) -> Result<(), Rejection> {
    let mut values = request.headers.get_all(name).iter().map(http::HeaderValue::as_bytes).peekable();
    if values.peek().is_none() {
        let authority = request.authority.filter(|_| name == "host");
        let Some(authority) = authority else {
            return Err(Rejection::mismatch(format!("The signed header '{name}' is not in the request.")));
        };
        out.extend_from_slice(authority.as_bytes());
        return Ok(());
    }
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        fold(value, out);
    }
    Ok(())
}

fn fold(value: &[u8], out: &mut Vec<u8>) {
    let words = value.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

fn reencode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    decode(text).iter().for_each(|byte| encode(*byte, &mut out));
    out
}

/// What is not a percent-encoding stays as it is.
fn decode(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let encoded = tail.split_first_chunk::<2>().filter(|_| *byte == b'%');
        match encoded.and_then(|(pair, tail)| Some((hex_pair(pair)?, tail))) {
            Some((byte, tail)) => {
                out.push(byte);
                rest = tail;
            }
            None => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    Cow::Owned(out)
}

fn hex_pair(pair: &[u8; 2]) -> Option<u8> {
    let [high, low] = pair.map(|byte| char::from(byte).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

/// Everything but the unreserved characters of RFC 3986 §2.3 is written as `%XY`.
fn encode(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        return out.push(byte);
    }
    let digit = |four_bits: u8| char::from_digit(four_bits.into(), 16).unwrap_or('0').to_ascii_uppercase();
    out.push(b'%');
    out.extend([byte >> 4, byte & 15].map(|four_bits| digit(four_bits) as u8));
}
