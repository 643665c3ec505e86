//! The audit log of a node: append-only segment files with group commit, a hash chain and signed checkpoints.
//!
//! # Format
//! A directory of segments `00000001.log`, `00000002.log`… of lines; every line is one JSON object, ends with the
//! member `"hash":"<64 lower-case hex digits>"`, and `hash = SHA-256(hash of the line before ‖ this line up to the comma
//! before its hash member)`. The chain crosses segments; before the first line it is 32 zero bytes. Three kinds of line:
//!
//! - `{"log":{"format":1,"id":…,"segment":2,"first":17,"prev":…,"created":…},"signature":…,"hash":…}`, the header, once, at
//!   the top: `id` of the log, number of the segment, place of its first record, hash of the line before it. It signs the
//!   log up to there, as a checkpoint does.
//! - `{"seq":17,…,"hash":…}`, a record; `…` is what the caller gave.
//! - `{"checkpoint":{"log":…,"seq":17,"hash":…,"time":…},"signature":…,"hash":…}`: the last record so far, and the hash of
//!   the line before.
//!
//! A line with the member `"flushed":16` (after `seq`, or before `checkpoint`) was the first of its flush: everything
//! before it was on the disk before it was written. That tells damage from the remains of a flush that a crash cut
//! short: what is broken *before* such a line was once durable.
//!
//! A signature is Ed25519 over `"claviger audit checkpoint v1" ‖ 00 ‖ log id (16) ‖ seq (8, big-endian) ‖ hash (32) ‖ time
//! (8, big-endian, microseconds since the Unix epoch)`, in base64.
//!
//! The segment being written may be followed by zero bytes: space taken in advance, with which a flush needs a third
//! less time (98–106 instead of 146–149 µs on ext4; taking it without changing the file's size saves nothing). They
//! are cut off when the segment is full and when the log is closed.
//!
//! # What is not guaranteed
//! Whoever can write the files can cut the end off, or rewrite everything after the last checkpoint that somebody holds
//! elsewhere, if he also drops the checkpoints after it; up to that checkpoint, with the public key, verification finds
//! every change. Whoever has the signing key can rewrite everything. Old segments can be removed: by retention, or by
//! anybody.
#![forbid(unsafe_code)]

mod checkpoint;
mod files;
mod handle;
mod line;
mod open;
mod options;
mod queue;
mod reader;
mod scan;
mod schedule;
mod segment;
pub mod verify;
mod walk;
mod writer;

#[cfg(test)]
mod tests;

pub use checkpoint::{
    CheckpointExport, CheckpointSigner, CheckpointVerifier, Ed25519Verifier, InvalidCheckpoint, SignerError,
};
pub use files::{DirLock, FileLayer, LogFile, StdFiles};
pub use handle::{Rest, SegmentLog};
pub use line::MAX_RECORD;
pub use options::{InvalidLogId, LogId, LogOptions, OpenError, Recovery, Retention};
pub use scan::{Entry, Scan, scan};
pub use verify::Damage;
