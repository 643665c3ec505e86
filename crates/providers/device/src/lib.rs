//! Keys in devices, as far as it does not matter which device: what is checked before a device is asked and of what it
//! answers, what is computed here with the public half, and how long to wait for a device that is away.
//!
//! A provider says of a key in its device what [`DeviceKey`] and the traits of its capabilities want to know, and gets the
//! [`LiveKey`](claviger_ports::LiveKey) of the port from [`live`].
#![forbid(unsafe_code)]

mod backoff;
mod computing;
mod decryption;
mod encryption;
#[cfg(test)]
mod fake;
mod key;
mod mac;
mod material;
mod raw;
mod signing;

pub use backoff::Backoff;
pub use computing::Computing;
pub use decryption::Decrypts;
pub use encryption::NONCE_LEN;
pub use key::{DeviceKey, live};
pub use mac::Authenticates;
pub use material::{public_half, validated};
pub use raw::{BLOCK_LEN, Enciphers, tag_len};
pub use signing::{Form, Signs, prepare};
