//! What go-kms keeps and gives away: its key files, its ciphertexts, and the master key that protects both.
//!
//! Everything is AES-256-GCM without associated data: nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). The header of a
//! ciphertext is therefore not bound to its body, which is why we only read the format and never write it.
#![forbid(unsafe_code)]

mod ciphertext;
mod key_file;
mod master_key;

#[cfg(test)]
mod tests;

pub use ciphertext::{Ciphertext, HEADER_LEN};
pub use key_file::{KeyFile, KeyFileError};
pub use master_key::{MasterKey, WrappedMasterKey};
