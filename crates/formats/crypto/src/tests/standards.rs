//! Vectors printed in the standards themselves.

use hex::{decode, encode};

use crate::*;

/// The messages "abc" and "" of FIPS 180-4's example files.
#[test]
fn digests() {
    check(HashAlg::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
    check(HashAlg::Sha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    check(HashAlg::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(HashAlg::Sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check(
        HashAlg::Sha384,
        "abc",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    );
    check(
        HashAlg::Sha512,
        "abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
         454d4423643ce80e2a9ac94fa54ca49f",
    );

    fn check(alg: HashAlg, message: &str, expected: &str) {
        let actual = digest(alg, message.as_bytes());
        assert_eq!(actual.len(), alg.digest_len());
        assert_eq!(encode(&actual), expected);
    }
}

#[test]
fn sha256_in_parts() {
    let mut hasher = Sha256Hasher::new();
    for part in [&b"a"[..], b"", b"b", b"c"] {
        hasher.update(part);
    }
    assert_eq!(hasher.finish(), sha256(b"abc"));
    assert_eq!(sha256(b"abc").as_slice(), digest(HashAlg::Sha256, b"abc"));
    assert_eq!(Sha256Hasher::default().finish(), sha256(b""));
}

/// RFC 4231 §4.3.
#[test]
fn hmac() {
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let message = b"what do ya want for nothing?";
    assert_eq!(encode(hmac_sha256(b"Jefe", message)), expected);
    let key = HmacKey::new(HashAlg::Sha256, b"Jefe");
    assert_eq!(encode(key.sign(message)), expected);
    assert_eq!(key.verify(message, &decode(expected).unwrap()), Ok(()));
    assert_eq!(key.verify(message, &decode(&expected[..32]).unwrap()), Err(CryptoError::Rejected));
    assert_eq!(key.verify(message, b""), Err(CryptoError::Rejected));
}

/// RFC 3394 §4.
#[test]
fn aes_key_wrap() {
    check(
        "000102030405060708090A0B0C0D0E0F",
        "00112233445566778899AABBCCDDEEFF",
        "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    );
    check(
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
        "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    );
    assert_eq!(aes_kw_wrap(&[0; 24], &[0; 16]), Err(CryptoError::Malformed));
    assert_eq!(aes_kw_wrap(&[0; 16], &[0; 8]), Err(CryptoError::Malformed));
    assert_eq!(aes_kw_wrap(&[0; 16], &[0; 17]), Err(CryptoError::Malformed));
    assert_eq!(aes_kw_wrap(&[0; 16], &[]), Err(CryptoError::Malformed));

    fn check(kek: &str, key: &str, wrapped: &str) {
        let (kek, key) = (decode(kek).unwrap(), decode(key).unwrap());
        let actual = aes_kw_wrap(&kek, &key).unwrap();
        assert_eq!(encode(&actual), wrapped);
        assert_eq!(*aes_kw_unwrap(&kek, &actual).unwrap(), key);
        assert_eq!(aes_kwp_unwrap(&kek, &actual), Err(CryptoError::Rejected));
    }
}

/// RFC 5649 §6 has a 192-bit KEK only, which we do not take, so the sizes are checked against its structure: the
/// payload is padded to whole blocks of 8 bytes and one block is added.
#[test]
fn aes_key_wrap_with_padding() {
    for kek in [&[1; 16][..], &[1; 32]] {
        for len in 1..=40 {
            let key = vec![0xa5; len];
            let wrapped = aes_kwp_wrap(kek, &key).unwrap();
            assert_eq!(wrapped.len(), len.next_multiple_of(8) + 8);
            assert_eq!(*aes_kwp_unwrap(kek, &wrapped).unwrap(), key);
            assert_eq!(aes_kw_unwrap(kek, &wrapped), Err(CryptoError::Rejected));
        }
    }
    assert_eq!(aes_kwp_wrap(&[0; 32], &[]), Err(CryptoError::Malformed));
    assert_eq!(aes_kwp_wrap(&[0; 24], &[0]), Err(CryptoError::Malformed));
    assert_eq!(aes_kwp_unwrap(&[0; 24], &[0; 16]), Err(CryptoError::Malformed));
    assert_eq!(aes_kwp_unwrap(&[0; 32], &[]), Err(CryptoError::Rejected));
}

/// RFC 5869 Appendix A.1.
#[test]
fn hkdf() {
    let mut okm = [0; 42];
    hkdf_sha256(
        &decode("000102030405060708090a0b0c").unwrap(),
        &[0x0b; 22],
        &decode("f0f1f2f3f4f5f6f7f8f9").unwrap(),
        &mut okm,
    )
    .unwrap();
    assert_eq!(
        encode(okm),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
    assert_eq!(hkdf_sha256(b"", b"", b"", &mut [0; 255 * 32]), Ok(()));
    assert_eq!(hkdf_sha256(b"", b"", b"", &mut [0; 255 * 32 + 1]), Err(CryptoError::TooLarge));
}

/// RFC 6070 §2 without its case of sixteen million iterations.
#[test]
fn pbkdf2_with_sha1() {
    check(b"password", b"salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6");
    check(b"password", b"salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    check(b"password", b"salt", 4096, "4b007901b765489abead49d926f721d065a429c1");
    check(
        b"passwordPASSWORDpassword",
        b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
        4096,
        "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    );
    check(b"pass\0word", b"sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3");
    assert_eq!(pbkdf2_hmac_sha1(b"", b"", 0, &mut [0; 16]), Err(CryptoError::Malformed));

    fn check(password: &[u8], salt: &[u8], iterations: u32, expected: &str) {
        let mut out = vec![0; expected.len() / 2];
        pbkdf2_hmac_sha1(password, salt, iterations, &mut out).unwrap();
        assert_eq!(encode(out), expected);
    }
}

/// RFC 7914 §11.
#[test]
fn pbkdf2_with_sha256() {
    let mut out = [0; 64];
    pbkdf2_sha256(b"passwd", b"salt", 1, &mut out).unwrap();
    assert_eq!(
        encode(out),
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
         49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    );
    assert_eq!(pbkdf2_sha256(b"", b"", 0, &mut out), Err(CryptoError::Malformed));
}

/// RFC 8032 §7.1, test 2, and §7.3.
#[test]
fn ed25519() {
    check(
        SignatureScheme::Ed25519,
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    check(
        SignatureScheme::Ed25519ph,
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "616263",
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
         31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );

    fn check(scheme: SignatureScheme, seed: &str, public: &str, message: &str, signature: &str) {
        let der = decode(format!("302e020100300506032b657004220420{seed}")).unwrap();
        let key = PrivateKey::from_pkcs8(&der).unwrap();
        assert_eq!(encode(key.public_key_der().unwrap()), format!("302a300506032b6570032100{public}"));
        let message = decode(message).unwrap();
        let actual = key.sign(scheme, Input::Message(&message)).unwrap();
        assert_eq!(encode(&actual), signature);
        assert_eq!(key.public_key().unwrap().verify(scheme, Input::Message(&message), &actual), Ok(()));
    }
}

/// RFC 8410 §10.3: version 2 with attributes and the public key, which must be the right one.
#[test]
fn ed25519_version_2() {
    let der = decode(concat!(
        "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
        "a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273",
        "81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
    ))
    .unwrap();
    let key = PrivateKey::from_pkcs8(&der).unwrap();
    assert_eq!(key.kind(), KeyKind::Ed25519);
    assert!(encode(key.public_key_der().unwrap()).ends_with("ad703166e1"));

    let mut wrong = der;
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(PrivateKey::from_pkcs8(&wrong).err(), Some(CryptoError::Malformed));
}

/// NIST's GCM examples (The Galois/Counter Mode of Operation, Appendix B, cases 1, 2 and 14).
#[test]
fn aes_gcm() {
    check(&[0; 16], b"", "58e2fccefa7e3061367f1d57a4e7455a");
    check(&[0; 16], &[0; 16], "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf");
    check(&[0; 32], &[0; 16], "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    assert_eq!(AesGcm::new(&[0; 24]).err(), Some(CryptoError::Malformed));
    assert_eq!(AesGcm::new(&[]).err(), Some(CryptoError::Malformed));

    fn check(key: &[u8], plaintext: &[u8], sealed: &str) {
        let key = AesGcm::new(key).unwrap();
        let actual = key.seal(&[0; 12], b"", plaintext).unwrap();
        assert_eq!(encode(&actual), sealed);
        assert_eq!(key.open(&[0; 12], b"", &actual).unwrap().as_slice(), plaintext);
        assert_eq!(key.open(&[0; 12], b"x", &actual), Err(CryptoError::Rejected));
        assert_eq!(key.open(&[0; 12], b"", &actual[1..]), Err(CryptoError::Rejected));
    }
}

/// SP 800-38A F.2.1, F.2.5, F.5.1 and F.5.5, first two blocks.
#[test]
fn aes_cbc_and_ctr() {
    const AES_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
    const AES_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    let cbc = "000102030405060708090a0b0c0d0e0f";
    let ctr = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    let (encrypt, decrypt) = (aes_cbc_encrypt, aes_cbc_decrypt);
    check(encrypt, decrypt, AES_128, cbc, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
    check(encrypt, decrypt, AES_256, cbc, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
    let (encrypt, decrypt) = (aes_ctr_encrypt, aes_ctr_decrypt);
    check(encrypt, decrypt, AES_128, ctr, "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff");
    check(encrypt, decrypt, AES_256, ctr, "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5");

    type Mode<T> = fn(&[u8], &[u8; 16], &[u8]) -> Result<T, CryptoError>;

    fn check(encrypt: Mode<Vec<u8>>, decrypt: Mode<Secret>, key: &str, iv: &str, ciphertext: &str) {
        let plaintext = decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").unwrap();
        let (key, iv) = (decode(key).unwrap(), decode(iv).unwrap().try_into().unwrap());
        let made = encrypt(&key, &iv, &plaintext).unwrap();
        assert_eq!(encode(&made), ciphertext);
        assert_eq!(*decrypt(&key, &iv, &made).unwrap(), plaintext);
        assert_eq!(encrypt(&key, &iv, b""), Ok(Vec::new()));
        assert_eq!(encrypt(&[0; 24], &iv, &plaintext), Err(CryptoError::Malformed));
        assert_eq!(decrypt(&[], &iv, &plaintext), Err(CryptoError::Malformed));
    }
}

#[test]
fn aes_cbc_takes_whole_blocks_and_aes_ctr_takes_anything() {
    let (key, iv) = ([1; 32], [2; 16]);
    for len in [1, 15, 17, 31] {
        let text = vec![3; len];
        assert_eq!(aes_cbc_encrypt(&key, &iv, &text), Err(CryptoError::Malformed), "{len}");
        assert_eq!(aes_cbc_decrypt(&key, &iv, &text), Err(CryptoError::Malformed), "{len}");
        let made = aes_ctr_encrypt(&key, &iv, &text).unwrap();
        assert_eq!(*aes_ctr_decrypt(&key, &iv, &made).unwrap(), text);
    }
}

/// The lengths of FIPS 204 table 2; the key is the end of its frame.
#[test]
fn ml_dsa_public_keys() {
    for (level, len) in [(44, 1312), (65, 1952), (87, 2592)] {
        let spki = PrivateKey::generate_ml_dsa(level).unwrap().public_key_der().unwrap();
        let raw = ml_dsa_public_key_bytes(&spki).unwrap();
        assert_eq!(raw.len(), len);
        assert!(spki.ends_with(raw));
        assert_eq!(ml_dsa_public_key_bytes(&spki[..spki.len() - 1]), None);
        assert_eq!(ml_dsa_public_key_bytes(raw), None);
    }
    let other = PrivateKey::generate_ed25519().unwrap().public_key_der().unwrap();
    assert_eq!(ml_dsa_public_key_bytes(&other), None);
}

#[test]
fn random_bytes_differ() {
    let (mut a, mut b) = ([0; 32], [0; 32]);
    fill(&mut a).unwrap();
    fill(&mut b).unwrap();
    assert_ne!(a, b);
    assert_ne!(a, [0; 32]);
    assert!(constant_time_eq(&a, &a));
    assert!(!constant_time_eq(&a, &b));
    assert!(!constant_time_eq(&a, &a[..31]));
}
