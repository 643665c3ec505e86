//! The API from outside: HTTP requests to the front over a real service.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is the inside of tests")]

mod audit;
mod errors;
mod golden;
mod server;
mod weaknesses;
