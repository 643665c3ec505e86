//! Checks of the tree that the compiler does not make. `cargo xtask tidy`.
#![forbid(unsafe_code)]

mod files;
mod layers;

use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => {
            let mut faults = layers::check(&root);
            faults.extend(files::check(&root));
            for fault in &faults {
                eprintln!("tidy: {fault}");
            }
            if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => {
            eprintln!("usage: cargo xtask tidy");
            ExitCode::from(2)
        }
    }
}
