//! The SQLite store from outside: the contract of all stores, and what only a store in a file has to withstand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test a panic is the verdict")]

mod contract;
mod erasure;
mod faults;
mod files;
mod power;
mod records;
mod volume;
