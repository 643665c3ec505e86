//! Which key does what, and what each misuse is called.

use std::thread;

use super::openssl::{KEYS, private, public, vector};
use crate::*;

const RSA_AND_ECDSA_HASHES: [HashAlg; 3] = [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512];
const ALL_HASHES: [HashAlg; 5] =
    [HashAlg::Sha1, HashAlg::Sha224, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512];

fn all_schemes() -> Vec<SignatureScheme> {
    use SignatureScheme::{Ecdsa, Ed25519, Ed25519ph, MlDsa, RsaPkcs1, RsaPss};
    let hashed = ALL_HASHES.into_iter().flat_map(|hash| [RsaPkcs1(hash), RsaPss(hash), Ecdsa(hash)]);
    hashed.chain([Ed25519, Ed25519ph, MlDsa]).collect()
}

fn can(kind: KeyKind, scheme: SignatureScheme) -> bool {
    use SignatureScheme::{Ecdsa, Ed25519, Ed25519ph, MlDsa, RsaPkcs1, RsaPss};
    match (kind, scheme) {
        (KeyKind::Rsa(_), RsaPkcs1(hash) | RsaPss(hash)) => RSA_AND_ECDSA_HASHES.contains(&hash),
        (KeyKind::Ec(Curve::P256 | Curve::Secp256k1), Ecdsa(HashAlg::Sha256)) => true,
        (KeyKind::Ec(Curve::P384), Ecdsa(HashAlg::Sha384)) => true,
        (KeyKind::Ec(Curve::P521), Ecdsa(HashAlg::Sha512)) => true,
        (KeyKind::Ed25519, Ed25519 | Ed25519ph) => true,
        (KeyKind::MlDsa(_), MlDsa) => true,
        _ => false,
    }
}

fn all_keys() -> Vec<PrivateKey> {
    let levels = [44, 65, 87].map(|level| PrivateKey::generate_ml_dsa(level).unwrap());
    KEYS.iter().map(|(name, _)| private(name)).chain(levels).collect()
}

#[test]
fn schemes_of_each_key() {
    for key in all_keys() {
        let public = key.public_key().unwrap();
        for scheme in all_schemes() {
            let signature = key.sign(scheme, Input::Message(b"message"));
            if can(key.kind(), scheme) {
                let verified = public.verify(scheme, Input::Message(b"message"), &signature.unwrap());
                assert_eq!(verified, Ok(()), "{:?} {scheme:?}", key.kind());
            } else {
                assert_eq!(signature, Err(CryptoError::Unsupported), "{:?} {scheme:?}", key.kind());
                let verified = public.verify(scheme, Input::Message(b"message"), b"");
                assert_eq!(verified, Err(CryptoError::Unsupported), "{:?} {scheme:?}", key.kind());
            }
        }
    }
}

#[test]
fn inputs_of_each_scheme() {
    for key in all_keys() {
        let public = key.public_key().unwrap();
        for scheme in all_schemes().into_iter().filter(|scheme| can(key.kind(), *scheme)) {
            let digest_len = match scheme {
                SignatureScheme::RsaPkcs1(hash)
                | SignatureScheme::RsaPss(hash)
                | SignatureScheme::Ecdsa(hash) => Some(hash.digest_len()),
                _ => None,
            };
            for len in [0, 32, 48, 63, 64, 65] {
                let error = match digest_len {
                    Some(expected) if expected == len => None,
                    Some(_) => Some(CryptoError::Malformed),
                    None => Some(CryptoError::Unsupported),
                };
                let data = vec![1; len];
                assert_eq!(key.sign(scheme, Input::Digest(&data)).err(), error, "{scheme:?} {len}");
                let verified = public.verify(scheme, Input::Digest(&data), b"").err();
                assert_eq!(verified, error.or(Some(CryptoError::Rejected)), "{scheme:?} {len}");

                let error = match scheme {
                    SignatureScheme::MlDsa if len == 64 => None,
                    SignatureScheme::MlDsa => Some(CryptoError::Malformed),
                    _ => Some(CryptoError::Unsupported),
                };
                assert_eq!(key.sign(scheme, Input::ExternalMu(&data)).err(), error, "{scheme:?} {len}");
                let verified = public.verify(scheme, Input::ExternalMu(&data), b"").err();
                assert_eq!(verified, error.or(Some(CryptoError::Rejected)), "{scheme:?} {len}");
            }
        }
    }
}

