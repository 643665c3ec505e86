use claviger_crypto::{PrivateKey, digest};

use super::*;

fn keys() -> Vec<PrivateKey> {
    let ec = CURVES.map(|curve| PrivateKey::generate_ec(curve).unwrap());
    let others = [PrivateKey::generate_rsa(2048).unwrap(), PrivateKey::generate_ed25519().unwrap()];
    ec.into_iter().chain(others).collect()
}

#[test]
fn public_keys_are_put_together_from_what_tokens_say() {
    for key in keys() {
        let (kind, spki) = (key.kind(), key.public_key_der().unwrap());
        let mut parts = PublicParts::default();
        match rsa_parts(&spki) {
            Some((modulus, exponent)) => (parts.modulus, parts.exponent) = (modulus, exponent),
            None => parts.point = wrapped_point(&spki).unwrap(),
        }
        assert_eq!(public_key(kind, &parts).unwrap().der(), spki, "{kind:?}");

        // Raw points, leading zeros, and a token that knows the whole.
        parts.point = point_of_spki(&spki).unwrap();
        parts.modulus.insert(0, 0);
        assert_eq!(public_key(kind, &parts).unwrap().der(), spki, "{kind:?}");
        let whole = PublicParts { info: spki.clone(), ..PublicParts::default() };
        assert_eq!(public_key(kind, &whole).unwrap().der(), spki, "{kind:?}");

        assert!(public_key(kind, &PublicParts::default()).is_none());
        let short = PublicParts { point: vec![4; 20], modulus: vec![1; 20], ..PublicParts::default() };
        assert!(public_key(kind, &short).is_none());
        let other = if kind == KeyKind::Ed25519 { KeyKind::Rsa(2048) } else { KeyKind::Ed25519 };
        assert!(public_key(other, &whole).is_none(), "{kind:?} passes for {other:?}");
    }
}

#[test]
fn curves_have_names() {
    for key in keys() {
        let kind = key.kind();
        match curve_params(kind) {
            Some(params) => assert_eq!(kind_of_params(&params), Some(kind)),
            None => assert_eq!(kind, KeyKind::Rsa(2048)),
        }
    }
    assert_eq!(kind_of_params(ED25519_BY_NAME), Some(KeyKind::Ed25519));
    assert_eq!(kind_of_params(&[6, 1, 42]), None);
    assert_eq!(kind_of_params(&[]), None);
}

#[test]
fn a_digest_info_is_that_of_the_specification() {
    // RFC 8017 §9.2, notes: the bytes before the digest.
    let check = |hash, prefix: &str| {
        let digest = digest(hash, b"message");
        let expected = [hex::decode(prefix).unwrap(), digest.clone()].concat();
        assert_eq!(digest_info(hash, &digest), Some(expected));
    };
    check(HashAlg::Sha1, "3021300906052b0e03021a05000414");
    check(HashAlg::Sha256, "3031300d060960864801650304020105000420");
    check(HashAlg::Sha384, "3041300d060960864801650304020205000430");
    check(HashAlg::Sha512, "3051300d060960864801650304020305000440");
}

#[test]
fn private_keys_are_taken_apart() {
    for key in keys() {
        let pkcs8 = key.to_pkcs8().unwrap();
        match private_parts(key.kind(), &pkcs8).unwrap() {
            PrivateParts::Rsa(parts) => {
                assert_eq!(parts.modulus.len(), 256);
                assert_eq!(parts.prime_1.len(), 128);
                assert_eq!(parts.public_exponent, [1, 0, 1]);
                assert!(parts.coefficient.len() <= 128 && parts.private_exponent.len() <= 256);
                assert!(parts.exponent_1.len() <= 128 && parts.exponent_2.len() <= 128);
                assert_eq!(parts.prime_2.len(), 128);
            }
            PrivateParts::Ec(scalar) => assert!([32, 48, 66].contains(&scalar.len())),
        }
        assert!(private_parts(key.kind(), &pkcs8[1..]).is_none());
    }
}
