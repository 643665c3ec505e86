//! The provider keeps the contract of the port.

use std::sync::Arc;

use claviger_conformance::provider::{Gap, run};
use claviger_software::{Config, SoftwareProvider};
use claviger_types::{KeySpec, KeyUsage};

#[test]
fn contract() {
    let make = || SoftwareProvider::start("software".parse().unwrap(), Config::default()).unwrap();
    let gaps = [
        Gap::Generate(KeySpec::Aes256, KeyUsage::RawEncrypt),
        Gap::Import(KeySpec::Aes256, KeyUsage::RawEncrypt),
        Gap::FinalDestruction,
    ];
    run(|| Arc::new(make()), &gaps);
}
