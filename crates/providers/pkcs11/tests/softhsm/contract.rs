//! The provider keeps the contract of the port, but for what SoftHSM has not.

use claviger_conformance::provider::{Gap, run};
use claviger_types::{KeySpec, KeyUsage, MessageType, SigningAlgorithm};

use crate::token::SoftHsm;

#[test]
fn contract() {
    let hsm = SoftHsm::new();
    let ml_dsa = [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87];
    let mut gaps: Vec<Gap> = ml_dsa
        .into_iter()
        .flat_map(|spec| [Gap::Generate(spec, KeyUsage::Sign), Gap::Import(spec, KeyUsage::Sign)])
        .collect();
    gaps.push(Gap::Sign(SigningAlgorithm::Ed25519ph, MessageType::Raw));
    run(|| hsm.ready(hsm.config()), &gaps);
}
