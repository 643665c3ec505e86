//! The provider with SoftHSM 2 as its token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests too")]

mod contract;
mod token;
