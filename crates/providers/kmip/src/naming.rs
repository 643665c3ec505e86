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
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        let tag = KeyTag::new([0xa7; 20]);
        for public in [false, true] {
            assert_eq!(tag_of(&name(&tag, public)), Some((tag, public)));
        }
        let digits = "a7".repeat(20);
        for wrong in [
            String::new(),
            digits.clone(),
            format!("claviger-{digits}0"),
            format!("claviger-{digits}-private"),
            format!("claviger-{}", digits.to_uppercase()),
            format!("claviger-{}+7", &digits[2..]),
            format!("claviger-{}", "ä".repeat(20)),
        ] {
            assert_eq!(tag_of(&wrong), None, "{wrong}");
        }
    }
}
