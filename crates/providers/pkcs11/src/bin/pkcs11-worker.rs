//! The worker as a program of its own, for the tests: the tests' program can't be started as one.

use std::process::ExitCode;

fn main() -> ExitCode {
    claviger_provider_pkcs11::worker::main()
}
