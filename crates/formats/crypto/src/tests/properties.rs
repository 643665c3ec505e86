//! What must hold for every input.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::openssl::{KEYS, private, vector};
use crate::*;

/// One key of each kind with every scheme that it does.
static SIGNERS: LazyLock<Vec<(PrivateKey, PublicKey, Vec<SignatureScheme>)>> = LazyLock::new(|| {
    use SignatureScheme::{Ecdsa, Ed25519, Ed25519ph, MlDsa, RsaPkcs1, RsaPss};
    let hashes = [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512];
    let rsa: Vec<_> = hashes.into_iter().flat_map(|hash| [RsaPkcs1(hash), RsaPss(hash)]).collect();
    let mut keys = vec![
        (private("rsa-2048"), rsa),
        (private("ec-p256"), vec![Ecdsa(HashAlg::Sha256)]),
        (private("ec-p384"), vec![Ecdsa(HashAlg::Sha384)]),
        (private("ec-p521"), vec![Ecdsa(HashAlg::Sha512)]),
        (private("ec-secp256k1"), vec![Ecdsa(HashAlg::Sha256)]),
        (private("ed25519"), vec![Ed25519, Ed25519ph]),
    ];
    for level in [44, 65, 87] {
        keys.push((PrivateKey::generate_ml_dsa(level).unwrap(), vec![MlDsa]));
    }
    keys.into_iter()
        .map(|(private, schemes)| {
            let public = private.public_key().unwrap();
            (private, public, schemes)
        })
        .collect()
});

static RSA: LazyLock<(PrivateKey, PublicKey)> = LazyLock::new(|| {
    let key = private("rsa-2048");
    let public = key.public_key().unwrap();
    (key, public)
});

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

fn flip(data: &mut [u8], bit: Index) {
    let bit = bit.index(data.len() * 8);
    data[bit / 8] ^= 1 << (bit % 8);
}

