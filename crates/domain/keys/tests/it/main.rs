//! Operations on keys through the whole pipeline, over a real store and provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod crypto;
mod devices;
mod gokms;
mod lifecycle;
mod make;
mod moving;
mod orphans;
mod pipeline;
mod raw;
mod rings;
mod rotation;
mod versions;
