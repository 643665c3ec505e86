//! The provider with SoftHSM 2 as its token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests too")]

mod confinement;
mod contract;
mod faults;
mod keys;
mod keyslots;
mod login;
mod shim;
mod token;
