use super::*;

#[test]
fn a_key_has_the_schemes_of_its_own_algorithms_only() {
    for spec in KeySpec::ALL {
        for algorithm in SigningAlgorithm::ALL {
            let expected = SigningAlgorithm::of(spec).contains(&algorithm);
            assert_eq!(scheme(spec, algorithm).is_some(), expected, "{spec:?} {algorithm:?}");
        }
        assert_eq!(key_kind(spec).is_none(), spec.is_symmetric(), "{spec:?}");
    }
}

#[test]
fn what_a_key_is_and_what_it_is_called_are_the_same() {
    for (spec, kind) in KeySpec::ALL.into_iter().filter_map(|spec| Some((spec, key_kind(spec)?))) {
        assert_eq!(key_spec(kind), Some(spec));
    }
    assert_eq!(key_spec(KeyKind::Rsa(1024)), None);
    assert_eq!(key_spec(KeyKind::MlDsa(1)), None);
}

#[test]
fn schemes_and_codes_have_the_hashes_in_their_names() {
    let name = |hash| format!("{hash:?}").to_uppercase();
    for algorithm in SigningAlgorithm::ALL {
        let scheme = KeySpec::ALL.into_iter().find_map(|spec| scheme(spec, algorithm)).unwrap();
        match prehash(scheme) {
            Some(hash) => assert!(without_joints(algorithm.name()).ends_with(&name(hash)), "{algorithm:?}"),
            None => assert!(matches!(
                algorithm,
                SigningAlgorithm::Ed25519 | SigningAlgorithm::Ed25519ph | SigningAlgorithm::MlDsa
            )),
        }
    }
    for algorithm in MacAlgorithm::ALL {
        assert!(without_joints(algorithm.name()).ends_with(&name(mac_hash(algorithm))), "{algorithm:?}");
    }
    for algorithm in EncryptionAlgorithm::ALL {
        match oaep_hash(algorithm) {
            Some(hash) => assert!(without_joints(algorithm.name()).ends_with(&name(hash)), "{algorithm:?}"),
            None => assert_eq!(algorithm, EncryptionAlgorithm::SymmetricDefault),
        }
    }
}

fn without_joints(name: &str) -> String {
    name.replace('_', "")
}

#[test]
fn what_is_made_is_of_the_kind_that_was_asked_for() {
    // Longer RSA keys take seconds to find.
    let quick = |kind: &KeyKind| !matches!(kind, KeyKind::Rsa(3072 | 4096));
    for kind in KeySpec::ALL.into_iter().filter_map(key_kind).filter(quick) {
        assert_eq!(claviger_crypto::PrivateKey::generate(kind).unwrap().kind(), kind);
    }
    assert!(claviger_crypto::PrivateKey::generate(KeyKind::Rsa(1024)).is_err());
    assert!(claviger_crypto::PrivateKey::generate(KeyKind::MlDsa(1)).is_err());
}
