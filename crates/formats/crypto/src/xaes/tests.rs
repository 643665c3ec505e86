use hex::encode;
use shake::Shake128;
use shake::digest::{ExtendableOutput, Update, XofReader};

use super::*;

/// The specification's own vectors, one for each value of the top bit of L.
#[test]
fn vectors() {
    check(
        [1; 32],
        b"",
        "e531954aca063d5b8d9c47a47d4cc6f0",
        "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
    );
    check(
        [3; 32],
        b"c2sp.org/XAES-256-GCM",
        "23810ec50edb99f374409466ed1f4b7b",
        "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
    );

    fn check(key: [u8; 32], aad: &[u8], k1: &str, sealed: &str) {
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let key = Xaes256Gcm::new(&key);
        assert_eq!(encode(*key.k1), k1);
        let actual = key.seal(nonce, aad, b"XAES-256-GCM").unwrap();
        assert_eq!(encode(&actual), sealed);
        assert_eq!(key.open(nonce, aad, &actual).unwrap().as_slice(), b"XAES-256-GCM");
    }
}

/// The specification's accumulated randomized tests.
#[test]
fn accumulated() {
    check(10_000, "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
    check(1_000_000, "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15");

    fn check(iterations: usize, expected: &str) {
        let mut rng = Shake128::default().finalize_xof();
        let mut hash = Shake128::default();
        let mut sealed = Vec::new();
        for iteration in 0..iterations {
            let key: [u8; 32] = read(&mut rng);
            let nonce: [u8; 24] = read(&mut rng);
            let plaintext = read_opaque(&mut rng);
            let aad = read_opaque(&mut rng);
            let key = Xaes256Gcm::new(&key);
            sealed.clear();
            key.seal_into(&nonce, &aad, &plaintext, &mut sealed).unwrap();
            hash.update(&sealed);
            if iteration % 100 == 0 {
                assert_eq!(*key.open(&nonce, &aad, &sealed).unwrap(), plaintext);
            }
        }
        let mut result = [0; 32];
        hash.finalize_xof().read(&mut result);
        assert_eq!(encode(result), expected);
    }

    fn read<const N: usize>(rng: &mut impl XofReader) -> [u8; N] {
        let mut bytes = [0; N];
        rng.read(&mut bytes);
        bytes
    }

    fn read_opaque(rng: &mut impl XofReader) -> Vec<u8> {
        let [len] = read(rng);
        let mut bytes = vec![0; usize::from(len)];
        rng.read(&mut bytes);
        bytes
    }
}

#[test]
fn seal_into_appends() {
    let key = Xaes256Gcm::new(&[7; 32]);
    let mut out = b"header".to_vec();
    key.seal_into(&[0; 24], b"", b"plaintext", &mut out).unwrap();
    assert_eq!(out.len(), 6 + 9 + Xaes256Gcm::TAG_LEN);
    assert_eq!(out[..6], *b"header");
    assert_eq!(out[6..], key.seal(&[0; 24], b"", b"plaintext").unwrap());
}

#[test]
fn refuses_what_was_not_sealed_so() {
    let key = Xaes256Gcm::new(&[7; 32]);
    let nonce = [9; 24];
    let sealed = key.seal(&nonce, b"aad", b"plaintext").unwrap();
    assert_eq!(key.open(&nonce, b"aad", &sealed).unwrap().as_slice(), b"plaintext");

    for len in 0..sealed.len() {
        assert_eq!(key.open(&nonce, b"aad", &sealed[..len]), Err(CryptoError::Rejected));
    }
    for position in 0..24 {
        let mut other = nonce;
        other[position] ^= 1;
        assert_eq!(key.open(&other, b"aad", &sealed), Err(CryptoError::Rejected));
    }
    assert_eq!(key.open(&nonce, b"aae", &sealed), Err(CryptoError::Rejected));
    assert_eq!(Xaes256Gcm::new(&[8; 32]).open(&nonce, b"aad", &sealed), Err(CryptoError::Rejected));
}
