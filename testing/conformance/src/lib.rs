//! One contract suite for each port; every adapter runs the suite of its port in a few lines.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a suite is a test: its verdict on an adapter is a panic"
)]

pub mod provider;
pub mod store;
