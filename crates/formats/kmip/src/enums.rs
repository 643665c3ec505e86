//! Closed enumerations (KMIP 2.1 §11). What a peer says beyond them is an error that names the tag and the number.
mod crypto;
mod curve;
mod protocol;
mod reason;

pub use crypto::*;
pub use curve::RecommendedCurve;
pub use protocol::*;
pub use reason::ResultReason;

#[cfg(test)]
mod tests;
