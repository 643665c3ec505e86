//! The provider keeps the contract of the port.

use std::sync::Arc;

use claviger_conformance::provider::{Gap, run};
use claviger_software::{Config, SoftwareProvider};

#[test]
fn contract() {
    let make = || SoftwareProvider::start("software".parse().unwrap(), Config::default()).unwrap();
    run(|| Arc::new(make()), &[Gap::FinalDestruction]);
}
