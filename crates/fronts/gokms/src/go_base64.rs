//! Base64 as Go's `encoding/base64` reads it: the standard alphabet with padding, line breaks ignored anywhere, unused
//! bits of any value; and the place of the first byte that it would complain about.

use zeroize::Zeroizing;

/// Decodes `text`.
///
/// # Errors
/// The place of the first wrong byte.
pub(crate) fn decode(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, usize> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let mut digits = text.iter().copied().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    loop {
        let mut quantum = 0_u32;
        for place in 0..4 {
            let Some((at, byte)) = digits.next() else {
                // Go points at the beginning of what is not whole.
                return if place == 0 { Ok(out) } else { Err(text.len() - place) };
            };
            match value(byte) {
                Some(digit) => quantum = (quantum << 6) | digit,
                None if byte == b'=' && place >= 2 => {
                    padding(&mut digits, place, text.len())?;
                    let [_, first, second, _] = (quantum << (6 * (4 - place))).to_be_bytes();
                    out.extend([first, second].into_iter().take(place - 1));
                    return Ok(out);
                }
                None => return Err(at),
            }
        }
        out.extend_from_slice(quantum.to_be_bytes().get(1..).unwrap_or_default());
    }
}

/// What may follow a first `=`: a second one behind two digits, and then nothing.
fn padding(digits: &mut impl Iterator<Item = (usize, u8)>, place: usize, len: usize) -> Result<(), usize> {
    if place == 2 {
        match digits.next() {
            None => return Err(len),
            Some((_, b'=')) => {}
            Some((next, _)) => return Err(next.saturating_sub(1)),
        }
    }
    digits.next().map_or(Ok(()), |(next, _)| Err(next))
}

fn value(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(digit.into())
}

#[cfg(test)]
mod tests;
