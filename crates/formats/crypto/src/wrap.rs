//! AES key wrap (RFC 3394), AES key wrap with padding (RFC 5649) and RSA-AES key wrap.
//!
//! KEKs are 128 or 256 bits. The library expands a KEK's key schedule on the stack and does not overwrite it there.

use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap, KeyWrapPadded};
use zeroize::Zeroizing;

use crate::{CryptoError, HashAlg, KeyKind, PrivateKey, Secret};

/// AES key wrap with padding (RFC 5649): `key` may have any length but zero.
///
/// # Errors
/// `Malformed` if the KEK is not 16 or 32 bytes, or `key` is empty; `TooLarge` above 2 GiB.
pub fn aes_kwp_wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let kek = parse_kek(kek)?;
    check_length(key)?;
    let mut out = vec![0; key.len().next_multiple_of(8) + 8];
    let len = kek.wrap_with_padding(key, &mut out).map_err(|_| CryptoError::Internal)?.len();
    out.truncate(len);
    Ok(out)
}

/// Reverses [`aes_kwp_wrap`].
///
/// # Errors
/// `Malformed` if the KEK is not 16 or 32 bytes; `Rejected` if `wrapped` was not made with it.
pub fn aes_kwp_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Secret, CryptoError> {
    let kek = parse_kek(kek)?;
    let mut out = Zeroizing::new(vec![0; wrapped.len()]);
    let len = kek.unwrap_with_padding(wrapped, &mut out).map_err(|_| CryptoError::Rejected)?.len();
    out.truncate(len);
    Ok(out)
}

/// AES key wrap (RFC 3394): the length of `key` is a multiple of 8 bytes and at least 16.
///
/// # Errors
/// `Malformed` if the KEK is not 16 or 32 bytes or `key` has a length that RFC 3394 does not know; `TooLarge` above
/// 2 GiB.
pub fn aes_kw_wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let kek = parse_kek(kek)?;
    check_length(key)?;
    if key.len() < 16 || !key.len().is_multiple_of(8) {
        return Err(CryptoError::Malformed);
    }
    let mut out = vec![0; key.len() + 8];
    let len = kek.wrap(key, &mut out).map_err(|_| CryptoError::Internal)?.len();
    out.truncate(len);
    Ok(out)
}

/// Reverses [`aes_kw_wrap`].
///
/// # Errors
/// `Malformed` if the KEK is not 16 or 32 bytes; `Rejected` if `wrapped` was not made with it.
pub fn aes_kw_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Secret, CryptoError> {
    let kek = parse_kek(kek)?;
    let mut out = Zeroizing::new(vec![0; wrapped.len()]);
    let len = kek.unwrap(wrapped, &mut out).map_err(|_| CryptoError::Rejected)?.len();
    out.truncate(len);
    Ok(out)
}

/// Opens `blob` as PKCS#11's `CKM_RSA_AES_KEY_WRAP` and AWS's `RSA_AES_KEY_WRAP_SHA_*` make it: as many bytes as the
/// modulus has are RSA-OAEP of an AES-256 key with an empty label, the rest is the payload under that key by RFC 5649.
///
/// # Errors
/// `Unsupported` if `key` is not an RSA key or the hash is none of SHA-1, 256, 384, 512; `Rejected` for every blob
/// that does not open, whichever part is at fault.
pub fn unwrap_rsa_aes(key: &PrivateKey, hash: HashAlg, blob: &[u8]) -> Result<Secret, CryptoError> {
    let KeyKind::Rsa(bits) = key.kind() else { return Err(CryptoError::Unsupported) };
    let modulus_len = usize::try_from(bits / 8).map_err(|_| CryptoError::Internal)?;
    let (wrapped_kek, wrapped) = blob.split_at_checked(modulus_len).ok_or(CryptoError::Rejected)?;
    let kek = key.decrypt_oaep(hash, b"", wrapped_kek)?;
    if kek.len() != 32 {
        return Err(CryptoError::Rejected);
    }
    aes_kwp_unwrap(&kek, wrapped)
}

fn parse_kek(kek: &[u8]) -> Result<AesKek, CryptoError> {
    let cipher = match kek.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return Err(CryptoError::Malformed),
    };
    AesKek::new(cipher, kek).map_err(|_| CryptoError::Internal)
}

fn check_length(key: &[u8]) -> Result<(), CryptoError> {
    if key.is_empty() {
        return Err(CryptoError::Malformed);
    }
    match i32::try_from(key.len()) {
        Ok(len) if len < i32::MAX - 16 => Ok(()),
        _ => Err(CryptoError::TooLarge),
    }
}
