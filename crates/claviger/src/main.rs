//! Claviger, the program: `claviger dev`, `claviger init`, `claviger serve`, and what administers a running service.
//!
//! The only place that names concrete fronts, providers and stores.
#![forbid(unsafe_code)]

mod ambient;
mod audit_key;
mod backups;
mod cli;
mod config;
mod data_dir;
mod demo;
mod dev;
mod devices;
mod failure;
mod files;
mod first;
mod google_account;
mod header_file;
mod installation;
mod listen;
mod logging;
mod open;
mod process;
mod reconcile;
mod restore;
mod server;
mod unlock;
mod web;
mod worker;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// As which the program starts itself, for a vendor's module.
const WORKER: &str = "pkcs11-worker";

fn main() -> ExitCode {
    // Before anything else: what is started already would not be confined.
    if env::args_os().nth(1).is_some_and(|argument| argument == WORKER) {
        return claviger_provider_pkcs11::worker::main();
    }
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_told() {
                // If nobody listens, the exit code still tells.
                let _ = writeln!(io::stderr(), "claviger: {failure}");
            }
            failure.exit_code()
        }
    }
}
