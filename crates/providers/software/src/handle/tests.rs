use super::*;

#[test]
fn encoding_is_as_stored() {
    for (spec, usage, header) in [
        (KeySpec::Aes256, KeyUsage::Encrypt, [1, 1, 2]),
        (KeySpec::Hmac256, KeyUsage::Mac, [1, 8, 4]),
        (KeySpec::EcP384, KeyUsage::KeyAgreement, [1, 3, 3]),
        (KeySpec::Rsa4096, KeyUsage::AsymmetricDecrypt, [1, 16, 1]),
        (KeySpec::Rsa4096, KeyUsage::Sign, [1, 16, 6]),
    ] {
        let handle = encode(spec, usage, b"key");
        assert_eq!(handle.0.expose(), [&header[..], b"key"].concat());
        assert_eq!(decode(spec, &handle).unwrap(), (usage, &b"key"[..]));
    }
}

#[test]
fn codes_are_distinct() {
    for (i, a) in KeySpec::ALL.into_iter().enumerate() {
        for b in KeySpec::ALL.into_iter().skip(i + 1) {
            assert_ne!(spec_code(a), spec_code(b), "{a:?} and {b:?}");
        }
    }
    for (i, a) in KeyUsage::ALL.into_iter().enumerate() {
        for b in KeyUsage::ALL.into_iter().skip(i + 1) {
            assert_ne!(usage_code(a), usage_code(b), "{a:?} and {b:?}");
        }
    }
}

#[test]
fn others_are_rejected() {
    for (spec, bytes) in [
        (KeySpec::Aes256, &b""[..]),
        (KeySpec::Aes256, &[1]),
        (KeySpec::Aes256, &[1, 1]),
        // Another version.
        (KeySpec::Aes256, &[0, 1, 2, 9]),
        (KeySpec::Aes256, &[2, 1, 2, 9]),
        // Another specification.
        (KeySpec::Hmac256, &[1, 1, 2, 9]),
        // A usage that there is not, or that the specification does not allow.
        (KeySpec::Aes256, &[1, 1, 0, 9]),
        (KeySpec::Aes256, &[1, 1, 7, 9]),
        (KeySpec::Aes256, &[1, 1, 6, 9]),
    ] {
        let handle = Handle(SecretBytes::new(bytes.to_vec()));
        assert!(matches!(decode(spec, &handle), Err(ProviderError::Rejected)), "{spec:?} {bytes:?}");
    }
}
