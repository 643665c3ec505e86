use claviger_crypto::{Curve, PrivateKey};
use claviger_kmip::{
    enums::{CryptographicAlgorithm, RecommendedCurve},
    objects::{EcPublicKey, RsaPublicKey},
    value::BigInteger,
};
use claviger_types::SecretBytes;

use super::*;

fn block(format: KeyFormatType, material: KeyMaterial) -> KeyBlock {
    KeyBlock::plain(format, material, CryptographicAlgorithm::Rsa, 2048)
}

fn bytes(format: KeyFormatType, bytes: &[u8]) -> KeyBlock {
    block(format, KeyMaterial::Bytes(SecretBytes::new(bytes.to_vec())))
}

#[test]
fn every_form_of_an_rsa_key_is_read() {
    let key = PrivateKey::generate_rsa(2048).unwrap().public_key().unwrap();
    let (spki, pkcs1) = (key.der(), &key.der()[24..]);
    let transparent = RsaPublicKey {
        modulus: BigInteger::from_magnitude(&pkcs1[9..265]),
        public_exponent: BigInteger::from_magnitude(&[1, 0, 1]),
    };
    for block in [
        bytes(KeyFormatType::Pkcs1, pkcs1),
        bytes(KeyFormatType::X509, spki),
        bytes(KeyFormatType::Raw, spki),
        bytes(KeyFormatType::Raw, pkcs1),
        block(KeyFormatType::TransparentRsaPublicKey, KeyMaterial::RsaPublic(transparent)),
    ] {
        assert_eq!(from_block(&block).unwrap().der(), spki, "{:?}", block.format);
    }
    for block in [
        bytes(KeyFormatType::Pkcs1, spki),
        bytes(KeyFormatType::X509, pkcs1),
        bytes(KeyFormatType::Pkcs8, spki),
        bytes(KeyFormatType::Raw, b"rubbish"),
    ] {
        assert!(from_block(&block).is_none(), "{:?}", block.format);
    }
}

#[test]
fn every_form_of_a_point_is_read() {
    let spki = PrivateKey::generate_ec(Curve::P256).unwrap().public_key_der().unwrap();
    let point = &spki[spki.len() - 65..];
    let of = |curve, point: &[u8]| {
        let key = EcPublicKey { curve, q_string: point.to_vec() };
        from_block(&block(KeyFormatType::TransparentEcPublicKey, KeyMaterial::EcPublic(key)))
    };
    assert_eq!(of(RecommendedCurve::P256, point).unwrap().der(), spki);
    assert_eq!(
        of(RecommendedCurve::P256, &[&[2 + (point[64] & 1)], &point[1..33]].concat()).unwrap().der(),
        spki
    );
    assert!(of(RecommendedCurve::Secp256k1, point).is_none());
    assert!(of(RecommendedCurve::K163, point).is_none());
    assert_eq!(from_block(&bytes(KeyFormatType::X509, &spki)).unwrap().der(), spki);
}
