use claviger_types::{KeyAlgorithm, KeySpec, KeyUsage, SigningAlgorithm};

use super::{IMPORT_METHODS, TABLE, import_method, name, of, purpose, usage, wrapping};
use crate::wire::kms::{
    crypto_key::CryptoKeyPurpose, crypto_key_version::CryptoKeyVersionAlgorithm as Algorithm,
};

#[test]
fn every_algorithm_comes_back() {
    for (algorithm, meaning) in TABLE {
        assert_eq!(of(*algorithm), Some(*meaning));
        assert_eq!(name(meaning.spec, meaning.usage, meaning.algorithm), *algorithm);
        assert!(meaning.spec.allows(meaning.usage), "{algorithm:?}");
        if let Some(restriction) = meaning.algorithm {
            assert!(restriction.fits(meaning.spec, meaning.usage), "{algorithm:?}");
        }
    }
}

#[test]
fn keys_of_other_protocols_have_a_name_where_it_says_all() {
    let sign = |spec| name(spec, KeyUsage::Sign, None);
    assert_eq!(sign(KeySpec::EcP256), Algorithm::EcSignP256Sha256);
    assert_eq!(sign(KeySpec::MlDsa65), Algorithm::PqSignMlDsa65);
    assert_eq!(sign(KeySpec::Ed25519), Algorithm::EcSignEd25519);
    assert_eq!(sign(KeySpec::Rsa2048), Algorithm::Unspecified);
    assert_eq!(sign(KeySpec::EcP521), Algorithm::Unspecified);
    let ph = Some(KeyAlgorithm::Sign(SigningAlgorithm::Ed25519ph));
    assert_eq!(name(KeySpec::Ed25519, KeyUsage::Sign, ph), Algorithm::Unspecified);
}

#[test]
fn purposes_come_back() {
    for number in 0..=11 {
        let Ok(known) = CryptoKeyPurpose::try_from(number) else { continue };
        if let Some(usage) = usage(known) {
            assert_eq!(purpose(usage), known);
        }
    }
}

#[test]
fn import_methods_come_back() {
    for (method, algorithm, spec) in IMPORT_METHODS {
        assert_eq!(wrapping(method), Some((algorithm, spec)));
        assert_eq!(import_method(algorithm, spec), method);
    }
}