/// A signature of one scheme is none of another, with the same key and message.
#[test]
fn schemes_are_separate() {
    for name in ["rsa-2048", "ed25519"] {
        let (key, public) = (private(name), public(name));
        let schemes: Vec<_> = all_schemes().into_iter().filter(|scheme| can(key.kind(), *scheme)).collect();
        for made in &schemes {
            let signature = key.sign(*made, Input::Message(b"message")).unwrap();
            for verified in &schemes {
                let result = public.verify(*verified, Input::Message(b"message"), &signature);
                assert_eq!(result.is_ok(), made == verified, "{made:?} as {verified:?}");
            }
        }
    }
}

#[test]
fn only_rsa_keys_do_oaep() {
    for key in all_keys() {
        let public = key.public_key().unwrap();
        let KeyKind::Rsa(bits) = key.kind() else {
            let unsupported = Err(CryptoError::Unsupported);
            assert_eq!(public.encrypt_oaep(HashAlg::Sha256, b"", b""), unsupported);
            assert_eq!(key.decrypt_oaep(HashAlg::Sha256, b"", b"").err(), unsupported.err());
            assert_eq!(unwrap_rsa_aes(&key, HashAlg::Sha256, b"").err(), Some(CryptoError::Unsupported));
            continue;
        };
        for hash in ALL_HASHES {
            if hash == HashAlg::Sha224 {
                assert_eq!(public.encrypt_oaep(hash, b"", b""), Err(CryptoError::Unsupported));
                assert_eq!(key.decrypt_oaep(hash, b"", b""), Err(CryptoError::Unsupported));
                continue;
            }
            let longest = bits as usize / 8 - 2 * hash.digest_len() - 2;
            let ciphertext = public.encrypt_oaep(hash, b"", &vec![1; longest]).unwrap();
            assert_eq!(key.decrypt_oaep(hash, b"", &ciphertext).unwrap().len(), longest);
            let too_long = public.encrypt_oaep(hash, b"", &vec![1; longest + 1]);
            assert_eq!(too_long, Err(CryptoError::TooLarge));
        }
    }
}

#[test]
fn rsa_aes_takes_256_bit_keks_only() {
    let (key, public) = (private("rsa-2048"), public("rsa-2048"));
    for (kek, opens) in [(&[7; 32][..], true), (&[7; 16], false), (&[7; 33], false)] {
        let wrapped_kek = public.encrypt_oaep(HashAlg::Sha256, b"", kek).unwrap();
        let payload = aes_kwp_wrap(kek.get(..kek.len() / 16 * 16).unwrap(), b"payload").unwrap();
        let blob = [wrapped_kek, payload].concat();
        assert_eq!(unwrap_rsa_aes(&key, HashAlg::Sha256, &blob).is_ok(), opens);
        assert_eq!(unwrap_rsa_aes(&key, HashAlg::Sha1, &blob), Err(CryptoError::Rejected));
        for len in [0, 255, 256, 257] {
            assert_eq!(unwrap_rsa_aes(&key, HashAlg::Sha256, &blob[..len]), Err(CryptoError::Rejected));
        }
    }
}

#[test]
fn peers_must_be_on_the_same_curve() {
    for (mine, kind) in KEYS {
        let key = private(mine);
        for (theirs, peer_kind) in KEYS {
            let agrees = kind == peer_kind && matches!(kind, KeyKind::Ec(curve) if curve != Curve::Secp256k1);
            let shared = key.agree(&vector(&format!("{theirs}.spki")));
            let error = (!agrees).then_some(CryptoError::Unsupported);
            assert_eq!(shared.err(), error, "{mine} with {theirs}");
        }
    }
    let raw_point = &vector("ec-p256.spki")[26..];
    assert_eq!(private("ec-p256").agree(raw_point), Err(CryptoError::Malformed));
}

