//! Cryptographic primitives: the one crate that names a cryptographic library.
//!
//! Everything here is a mechanism and none of it a decision: callers choose keys, nonces and algorithms. Keys are
//! parsed and validated once and then only used; whatever leaves as plaintext or key material is a [`Secret`].
//!
//! Operations with private keys are constant time as far as AWS-LC and `k256` are. Errors never say which check of a
//! padding or a tag failed, so that they can be passed on without becoming an oracle.

mod cipher;
mod der;
mod digest;
mod ec;
mod ed25519;
mod error;
mod ffi;
mod gcm;
mod kdf;
mod key;
mod lazy;
mod mac;
mod ml_dsa;
mod oaep;
mod parts;
mod public;
mod random;
mod rsa;
mod scheme;
mod secp256k1;
mod wrap;
mod xaes;

#[cfg(test)]
mod tests;

pub use cipher::{aes_cbc_decrypt, aes_cbc_encrypt, aes_ctr_decrypt, aes_ctr_encrypt};
pub use der::{ml_dsa_public_key_bytes, subject_key_identifier};
pub use digest::{HashAlg, Sha256Hasher, digest, sha256};
pub use error::CryptoError;
pub use gcm::AesGcm;
pub use kdf::{hkdf_sha256, pbkdf2_hmac_sha1, pbkdf2_sha256};
pub use key::PrivateKey;
pub use mac::{HmacKey, hmac_sha256};
pub use oaep::oaep_decode;
pub use parts::ecdsa_signature_der;
pub use public::PublicKey;
pub use random::{constant_time_eq, fill};
pub use scheme::{Curve, Input, KeyKind, SignatureScheme};
pub use wrap::{aes_kw_unwrap, aes_kw_wrap, aes_kwp_unwrap, aes_kwp_wrap, unwrap_rsa_aes};
pub use xaes::Xaes256Gcm;

/// Bytes that are overwritten when they are dropped: plaintexts, keys, shared secrets.
pub type Secret = zeroize::Zeroizing<Vec<u8>>;
