use crate::{Curve, KeyKind, PrivateKey, PublicKey, ecdsa_signature_der};

#[test]
fn points_become_keys() {
    for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1] {
        let spki = PrivateKey::generate_ec(curve).unwrap().public_key_der().unwrap();
        let len = 1 + 2 * match curve {
            Curve::P256 | Curve::Secp256k1 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        };
        let point = &spki[spki.len() - len..];
        assert_eq!(PublicKey::from_point(curve, point).unwrap().der(), spki, "{curve:?}");
        let compressed = [&[2 + (point[len - 1] & 1)], &point[1..=len / 2]].concat();
        assert_eq!(PublicKey::from_point(curve, &compressed).unwrap().der(), spki, "{curve:?}");

        let mut off_curve = point.to_vec();
        off_curve[len - 1] ^= 1;
        let other = if curve == Curve::P384 { Curve::P256 } else { Curve::P384 };
        for (curve, wrong) in [(curve, &off_curve[..]), (curve, &point[1..]), (curve, &[]), (other, point)] {
            assert!(PublicKey::from_point(curve, wrong).is_err(), "{curve:?}: {} bytes", wrong.len());
        }
    }
}

#[test]
fn numbers_become_rsa_keys() {
    let key = PrivateKey::generate_rsa(2048).unwrap().public_key().unwrap();
    // 24 bytes of SubjectPublicKeyInfo, 9 of RSAPublicKey, 256 of modulus, 5 of exponent.
    let pkcs1 = &key.der()[24..];
    let modulus = &pkcs1[9..265];
    for modulus in [modulus.to_vec(), [&[0, 0], modulus].concat()] {
        assert_eq!(PublicKey::from_rsa_parts(&modulus, &[1, 0, 1]).unwrap().der(), key.der());
    }
    let read = PublicKey::from_pkcs1_der(pkcs1).unwrap();
    assert_eq!((read.der(), read.kind()), (key.der(), KeyKind::Rsa(2048)));
    for wrong in [&[][..], &pkcs1[1..], &pkcs1[..pkcs1.len() - 1], key.der()] {
        assert!(PublicKey::from_pkcs1_der(wrong).is_err(), "{} bytes", wrong.len());
    }
    assert!(PublicKey::from_rsa_parts(&modulus[..20], &[1, 0, 1]).is_err());
    assert!(PublicKey::from_rsa_parts(&[], &[]).is_err());
    assert!(PublicKey::from_rsa_parts(&[1; 70_000], &[3]).is_err());
}

#[test]
fn ecdsa_signatures_become_der() {
    let check = |raw: &[u8], expected: Option<&str>| {
        assert_eq!(ecdsa_signature_der(raw).map(hex::encode).as_deref(), expected, "{raw:?}");
    };
    check(&[], None);
    check(&[1, 2, 3], None);
    check(&[1, 2], Some("3006020101020102"));
    check(&[0, 1, 0x80, 0], Some("30080201010203008000"));
    check(&[0, 0, 0, 1], Some("3006020100020101"));
}
