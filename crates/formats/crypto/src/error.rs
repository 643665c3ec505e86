use std::fmt;

/// Why a cryptographic operation did not happen.
///
/// The kinds are few on purpose: [`CryptoError::Rejected`] covers every way in which a tag, padding or signature can
/// be wrong, since telling them apart is what padding oracles live on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptoError {
    /// The key or input bytes do not parse, have the wrong length, or describe an invalid key.
    Malformed,
    /// The authentication tag, signature or padding check failed.
    Rejected,
    /// This key cannot do this algorithm, or the algorithm is not one of ours.
    Unsupported,
    /// The input or the requested output is longer than the algorithm allows.
    TooLarge,
    /// The library failed for a reason that is not the caller's, such as exhausted memory.
    Internal,
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed key or input",
            Self::Rejected => "authentication failed",
            Self::Unsupported => "the key does not support this algorithm",
            Self::TooLarge => "input or output too long for the algorithm",
            Self::Internal => "cryptographic library failure",
        })
    }
}

impl std::error::Error for CryptoError {}
