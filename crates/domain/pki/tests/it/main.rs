//! Certificate authorities through the whole pipeline, over a real store and provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod authorities;
mod make;
mod permissions;
mod revocation;
mod structure;
