//! The provider that holds keys in the memory of this process.
//!
//! A handle is the key itself, so it lives as long as whoever stores it lets it: destroying a key means deleting every
//! copy of its handle, and that is the domain's work. Keys are parsed once, when they are opened.
//!
//! What costs no more than a symmetric operation runs where it is called. Everything slower (RSA with a private key,
//! key generation, the larger curves, ML-DSA) runs on threads of the provider's own, at a lower priority than those
//! that do input and output, and waits in a bounded queue; when the queue is full, calls are refused as busy.
#![forbid(unsafe_code)]

mod agreement;
mod cost;
mod decryption;
mod encryption;
mod handle;
mod mac;
mod pool;
mod provider;
mod raw;
mod signing;

pub use pool::Config;
pub use provider::SoftwareProvider;
