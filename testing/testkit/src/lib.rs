//! A real service for tests: SQLite in a directory that goes away, the software provider, a seal that opens at once, and
//! clock, randomness and audit log in the hands of the test.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "this is the inside of tests")]

mod admin;
mod ambient;
mod device;
mod log;
mod service;

pub use admin::{MemoryBackups, MemoryHeader};
pub use ambient::{FixedClock, SeededRandom};
pub use device::{Device, DeviceProvider, MESSAGE_LIMIT};
pub use log::MemoryLog;
pub use service::{ALLOW_ALL, KEPT_OBJECTS, KEY_FILE, TestService};
