//! HKDF (RFC 5869) and PBKDF2 (RFC 8018).

use std::num::NonZeroU32;

use aws_lc_rs::{hkdf, pbkdf2};

use crate::CryptoError;

/// HKDF-SHA-256, extract and expand. An empty `salt` means 32 zero bytes (RFC 5869 §2.2).
///
/// # Errors
/// `TooLarge` if `out` is longer than 255 * 32 bytes.
pub fn hkdf_sha256(salt: &[u8], ikm: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), CryptoError> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(ikm);
    let info = [info];
    let okm = prk.expand(&info, OutputLen(out.len())).map_err(|_| CryptoError::TooLarge)?;
    okm.fill(out).map_err(|_| CryptoError::Internal)
}

/// PBKDF2 with HMAC-SHA-1: only to read what older programs derived.
///
/// # Errors
/// `Malformed` for zero iterations; `TooLarge` if `out` is longer than 4 GiB.
pub fn pbkdf2_hmac_sha1(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> Result<(), CryptoError> {
    derive(pbkdf2::PBKDF2_HMAC_SHA1, password, salt, iterations, out)
}

/// PBKDF2 with HMAC-SHA-256.
///
/// # Errors
/// `Malformed` for zero iterations; `TooLarge` if `out` is longer than 4 GiB.
pub fn pbkdf2_sha256(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> Result<(), CryptoError> {
    derive(pbkdf2::PBKDF2_HMAC_SHA256, password, salt, iterations, out)
}

fn derive(
    algorithm: pbkdf2::Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> Result<(), CryptoError> {
    let iterations = NonZeroU32::new(iterations).ok_or(CryptoError::Malformed)?;
    if u32::try_from(out.len()).is_err() {
        return Err(CryptoError::TooLarge);
    }
    pbkdf2::derive(algorithm, iterations, salt, password, out);
    Ok(())
}

struct OutputLen(usize);

impl hkdf::KeyType for OutputLen {
    fn len(&self) -> usize {
        self.0
    }
}
