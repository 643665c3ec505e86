//! What AWS-LC can do and `aws-lc-rs` has no safe interface for: Ed25519ph, and ML-DSA over an external mu.
#![expect(unsafe_code, reason = "calls into AWS-LC")]

use std::ptr::{self, NonNull};

use aws_lc_sys::{
    CBS, CBS_init, ED25519ph_sign, ED25519ph_verify, EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_free,
    EVP_PKEY_CTX_new, EVP_PKEY_PQDSA, EVP_PKEY_free, EVP_PKEY_id, EVP_PKEY_sign, EVP_PKEY_sign_init,
    EVP_PKEY_verify, EVP_PKEY_verify_init, EVP_parse_private_key, EVP_parse_public_key,
};

use crate::CryptoError;

/// Length of ML-DSA's message representative in bytes (FIPS 204 Algorithm 7).
const MU_LEN: usize = 64;

/// Signs SHA-512(`message`) with an empty context. `key` is the seed followed by the public key.
pub(crate) fn ed25519ph_sign(key: &[u8; 64], message: &[u8]) -> Result<[u8; 64], CryptoError> {
    let mut signature = [0; 64];
    // SAFETY: AWS-LC writes 64 bytes of signature, reads `message.len()` bytes of message and 64 of key, and keeps
    // no pointer. A context of length zero may be null.
    let done = unsafe {
        ED25519ph_sign(signature.as_mut_ptr(), message.as_ptr(), message.len(), key.as_ptr(), ptr::null(), 0)
    };
    if done == 1 { Ok(signature) } else { Err(CryptoError::Internal) }
}

/// Verifies a signature over SHA-512(`message`) with an empty context.
pub(crate) fn ed25519ph_verify(
    key: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), CryptoError> {
    // SAFETY: AWS-LC reads `message.len()` bytes of message, 64 of signature and 32 of key, and keeps no pointer. A
    // context of length zero may be null.
    let valid = unsafe {
        ED25519ph_verify(message.as_ptr(), message.len(), signature.as_ptr(), key.as_ptr(), ptr::null(), 0)
    };
    if valid == 1 { Ok(()) } else { Err(CryptoError::Rejected) }
}

/// A parsed ML-DSA key, private or public, for operations on mu.
pub(crate) struct MlDsaKey(NonNull<EVP_PKEY>);

// SAFETY: an EVP_PKEY may be used by several threads at once as long as none mutates it (openssl/evp.h, "Public-key
// objects"). Nothing here mutates it after parsing: EVP_PKEY_CTX_new only counts a reference, atomically.
unsafe impl Send for MlDsaKey {}
// SAFETY: as for Send.
unsafe impl Sync for MlDsaKey {}

impl Drop for MlDsaKey {
    fn drop(&mut self) {
        // SAFETY: we own one reference and give it up here only. AWS-LC overwrites the key when the last one goes.
        unsafe { EVP_PKEY_free(self.0.as_ptr()) };
    }
}

impl MlDsaKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        Self::parse(der, EVP_parse_private_key)
    }

    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        Self::parse(der, EVP_parse_public_key)
    }

    pub(crate) fn sign_mu(&self, mu: &[u8; MU_LEN]) -> Result<Vec<u8>, CryptoError> {
        let context = Context::new(self)?;
        let mut len = 0;
        // SAFETY: the context is alive; without an output buffer AWS-LC only stores the length of a signature.
        let sized = unsafe {
            EVP_PKEY_sign_init(context.0.as_ptr()) == 1
                && EVP_PKEY_sign(context.0.as_ptr(), ptr::null_mut(), &raw mut len, mu.as_ptr(), MU_LEN) == 1
        };
        if !sized {
            return Err(CryptoError::Internal);
        }
        let mut signature = vec![0; len];
        // SAFETY: the context is alive and initialised for signing; AWS-LC reads MU_LEN bytes of mu and writes at
        // most `len` bytes, the capacity we tell it.
        let signed = unsafe {
            EVP_PKEY_sign(context.0.as_ptr(), signature.as_mut_ptr(), &raw mut len, mu.as_ptr(), MU_LEN)
        };
        if signed != 1 {
            return Err(CryptoError::Internal);
        }
        signature.truncate(len);
        Ok(signature)
    }

    pub(crate) fn verify_mu(&self, mu: &[u8; MU_LEN], signature: &[u8]) -> Result<(), CryptoError> {
        let context = Context::new(self)?;
        // SAFETY: the context is alive; AWS-LC reads `signature.len()` and MU_LEN bytes and keeps no pointer.
        let valid = unsafe {
            EVP_PKEY_verify_init(context.0.as_ptr()) == 1
                && EVP_PKEY_verify(
                    context.0.as_ptr(),
                    signature.as_ptr(),
                    signature.len(),
                    mu.as_ptr(),
                    MU_LEN,
                ) == 1
        };
        if valid { Ok(()) } else { Err(CryptoError::Rejected) }
    }

    fn parse(
        der: &[u8],
        parse: unsafe extern "C" fn(*mut CBS) -> *mut EVP_PKEY,
    ) -> Result<Self, CryptoError> {
        let mut reader = CBS { data: ptr::null(), len: 0 };
        // SAFETY: the reader points into `der`, which outlives both calls; the parsed key copies what it needs.
        let key = unsafe {
            CBS_init(&raw mut reader, der.as_ptr(), der.len());
            parse(&raw mut reader)
        };
        let key = Self(NonNull::new(key).ok_or(CryptoError::Malformed)?);
        // SAFETY: the key is alive.
        let kind = unsafe { EVP_PKEY_id(key.0.as_ptr()) };
        if kind == EVP_PKEY_PQDSA { Ok(key) } else { Err(CryptoError::Unsupported) }
    }
}

struct Context(NonNull<EVP_PKEY_CTX>);

impl Context {
    fn new(key: &MlDsaKey) -> Result<Self, CryptoError> {
        // SAFETY: the key is alive, and the context holds its own reference to it.
        let context = unsafe { EVP_PKEY_CTX_new(key.0.as_ptr(), ptr::null_mut()) };
        NonNull::new(context).map(Self).ok_or(CryptoError::Internal)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: we own the context and free it here only.
        unsafe { EVP_PKEY_CTX_free(self.0.as_ptr()) };
    }
}

/// The padding of OAEP as AWS-LC makes it, `len` bytes long: what tests of its removal start from.
#[cfg(test)]
pub(crate) fn oaep_pad(hash: crate::HashAlg, label: &[u8], message: &[u8], len: usize) -> Vec<u8> {
    use aws_lc_sys::{
        EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512, RSA_padding_add_PKCS1_OAEP_mgf1,
    };

    let mut out = vec![0; len];
    // SAFETY: the hash functions are constants of the library. It writes `len` bytes, reads those of label and message, and
    // keeps no pointer.
    let done = unsafe {
        let hash = match hash {
            crate::HashAlg::Sha1 => EVP_sha1(),
            crate::HashAlg::Sha224 => EVP_sha224(),
            crate::HashAlg::Sha256 => EVP_sha256(),
            crate::HashAlg::Sha384 => EVP_sha384(),
            crate::HashAlg::Sha512 => EVP_sha512(),
        };
        RSA_padding_add_PKCS1_OAEP_mgf1(
            out.as_mut_ptr(),
            len,
            message.as_ptr(),
            message.len(),
            label.as_ptr(),
            label.len(),
            hash,
            hash,
        )
    };
    assert_eq!(done, 1, "the message is too long");
    out
}
