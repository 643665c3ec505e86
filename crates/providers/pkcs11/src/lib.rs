//! The provider whose keys are in a PKCS#11 token: a hardware security module, a smart card, SoftHSM.
//!
//! The module that its vendor gives, code that nobody but the vendor has seen, runs in a process of its own: the
//! program starts itself once more as a *worker*, which confines itself and only then loads the module. The provider
//! speaks with it over a socket, with a deadline on everything; a worker that hangs or dies is replaced, and so a token
//! that was pulled out is found again when it is back. See [`Pkcs11Provider`] and [`worker::main`].
//!
//! Keys are made in the token, with a random `CKA_ID` that is written when they are made, and never leave it. What the
//! token can do is found out by doing it, at every start.

mod adoption;
mod agreement;
mod calls;
mod config;
mod connection;
mod decryption;
mod encoding;
mod handle;
mod key;
mod keyslot;
mod latch;
mod login;
mod mac;
mod once;
mod opening;
mod process;
mod provider;
mod raw;
mod signature;
mod signing;
mod supervisor;
mod uri;
mod wire;
pub mod worker;

pub use config::{Config, InvalidConfig, Pin, WorkerCommand};
pub use keyslot::Pkcs11Keyslots;
pub use once::decrypt_cbc_pad;
pub use provider::Pkcs11Provider;
pub use uri::{InvalidUri, ObjectMatch, Pkcs11Uri, TokenMatch, UriClass};
pub use wire::survives_round_trip;

/// `CKA_LABEL` of the keys that we make.
const LABEL: &str = "claviger";

/// That of the keys of keyslots, which are nobody's but the header's: they are never taken for what a crash has left.
const KEYSLOT_LABEL: &str = "claviger keyslot";
