//! The provider keeps the contract of the port, but for what PyKMIP has not.

use std::time::Duration;

use claviger_conformance::provider::Gap;
use claviger_pykmip::PyKmip;
use claviger_types::{KeySpec, KeyUsage, MessageType, SigningAlgorithm};

use crate::server::{config, keeps_the_contract, ready};

#[test]
fn contract() {
    let server = PyKmip::start();
    keeps_the_contract(
        || {
            let mut config = config(&server);
            // It computes with one processor, whatever else happens on the machine.
            config.deadline = Duration::from_secs(60);
            ready(config)
        },
        &gaps(),
    );
}

/// PyKMIP makes RSA and AES keys only, signs messages with PKCS #1 only (PSS with another length of salt than anybody asks
/// for), decrypts with AES only, and gives no random bytes. It reads a private key anew for each signature, and checks it.
fn gaps() -> Vec<Gap> {
    let kinds = KeySpec::ALL.into_iter().flat_map(|spec| KeyUsage::ALL.map(|usage| (spec, usage)));
    let missing = kinds.filter(|(spec, usage)| spec.allows(*usage)).flat_map(|(spec, usage)| {
        let made = match usage {
            KeyUsage::Sign => spec.rsa_bits().is_some(),
            KeyUsage::Encrypt | KeyUsage::RawEncrypt => true,
            _ => false,
        };
        let generate = (!made).then_some(Gap::Generate(spec, usage));
        let import = (!made && usage != KeyUsage::Mac).then_some(Gap::Import(spec, usage));
        generate.into_iter().chain(import)
    });
    let pkcs1 = [
        SigningAlgorithm::RsaPkcs1Sha256,
        SigningAlgorithm::RsaPkcs1Sha384,
        SigningAlgorithm::RsaPkcs1Sha512,
    ];
    let pss =
        [SigningAlgorithm::RsaPssSha256, SigningAlgorithm::RsaPssSha384, SigningAlgorithm::RsaPssSha512];
    missing
        .chain(pkcs1.map(|algorithm| Gap::Sign(algorithm, MessageType::Digest)))
        .chain(pss.map(|algorithm| Gap::Sign(algorithm, MessageType::Digest)))
        .chain(pss.map(|algorithm| Gap::Sign(algorithm, MessageType::Raw)))
        .chain([Gap::Random, Gap::Slow(KeySpec::Rsa3072), Gap::Slow(KeySpec::Rsa4096)])
        .collect()
}
