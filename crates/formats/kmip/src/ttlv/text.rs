use std::str;

use claviger_types::SecretBytes;

/// A text that may be secret, such as a password: zeroized on drop, never printed.
#[derive(Default)]
pub struct SecretText(SecretBytes);

impl SecretText {
    /// Copies a text into one that is zeroized.
    pub fn new(text: &str) -> Self {
        Self(SecretBytes::new(text.as_bytes().to_vec()))
    }

    /// Copies bytes. `None` if they are not UTF-8.
    pub fn from_utf8(bytes: &[u8]) -> Option<Self> {
        str::from_utf8(bytes).ok().map(Self::new)
    }

    /// The text. The caller must not copy it into anything that is not itself zeroized.
    pub fn expose(&self) -> &str {
        // Invariant: made from `str` only, so that this never is the empty text of the fallback.
        str::from_utf8(self.0.expose()).unwrap_or_default()
    }

    /// Length in bytes, which is not treated as secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A second copy, as carefully kept as the first.
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }
}
