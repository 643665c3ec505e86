use claviger_core::{Error, Reason, Result};
use claviger_types::Tags;

/// The most tags that a key can have.
pub(crate) const MAX_TAGS: usize = 50;

/// Refuses tags that a key can't have.
pub(crate) fn check_tags(tags: &Tags) -> Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(invalid("A key has at most 50 tags."));
    }
    tags.iter().try_for_each(|(key, value)| {
        check_tag_key(key)?;
        check_text(value, 0, 256, "A tag's value has at most 256 characters.")
    })
}

/// Refuses what can't be the key of a tag.
pub(crate) fn check_tag_key(key: &str) -> Result<()> {
    check_text(key, 1, 128, "A tag's key has 1 to 128 characters.")?;
    // Clients' conventions reserve the prefix, in any case.
    match key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        true => Err(invalid("A tag's key can't begin with aws:, which is reserved.")),
        false => Ok(()),
    }
}

fn check_text(text: &str, min: usize, max: usize, length: &'static str) -> Result<()> {
    if !(min..=max).contains(&text.chars().count()) {
        return Err(invalid(length));
    }
    match text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c)) {
        true => Ok(()),
        false => Err(invalid("Tags have letters, digits, white space and the characters _ . : / = + - @")),
    }
}

fn invalid(message: &'static str) -> Error {
    Error::new(Reason::InvalidTag, message)
}

#[cfg(test)]
mod tests;
