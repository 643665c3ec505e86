//! Documents, signatures and ciphertexts made by OpenSSL (see `tests/vectors/README.md`).

use std::fs;
use std::path::PathBuf;

use crate::*;

pub(super) fn vector(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn private(name: &str) -> PrivateKey {
    PrivateKey::from_pkcs8(&vector(&format!("{name}.pk8"))).unwrap()
}

pub(super) fn public(name: &str) -> PublicKey {
    PublicKey::from_spki_der(&vector(&format!("{name}.spki"))).unwrap()
}

pub(super) const KEYS: [(&str, KeyKind); 8] = [
    ("rsa-2048", KeyKind::Rsa(2048)),
    ("rsa-3072", KeyKind::Rsa(3072)),
    ("rsa-4096", KeyKind::Rsa(4096)),
    ("ec-p256", KeyKind::Ec(Curve::P256)),
    ("ec-p384", KeyKind::Ec(Curve::P384)),
    ("ec-p521", KeyKind::Ec(Curve::P521)),
    ("ec-secp256k1", KeyKind::Ec(Curve::Secp256k1)),
    ("ed25519", KeyKind::Ed25519),
];

const MESSAGE: &[u8] = b"Signed by OpenSSL";

/// Both sides write the same bytes, so OpenSSL reads ours as we read OpenSSL's.
#[test]
fn documents_are_the_same() {
    for (name, kind) in KEYS {
        let key = private(name);
        assert_eq!(key.kind(), kind);
        assert_eq!(*key.to_pkcs8().unwrap(), vector(&format!("{name}.pk8")), "{name}");
        let spki = vector(&format!("{name}.spki"));
        assert_eq!(key.public_key_der().unwrap(), spki, "{name}");
        let public = public(name);
        assert_eq!(public.kind(), kind);
        assert_eq!(public.der(), spki, "{name}");
    }
}

#[test]
fn elliptic_curve_keys_may_lack_the_public_key() {
    for name in ["ec-p256", "ec-p384", "ec-p521", "ec-secp256k1"] {
        let key = private(&format!("{name}-no-public"));
        assert_eq!(key.public_key_der().unwrap(), vector(&format!("{name}.spki")));
    }
}

#[test]
fn compressed_points_are_written_uncompressed() {
    assert_eq!(public("ec-p256-compressed").der(), vector("ec-p256.spki"));
}

#[test]
fn refused_keys() {
    use CryptoError::{Malformed, Unsupported};
    for (name, error) in [
        ("rsa-1024", Unsupported),
        ("rsa-2047", Unsupported),
        ("rsa-2056", Unsupported),
        ("rsa-exponent-3", Malformed),
        ("rsa-pss", Unsupported),
        ("ec-explicit", Malformed),
        ("ec-p224", Unsupported),
        ("x25519", Unsupported),
        ("ed448", Unsupported),
    ] {
        let private = PrivateKey::from_pkcs8(&vector(&format!("refused-{name}.pk8"))).err();
        assert_eq!(private, Some(error), "{name}");
        let public = PublicKey::from_spki_der(&vector(&format!("refused-{name}.spki"))).err();
        assert_eq!(public, Some(error), "{name}");
    }
    let three_primes = PrivateKey::from_pkcs8(&vector("refused-rsa-three-primes.pk8")).err();
    assert_eq!(three_primes, Some(Malformed));
}

/// A public key that is not the private one's is refused wherever the document has both.
#[test]
fn halves_must_match() {
    check("ec-p256", Curve::P256, 64);
    check("ec-p384", Curve::P384, 96);
    check("ec-p521", Curve::P521, 132);
    check("ec-secp256k1", Curve::Secp256k1, 64);

    fn check(name: &str, curve: Curve, coordinates: usize) {
        let document = vector(&format!("{name}.pk8"));
        let point = document.len() - coordinates;
        let other = PrivateKey::generate_ec(curve).unwrap().public_key_der().unwrap();
        let foreign = [&document[..point], &other[other.len() - coordinates..]].concat();
        assert_eq!(PrivateKey::from_pkcs8(&foreign).err(), Some(CryptoError::Malformed), "{name}");

        let mut off_curve = document;
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(PrivateKey::from_pkcs8(&off_curve).err(), Some(CryptoError::Malformed), "{name}");
        let mut off_curve = other;
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(PublicKey::from_spki_der(&off_curve).err(), Some(CryptoError::Malformed), "{name}");
    }
}

#[test]
fn signatures() {
    for hash in [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
        let bits = hash.digest_len() * 8;
        check("rsa-2048", SignatureScheme::RsaPkcs1(hash), &format!("rsa-2048-pkcs1-sha{bits}"));
        check("rsa-2048", SignatureScheme::RsaPss(hash), &format!("rsa-2048-pss-sha{bits}"));
    }
    check("ec-p256", SignatureScheme::Ecdsa(HashAlg::Sha256), "ec-p256");
    check("ec-p384", SignatureScheme::Ecdsa(HashAlg::Sha384), "ec-p384");
    check("ec-p521", SignatureScheme::Ecdsa(HashAlg::Sha512), "ec-p521");
    check("ec-secp256k1", SignatureScheme::Ecdsa(HashAlg::Sha256), "ec-secp256k1");
    check("ed25519", SignatureScheme::Ed25519, "ed25519");

    fn check(key: &str, scheme: SignatureScheme, signature: &str) {
        let key = public(key);
        let signature = vector(&format!("{signature}.sig"));
        assert_eq!(key.verify(scheme, Input::Message(MESSAGE), &signature), Ok(()), "{scheme:?}");
        let other = Input::Message(b"Signed by OpenSSH");
        assert_eq!(key.verify(scheme, other, &signature), Err(CryptoError::Rejected), "{scheme:?}");
        let digest = match scheme {
            SignatureScheme::RsaPkcs1(hash)
            | SignatureScheme::RsaPss(hash)
            | SignatureScheme::Ecdsa(hash) => digest(hash, MESSAGE),
            _ => return,
        };
        assert_eq!(key.verify(scheme, Input::Digest(&digest), &signature), Ok(()), "{scheme:?}");
    }
}

/// PKCS#1 v1.5 is deterministic: our signatures are OpenSSL's.
#[test]
fn pkcs1_signatures_are_the_same() {
    let key = private("rsa-2048");
    for hash in [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
        let expected = vector(&format!("rsa-2048-pkcs1-sha{}.sig", hash.digest_len() * 8));
        let scheme = SignatureScheme::RsaPkcs1(hash);
        assert_eq!(key.sign(scheme, Input::Message(MESSAGE)).unwrap(), expected);
        assert_eq!(key.sign(scheme, Input::Digest(&digest(hash, MESSAGE))).unwrap(), expected);
    }
}

#[test]
fn oaep() {
    let key = private("rsa-2048");
    for (name, hash, label) in [
        ("sha1", HashAlg::Sha1, &b""[..]),
        ("sha256", HashAlg::Sha256, b""),
        ("sha256-label", HashAlg::Sha256, b"label"),
        ("sha384", HashAlg::Sha384, b""),
        ("sha512", HashAlg::Sha512, b""),
    ] {
        let ciphertext = vector(&format!("rsa-2048-oaep-{name}.ct"));
        assert_eq!(key.decrypt_oaep(hash, label, &ciphertext).unwrap().as_slice(), MESSAGE, "{name}");
        let rejected = Some(CryptoError::Rejected);
        assert_eq!(key.decrypt_oaep(hash, b"other", &ciphertext).err(), rejected, "{name}");
        assert_eq!(key.decrypt_oaep(hash, label, &ciphertext[1..]).err(), rejected, "{name}");
        assert_eq!(private("rsa-3072").decrypt_oaep(hash, label, &ciphertext).err(), rejected, "{name}");
    }
}

#[test]
fn agreement() {
    let shared = private("ec-p256").agree(&vector("ec-p256-peer.spki")).unwrap();
    assert_eq!(*shared, vector("ec-p256-peer.shared"));
}
