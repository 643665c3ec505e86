//! The provider whose keys are in somebody's KMIP server: versions 1.2 to 1.4 of the protocol, in its binary encoding, over
//! mutual TLS.
//!
//! A key is made in the server, named there when it is made and never changed afterwards, and found again by its unique
//! identifier. What the server can do is found out by doing it, when it is first reached: what servers say of themselves is
//! not much. See [`KmipProvider`], and [`KmipSlot`] for the root key.
#![forbid(unsafe_code)]

mod adoption;
mod capabilities;
mod client;
mod config;
mod connection;
mod decryption;
mod error;
mod handle;
mod key;
mod keyslot;
mod mac;
mod naming;
mod objects;
mod parameters;
mod pool;
mod probe;
mod provider;
mod public;
mod raw;
mod server;
mod signing;
mod supervisor;
mod tls;

pub use config::{Config, InvalidConfig, UserPassword};
pub use keyslot::{KmipKeyslots, KmipSlot};
pub use provider::KmipProvider;
