//! Managed objects through the whole pipeline, over a real store and provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod dates;
mod get;
mod life;
mod locate;
mod make;
mod permissions;
mod public_keys;
mod register;
mod replace;
mod update;
mod views;
