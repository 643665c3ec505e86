use claviger_crypto::{AesGcm, Xaes256Gcm};
use claviger_ports::{Encrypt, LiveKey};

use super::{Gap, Subject, TestKey, messages, rejected, tampered, unsupported};

pub(super) async fn check(subject: &Subject<'_>, key: &TestKey) {
    let seals = key.live.encrypt().unwrap();
    let opens = key.reopened.encrypt().unwrap();
    assert_eq!(seals.aead(), opens.aead());
    for aad in [&b""[..], b"aad", &[7; 8192]] {
        for message in messages() {
            let sealed = seal(seals, aad, &message).await;
            assert_eq!(sealed.len(), message.len() + overhead(seals.aead()));
            assert!(opens.open(aad, &sealed).await.unwrap().ct_eq(&message), "it opens to something else");
        }
    }

    let mut out = b"header".to_vec();
    seals.seal(b"aad", b"message", &mut out).await.unwrap();
    assert_eq!(&out[..6], b"header", "what was there before is changed");
    let sealed = out.split_off(6);
    assert_ne!(sealed, seal(seals, b"aad", b"message").await, "the nonce repeats");
    rejected(opens.open(b"", &sealed).await, "no associated data");
    rejected(opens.open(b"aae", &sealed).await, "other associated data");
    for changed in tampered(&sealed) {
        rejected(opens.open(b"aad", &changed).await, "a changed ciphertext");
    }
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 0x10;
        rejected(opens.open(b"aad", &changed).await, format_args!("byte {at} changed"));
    }

    match subject.has(Gap::PlainGcm) {
        true => unsupported(opens.open_plain_gcm(&sealed).await, "plain AES-GCM"),
        false => rejected(opens.open_plain_gcm(&sealed).await, "our ciphertext as plain AES-GCM"),
    }
}

/// What is known of an imported key: `raw`.
pub(super) async fn check_imported(subject: &Subject<'_>, key: &dyn LiveKey, raw: &[u8; 32]) {
    let key = key.encrypt().unwrap();
    let sealed = seal(key, b"aad", b"message").await;
    let opened = match key.aead() {
        1 => {
            let (nonce, ciphertext) = sealed.split_first_chunk().unwrap();
            Xaes256Gcm::new(raw).open(nonce, b"aad", ciphertext)
        }
        2 => {
            let (nonce, ciphertext) = sealed.split_first_chunk().unwrap();
            AesGcm::new(raw).unwrap().open(nonce, b"aad", ciphertext)
        }
        other => panic!("AEAD {other} is unknown"),
    };
    assert_eq!(*opened.unwrap(), b"message");

    if !subject.has(Gap::PlainGcm) {
        let nonce = [9; 12];
        let ciphertext = AesGcm::new(raw).unwrap().seal(&nonce, b"", b"old secret").unwrap();
        let sealed = [&nonce[..], &ciphertext].concat();
        assert!(key.open_plain_gcm(&sealed).await.unwrap().ct_eq(b"old secret"));
        for changed in tampered(&sealed) {
            rejected(key.open_plain_gcm(&changed).await, "a changed ciphertext of plain AES-GCM");
        }
    }
}

/// The specification's own vectors of XAES-256-GCM.
pub(super) const XAES_VECTORS: [([u8; 32], &[u8], &str); 2] = [
    ([1; 32], b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    ([3; 32], b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
];

pub(super) async fn check_vector(key: &dyn LiveKey, aad: &[u8], ciphertext: &str) {
    let key = key.encrypt().unwrap();
    if key.aead() == 1 {
        let sealed = [&b"ABCDEFGHIJKLMNOPQRSTUVWX"[..], &hex::decode(ciphertext).unwrap()].concat();
        assert!(key.open(aad, &sealed).await.unwrap().ct_eq(b"XAES-256-GCM"));
    }
}

async fn seal(key: &dyn Encrypt, aad: &[u8], message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    key.seal(aad, message, &mut out).await.unwrap();
    out
}

/// Nonce and tag.
fn overhead(aead: u8) -> usize {
    match aead {
        1 => 24 + 16,
        2 => 12 + 16,
        other => panic!("AEAD {other} is unknown"),
    }
}
