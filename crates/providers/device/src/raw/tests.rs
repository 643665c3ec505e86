use super::*;
use crate::fake::FakeKey;

#[test]
fn what_the_port_forbids_does_not_reach_the_device() {
    let check = |mode, iv: Option<usize>, aad: usize, text: usize, expected: bool| {
        let (iv, aad, text) = (iv.map(|len| vec![0; len]), vec![0; aad], vec![0; text]);
        let outcome = check::<FakeKey>(mode, iv.as_deref(), &aad, &text);
        assert_eq!(outcome.is_ok(), expected, "{mode:?} {iv:?} {} {}", aad.len(), text.len());
    };
    check(CipherMode::Cbc, Some(16), 0, 32, true);
    check(CipherMode::Cbc, None, 0, 0, true);
    check(CipherMode::Cbc, Some(16), 0, 33, false);
    check(CipherMode::Cbc, Some(12), 0, 32, false);
    check(CipherMode::Cbc, Some(16), 1, 32, false);
    check(CipherMode::Ctr, Some(16), 0, 33, true);
    check(CipherMode::Ctr, Some(16), 1, 33, false);
    check(CipherMode::Ctr, Some(15), 0, 33, false);
    check(CipherMode::Gcm, Some(12), 5, 33, true);
    check(CipherMode::Gcm, Some(16), 5, 33, false);
    check(CipherMode::Gcm, None, 192, 8000, true);
    check(CipherMode::Gcm, None, 193, 8000, false);
}

#[tokio::test]
async fn nobody_chooses_the_nonce_of_gcm() {
    let key = RawKey { key: FakeKey::new(claviger_types::KeySpec::Aes256) };
    let outcome = RawCipher::encrypt(&key, CipherMode::Gcm, Some(&[0; 12]), b"", b"text").await;
    assert!(matches!(outcome, Err(ProviderError::Rejected)));
}
