//! The commands from outside: run as processes against a service that is one, too.
#![cfg(test)]

mod administration;
mod demo;
mod keys;
mod problems;
mod restore;
mod service;
