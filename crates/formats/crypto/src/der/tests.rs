use super::*;

#[test]
fn private_keys() {
    let ed25519 = "302e020100300506032b657004220420";
    let seed = "00".repeat(32);
    check(&format!("{ed25519}{seed}"), Ok(Algorithm::Ed25519));

    // Truncated, and with something behind it.
    check("", Err(CryptoError::Malformed));
    check("30", Err(CryptoError::Malformed));
    check(ed25519, Err(CryptoError::Malformed));
    check(&format!("{ed25519}{seed}00"), Err(CryptoError::Malformed));
    // Unknown version; no private key; wrong type of private key.
    check("3013020102300506032b657004070405000000000a", Err(CryptoError::Malformed));
    check("300a020100300506032b6570", Err(CryptoError::Malformed));
    check("300e020100300506032b657003020400", Err(CryptoError::Malformed));
    // Attributes are skipped in either version, a public key only belongs to version 2.
    check("3010020100300506032b657004020400a000", Ok(Algorithm::Ed25519));
    check("3012020101300506032b657004020400a0008100", Ok(Algorithm::Ed25519));
    check("3010020100300506032b6570040204008100", Err(CryptoError::Malformed));
    check("3012020101300506032b6570040204008100a000", Err(CryptoError::Malformed));
    // The private key is not one element.
    check("300c020100300506032b65700400", Err(CryptoError::Malformed));
    check("3010020100300506032b6570040404000400", Err(CryptoError::Malformed));
    // A length in more bytes than it needs; the indefinite form.
    check("30810e020100300506032b657004020400", Err(CryptoError::Malformed));
    check("3080020100300506032b6570040204000000", Err(CryptoError::Malformed));
    // X25519.
    check("300e020100300506032b656e04020400", Err(CryptoError::Unsupported));
    // ML-DSA-65: seed, both, expanded only.
    check("3014020100300b0609608648016503040312040280", Err(CryptoError::Malformed));
    check("3014020100300b060960864801650304031204028000", Ok(Algorithm::MlDsa(65)));
    check("3014020100300b060960864801650304031204023000", Ok(Algorithm::MlDsa(65)));
    check("3014020100300b060960864801650304031204020400", Err(CryptoError::Unsupported));

    fn check(der: &str, expected: Result<Algorithm, CryptoError>) {
        assert_eq!(private_key_algorithm(&hex::decode(der).unwrap()), expected, "{der}");
    }
}

#[test]
fn public_keys() {
    check("300906052b65700300", Err(CryptoError::Malformed));
    check("3009300506032b65700300", Ok(Algorithm::Ed25519));
    check("3009300506032b6570030000", Err(CryptoError::Malformed));
    check("300b300506032b657003000400", Err(CryptoError::Malformed));
    check("3009300506032b65700400", Err(CryptoError::Malformed));
    // id-ecPublicKey with P-256.
    let p256 = "301306072a8648ce3d020106082a8648ce3d030107";
    check(&format!("3019{p256}03020002"), Ok(Algorithm::Ec(Curve::P256)));
    check(&format!("3019{p256}03020003"), Ok(Algorithm::Ec(Curve::P256)));
    check(&format!("3019{p256}03020004"), Ok(Algorithm::Ec(Curve::P256)));
    // No point, the point at infinity, hybrid forms, unused bits.
    check(&format!("3017{p256}0300"), Err(CryptoError::Malformed));
    check(&format!("3019{p256}03020000"), Err(CryptoError::Malformed));
    check(&format!("3019{p256}03020006"), Err(CryptoError::Malformed));
    check(&format!("3019{p256}03020007"), Err(CryptoError::Malformed));
    check(&format!("3019{p256}03020104"), Err(CryptoError::Malformed));
    // Explicit parameters, none, P-224, secp256k1, something behind the curve.
    check("300f300b06072a8648ce3d020130000300", Err(CryptoError::Malformed));
    check("300d300906072a8648ce3d02010300", Err(CryptoError::Malformed));
    check("3014301006072a8648ce3d020106052b810400210300", Err(CryptoError::Unsupported));
    check("3016301006072a8648ce3d020106052b8104000a03020004", Ok(Algorithm::Ec(Curve::Secp256k1)));
    check("3016301206072a8648ce3d020106052b8104000a05000300", Err(CryptoError::Malformed));

    fn check(der: &str, expected: Result<Algorithm, CryptoError>) {
        assert_eq!(public_key_algorithm(&hex::decode(der).unwrap()), expected, "{der}");
    }
}

#[test]
fn lengths() {
    check(0x7f, &[0x7f], true);
    check(0x7f, &[0x81, 0x7f], false);
    check(0x80, &[0x81, 0x80], true);
    check(0xff, &[0x82, 0x00, 0xff], false);
    check(0x100, &[0x82, 0x01, 0x00], true);
    check(0xffff, &[0x82, 0xff, 0xff], true);
    check(0xffff, &[0x83, 0x00, 0xff, 0xff], false);
    check(0x1_0000, &[0x83, 0x01, 0x00, 0x00], false);

    fn check(len: usize, encoded: &[u8], accepted: bool) {
        let der = [&[OCTET_STRING], encoded, &vec![0; len]].concat();
        assert_eq!(Reader::whole(&der, OCTET_STRING).is_ok(), accepted, "{encoded:x?}");
    }
}

/// As OpenSSL writes it into a certificate.
#[test]
fn subject_key_identifiers() {
    let p256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200045965cde9ba4fa75f84e8d636a9ca787b95a5050360aaf287\
                aedc917b6741c2b087e99ccd72b29f5fab9d4ceb9ae257c8f6b58c6e672d9244f01fa53874b425a0";
    check(p256, Some("d78380fed43145be8d00c8e23d874f8133f50110"));
    check(
        "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
        Some("a28cc1f86e5960d3e03ae75c962c97a8d448293c"),
    );
    check("", None);
    check("3000", None);
    // Unused bits; something behind it.
    check("3009300006032b65700301", None);
    check("30053000030101", None);
    check("3006300003010000", None);

    fn check(spki: &str, expected: Option<&str>) {
        let identifier = subject_key_identifier(&hex::decode(spki).unwrap());
        assert_eq!(identifier.map(hex::encode).as_deref(), expected, "{spki}");
    }
}