proptest! {
    #[test]
    fn sealed_opens(key: [u8; 32], nonce: [u8; 24], aad in bytes(), plaintext in bytes(), bit: Index) {
        let xaes = Xaes256Gcm::new(&key);
        let mut sealed = xaes.seal(&nonce, &aad, &plaintext).unwrap();
        prop_assert_eq!(&*xaes.open(&nonce, &aad, &sealed).unwrap(), &plaintext);
        flip(&mut sealed, bit);
        prop_assert_eq!(xaes.open(&nonce, &aad, &sealed), Err(CryptoError::Rejected));

        for key in [&key[..16], &key] {
            let gcm = AesGcm::new(key).unwrap();
            let nonce = nonce[..12].try_into().unwrap();
            let mut sealed = gcm.seal(nonce, &aad, &plaintext).unwrap();
            prop_assert_eq!(&*gcm.open(nonce, &aad, &sealed).unwrap(), &plaintext);
            flip(&mut sealed, bit);
            prop_assert_eq!(gcm.open(nonce, &aad, &sealed), Err(CryptoError::Rejected));
        }
    }

    #[test]
    fn wrapped_unwraps(kek: [u8; 32], key in vec(any::<u8>(), 1..200), bit: Index) {
        for kek in [&kek[..16], &kek] {
            let mut wrapped = aes_kwp_wrap(kek, &key).unwrap();
            prop_assert_eq!(&*aes_kwp_unwrap(kek, &wrapped).unwrap(), &key);
            flip(&mut wrapped, bit);
            prop_assert_eq!(aes_kwp_unwrap(kek, &wrapped), Err(CryptoError::Rejected));

            let key = [&[0; 16], &key[..key.len() / 8 * 8]].concat();
            let mut wrapped = aes_kw_wrap(kek, &key).unwrap();
            prop_assert_eq!(&*aes_kw_unwrap(kek, &wrapped).unwrap(), &key);
            flip(&mut wrapped, bit);
            prop_assert_eq!(aes_kw_unwrap(kek, &wrapped), Err(CryptoError::Rejected));
        }
    }

    #[test]
    fn signed_verifies(key: Index, scheme: Index, message in bytes(), bit: Index) {
        let (private, public, schemes) = key.get(&SIGNERS);
        let scheme = *scheme.get(schemes);
        let mut signature = private.sign(scheme, Input::Message(&message)).unwrap();
        prop_assert_eq!(public.verify(scheme, Input::Message(&message), &signature), Ok(()));

        if let SignatureScheme::RsaPkcs1(hash) | SignatureScheme::RsaPss(hash) | SignatureScheme::Ecdsa(hash) = scheme {
            let digest = digest(hash, &message);
            prop_assert_eq!(public.verify(scheme, Input::Digest(&digest), &signature), Ok(()));
            let of_digest = private.sign(scheme, Input::Digest(&digest)).unwrap();
            prop_assert_eq!(public.verify(scheme, Input::Message(&message), &of_digest), Ok(()));
        }

        let other = [&message[..], b"!"].concat();
        prop_assert_eq!(public.verify(scheme, Input::Message(&other), &signature), Err(CryptoError::Rejected));
        flip(&mut signature, bit);
        prop_assert_eq!(public.verify(scheme, Input::Message(&message), &signature), Err(CryptoError::Rejected));
    }

    #[test]
    fn oaep_decrypts(hash in select(vec![HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512]),
                     label in bytes(), plaintext in vec(any::<u8>(), 0..=126), bit: Index) {
        let (private, public) = &*RSA;
        let mut ciphertext = public.encrypt_oaep(hash, &label, &plaintext).unwrap();
        prop_assert_eq!(&*private.decrypt_oaep(hash, &label, &ciphertext).unwrap(), &plaintext);
        flip(&mut ciphertext, bit);
        prop_assert_eq!(private.decrypt_oaep(hash, &label, &ciphertext), Err(CryptoError::Rejected));
    }

    #[test]
    fn rsa_aes_unwraps(kek: [u8; 32], payload in vec(any::<u8>(), 1..200), bit: Index) {
        let (private, public) = &*RSA;
        for hash in [HashAlg::Sha1, HashAlg::Sha256] {
            let wrapped_kek = public.encrypt_oaep(hash, b"", &kek).unwrap();
            let mut blob = [wrapped_kek, aes_kwp_wrap(&kek, &payload).unwrap()].concat();
            prop_assert_eq!(&*unwrap_rsa_aes(private, hash, &blob).unwrap(), &payload);
            flip(&mut blob, bit);
            prop_assert_eq!(unwrap_rsa_aes(private, hash, &blob), Err(CryptoError::Rejected));
        }
    }

    #[test]
    fn agreement_is_symmetric(curve in select(vec![Curve::P256, Curve::P384, Curve::P521])) {
        let (a, b) = (PrivateKey::generate_ec(curve).unwrap(), PrivateKey::generate_ec(curve).unwrap());
        let shared = a.agree(&b.public_key_der().unwrap()).unwrap();
        prop_assert_eq!(&shared, &b.agree(&a.public_key_der().unwrap()).unwrap());
        prop_assert_eq!(shared.len(), match curve { Curve::P256 => 32, Curve::P384 => 48, _ => 66 });
    }

    #[test]
    fn generated_keys_are_written_and_read(kind in 0..8) {
        let key = generate(kind);
        let document = key.to_pkcs8().unwrap();
        let read = PrivateKey::from_pkcs8(&document).unwrap();
        prop_assert_eq!(read.kind(), key.kind());
        prop_assert_eq!(&read.to_pkcs8().unwrap(), &document);
        let spki = key.public_key_der().unwrap();
        prop_assert_eq!(&read.public_key_der().unwrap(), &spki);
        let public = PublicKey::from_spki_der(&spki).unwrap();
        prop_assert_eq!(public.der(), &spki);
        for (document, len) in [(&*document, document.len()), (&spki, spki.len())] {
            prop_assert!(PrivateKey::from_pkcs8(&document[..len - 1]).is_err());
            prop_assert!(PublicKey::from_spki_der(&document[..len - 1]).is_err());
            let longer = [document, &[0][..]].concat();
            prop_assert!(PrivateKey::from_pkcs8(&longer).is_err());
            prop_assert!(PublicKey::from_spki_der(&longer).is_err());
        }
    }

    #[test]
    fn parsers_take_any_bytes(data in vec(any::<u8>(), 0..600)) {
        parse(&data);
    }

    #[test]
    fn parsers_take_damaged_documents(name in 0..KEYS.len(), edits in vec((any::<Index>(), any::<u8>()), 1..4), cut: Index) {
        let (name, _) = KEYS[name];
        for extension in ["pk8", "spki"] {
            let mut document = vector(&format!("{name}.{extension}"));
            for (position, byte) in &edits {
                let position = position.index(document.len());
                document[position] = *byte;
            }
            parse(&document);
            document.truncate(cut.index(document.len()));
            parse(&document);
        }
    }
}

/// Parses in every way there is. What is accepted must work.
fn parse(data: &[u8]) {
    if let Ok(key) = PrivateKey::from_pkcs8(data) {
        let document = key.to_pkcs8().unwrap();
        assert_eq!(PrivateKey::from_pkcs8(&document).unwrap().kind(), key.kind());
        let _ = key.agree(data);
        let _ = key.decrypt_oaep(HashAlg::Sha256, data, data);
    }
    if let Ok(key) = PublicKey::from_spki_der(data) {
        assert_eq!(PublicKey::from_spki_der(key.der()).unwrap().kind(), key.kind());
    }
    let (private, _) = &*RSA;
    let _ = unwrap_rsa_aes(private, HashAlg::Sha256, data);
    let _ = SIGNERS[1].0.agree(data);
    for (_, public, schemes) in &SIGNERS[1..] {
        assert_eq!(public.verify(schemes[0], Input::Message(b""), data), Err(CryptoError::Rejected));
    }
}

fn generate(kind: i32) -> PrivateKey {
    match kind {
        0 => PrivateKey::generate_ec(Curve::P256),
        1 => PrivateKey::generate_ec(Curve::P384),
        2 => PrivateKey::generate_ec(Curve::P521),
        3 => PrivateKey::generate_ec(Curve::Secp256k1),
        4 => PrivateKey::generate_ed25519(),
        5 => PrivateKey::generate_ml_dsa(44),
        6 => PrivateKey::generate_ml_dsa(65),
        _ => PrivateKey::generate_ml_dsa(87),
    }
    .unwrap()
}
