//! What our keys are called in the server.

use claviger_types::KeyTag;

/// The Object Group of our keys, where the server has such groups.
pub(crate) const GROUP: &str = "claviger";

const PREFIX: &str = "claviger-";
const PUBLIC: &str = "-public";

/// The Name of the key with this tag, or of its public half.
pub(crate) fn name(tag: &KeyTag, public: bool) -> String {
    format!("{PREFIX}{tag}{}", if public { PUBLIC } else { "" })
}

/// The inverse of [`name`].
pub(crate) fn tag_of(name: &str) -> Option<(KeyTag, bool)> {
    let rest = name.strip_prefix(PREFIX)?;
    let (digits, public) = rest.strip_suffix(PUBLIC).map_or((rest, false), |digits| (digits, true));
    let mut bytes = [0; 20];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    let tag = KeyTag::new(bytes);
    // Signs and capital letters are digits for the parser, but not ours.
    (self::name(&tag, public) == name).then_some((tag, public))
}

#[cfg(test)]
mod tests;
