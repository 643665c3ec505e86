//! Random bytes and comparison of secrets.

use crate::CryptoError;

/// Fills `out` from the library's random bit generator (CTR_DRBG, NIST SP 800-90A, seeded by the operating system).
///
/// # Errors
/// `Internal` if the generator cannot be seeded; `out` must not be used then.
pub fn fill(out: &mut [u8]) -> Result<(), CryptoError> {
    aws_lc_rs::rand::fill(out).map_err(|_| CryptoError::Internal)
}

/// Whether `a` and `b` are the same bytes, in time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}
