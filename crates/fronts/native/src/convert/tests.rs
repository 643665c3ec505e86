use claviger_api as api;
use claviger_types as types;

use super::{Twin, limit, message, plaintext, usual_usage};

/// The names on the wire are those of the domain, so that audit log, policies and API speak of the same.
#[test]
fn names_are_those_of_the_domain() {
    for spec in types::KeySpec::ALL {
        let wire: api::KeySpec = spec.twin();
        assert_eq!(wire.as_str(), spec.name());
        assert_eq!(<api::KeySpec as Twin<types::KeySpec>>::twin(wire), spec);
    }
    for usage in types::KeyUsage::ALL {
        assert_eq!(Twin::<api::KeyUsage>::twin(usage).as_str(), usage.name());
    }
    for algorithm in types::SigningAlgorithm::ALL {
        assert_eq!(Twin::<api::SigningAlgorithm>::twin(algorithm).as_str(), algorithm.name());
    }
    for algorithm in types::WrappingAlgorithm::ALL {
        assert_eq!(Twin::<api::WrappingAlgorithm>::twin(algorithm).as_str(), algorithm.name());
    }
    for operation in types::GrantOperation::ALL {
        assert_eq!(Twin::<api::GrantOperation>::twin(*operation).as_str(), operation.name());
    }
    for algorithm in api::MacAlgorithm::ALL {
        assert_eq!(Twin::<types::MacAlgorithm>::twin(*algorithm).name(), algorithm.as_str());
    }
    for algorithm in api::EncryptionAlgorithm::ALL {
        assert_eq!(Twin::<types::EncryptionAlgorithm>::twin(*algorithm).name(), algorithm.as_str());
    }
    for kind in api::MessageType::ALL {
        assert_eq!(Twin::<types::MessageType>::twin(*kind).name(), kind.as_str());
    }
    for spec in api::WrappingKeySpec::ALL {
        assert_eq!(Twin::<types::WrappingKeySpec>::twin(*spec).key_spec().name(), spec.as_str());
    }
}

#[test]
fn the_usual_usage_is_one_that_the_spec_allows() {
    for spec in types::KeySpec::ALL {
        assert!(spec.allows(usual_usage(spec)), "{}", spec.name());
    }
}

#[test]
fn bounds() {
    let secret = |len| api::Secret(vec![0; len].into());
    assert!(plaintext(secret(0)).is_ok());
    assert!(plaintext(secret(65_536)).is_ok());
    assert!(plaintext(secret(65_537)).is_err());
    assert!(message(api::Base64(vec![])).is_err());
    assert!(message(api::Base64(vec![0; 65_536])).is_ok());
    assert!(message(api::Base64(vec![0; 65_537])).is_err());
    assert_eq!(limit(None).unwrap(), 100);
    assert_eq!(limit(Some(1000)).unwrap(), 1000);
    assert!(limit(Some(0)).is_err());
    assert!(limit(Some(1001)).is_err());
}
