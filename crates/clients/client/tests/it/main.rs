//! The client against a real service in the same process, and against servers that behave badly.
#![cfg(test)]

mod calls;
mod certificates;
mod handshakes;
mod limits;
mod retries;
mod scripted;
mod service;