#[test]
fn sizes_that_do_not_exist() {
    for bits in [0, 1024, 2049, 8192] {
        assert_eq!(PrivateKey::generate_rsa(bits).err(), Some(CryptoError::Unsupported));
    }
    for level in [0, 2, 128] {
        assert_eq!(PrivateKey::generate_ml_dsa(level).err(), Some(CryptoError::Unsupported));
    }
}

#[test]
fn generated_rsa_keys() {
    let key = PrivateKey::generate_rsa(2048).unwrap();
    assert_eq!(key.kind(), KeyKind::Rsa(2048));
    let read = PrivateKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
    assert_eq!(read.public_key_der(), key.public_key_der());
}

/// The library underneath takes raw public keys where a SubjectPublicKeyInfo is expected, if the length fits.
#[test]
fn frames_as_long_as_a_raw_key_are_no_keys() {
    check("300506032b6570", 32);
    check("300b0609608648016503040311", 1312);
    check("300b0609608648016503040312", 1952);
    check("300b0609608648016503040313", 2592);

    fn check(algorithm: &str, raw_len: usize) {
        let algorithm = hex::decode(algorithm).unwrap();
        let header = if raw_len < 0x80 { 2 } else { 4 };
        let key = element(3, &vec![0; raw_len - algorithm.len() - 2 * header]);
        let spki = element(0x30, &[algorithm, key].concat());
        assert_eq!(spki.len(), raw_len);
        assert_eq!(PublicKey::from_spki_der(&spki).err(), Some(CryptoError::Malformed));
    }

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(content.len()).unwrap().to_be_bytes();
        let header = if content.len() < 0x80 { vec![tag, len[1]] } else { vec![tag, 0x82, len[0], len[1]] };
        [&header, content].concat()
    }
}

/// The other implementation at hand agrees with `k256` in both directions.
#[test]
fn secp256k1_by_aws_lc() {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256K1_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
    };
    let scheme = SignatureScheme::Ecdsa(HashAlg::Sha256);
    for message in [&b""[..], b"a", b"message", &[0xff; 1000]] {
        let ours = private("ec-secp256k1").sign(scheme, Input::Message(message)).unwrap();
        let theirs = EcdsaKeyPair::from_pkcs8(&ECDSA_P256K1_SHA256_ASN1_SIGNING, &vector("ec-secp256k1.pk8"))
            .unwrap()
            .sign(&SystemRandom::new(), message)
            .unwrap();
        let spki = vector("ec-secp256k1.spki");
        UnparsedPublicKey::new(&ECDSA_P256K1_SHA256_ASN1, spki).verify(message, &ours).unwrap();
        let verified = public("ec-secp256k1").verify(scheme, Input::Message(message), theirs.as_ref());
        assert_eq!(verified, Ok(()));
    }
}

/// Threads that race for the parts of a key that are made on first use all get working ones.
#[test]
fn keys_are_shared() {
    fn assert_shareable<T: Send + Sync + 'static>(_: &T) {}

    for key in all_keys() {
        let public = key.public_key().unwrap();
        assert_shareable(&key);
        assert_shareable(&public);
        let scheme = all_schemes().into_iter().find(|scheme| can(key.kind(), *scheme)).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let input = match key.kind() {
                        KeyKind::MlDsa(_) => Input::ExternalMu(&[5; 64]),
                        _ => Input::Message(b"message"),
                    };
                    let signature = key.sign(scheme, input).unwrap();
                    assert_eq!(public.verify(scheme, input, &signature), Ok(()));
                    if let KeyKind::Rsa(_) = key.kind() {
                        let ciphertext = public.encrypt_oaep(HashAlg::Sha256, b"", b"x").unwrap();
                        assert_eq!(
                            key.decrypt_oaep(HashAlg::Sha256, b"", &ciphertext).unwrap().as_slice(),
                            b"x"
                        );
                    }
                });
            }
        });
    }
}
