use super::*;

#[test]
fn a_key_has_the_schemes_of_its_own_algorithms_only() {
    for spec in KeySpec::ALL {
        for algorithm in SigningAlgorithm::ALL {
            let expected = SigningAlgorithm::of(spec).contains(&algorithm);
            match scheme(spec, algorithm) {
                Ok(_) => assert!(expected, "{spec:?} {algorithm:?}"),
                Err(error) => {
                    assert!(matches!(error, ProviderError::Unsupported));
                    assert!(!expected, "{spec:?} {algorithm:?}");
                }
            }
        }
        assert_eq!(key_kind(spec).is_none(), spec.is_symmetric(), "{spec:?}");
    }
}

#[test]
fn schemes_and_codes_have_the_hashes_in_their_names() {
    let name = |hash| format!("{hash:?}").to_uppercase();
    for algorithm in SigningAlgorithm::ALL {
        let scheme = KeySpec::ALL.into_iter().find_map(|spec| scheme(spec, algorithm).ok()).unwrap();
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
            Ok(hash) => assert!(without_joints(algorithm.name()).ends_with(&name(hash)), "{algorithm:?}"),
            Err(_) => assert_eq!(algorithm, EncryptionAlgorithm::SymmetricDefault),
        }
    }
}

fn without_joints(name: &str) -> String {
    name.replace('_', "")
}

#[test]
fn a_wrong_signature_is_an_answer() {
    assert!(matches!(verdict(Ok(())), Ok(true)));
    assert!(matches!(verdict(Err(CryptoError::Rejected)), Ok(false)));
    assert!(matches!(verdict(Err(CryptoError::Malformed)), Err(ProviderError::Rejected)));
    assert!(matches!(verdict(Err(CryptoError::TooLarge)), Err(ProviderError::Rejected)));
    assert!(matches!(verdict(Err(CryptoError::Unsupported)), Err(ProviderError::Unsupported)));
    assert!(matches!(verdict(Err(CryptoError::Internal)), Err(ProviderError::Internal(_))));
}
