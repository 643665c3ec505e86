//! The provider with PyKMIP as its server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests too"
)]

mod complete;
mod contract;
mod fake;
mod faults;
mod keys;
mod keyslot;
mod restarts;
mod server;
