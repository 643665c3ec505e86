//! KMIP 1.0 to 1.4, 2.0 and 2.1 (OASIS) in TTLV over TLS: keys with the life cycle that its clients know, and secrets and certificates that
//! are kept for them.
//!
//! One connection carries messages one after the other, each in a version of its own; a message carries a batch of operations. Every
//! operation is one call of the domain, with its own record in the audit log.
#![forbid(unsafe_code)]

mod auth;
mod batch;
mod connection;
mod convert;
mod error;
mod names;
mod operations;

use claviger_core::{ProviderChoice, Service};

pub use batch::respond;
pub use connection::{Patience, serve};
pub use error::reason as result_reason;

/// The front and what it serves.
pub struct KmipFront {
    /// The key service.
    pub service: Service,
    /// Who holds the keys that are made here.
    pub provider: ProviderChoice,
    /// Which keys may leave whose makers don't say it. Clients before 1.4 have no words for that.
    pub extractable: Extractable,
}

/// Which keys may leave in the clear where their makers don't say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extractable {
    /// None: for clients that let the service compute, and for providers that give no key away.
    None,
    /// Symmetric keys, as most clients expect who fetch them to encrypt on their own.
    Symmetric,
    /// Private keys as well.
    All,
}

/// How the front is called in metrics and in the audit log.
pub(crate) const FRONT: &str = "kmip";

/// The longest batch.
const MAX_BATCH: usize = 100;
