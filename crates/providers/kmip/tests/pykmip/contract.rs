//! The provider keeps the contract of the port, but for what PyKMIP has not.

use claviger_conformance::provider::{Gap, run};
use claviger_pykmip::PyKmip;
use claviger_types::{KeySpec, KeyUsage, MessageType, SigningAlgorithm};

use crate::server::{config, ready};

#[test]
fn contract() {
    let server = PyKmip::start();
    run(|| ready(config(&server)), &gaps());
}

/// PyKMIP makes RSA and AES keys only, signs messages with PKCS #1 only (PSS with another length of salt than anybody asks
/// for), decrypts with AES only, and gives no random bytes.
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
        .chain([Gap::Random])
        .collect()
}
