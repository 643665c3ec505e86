use claviger_crypto::{Curve, PrivateKey};
use claviger_types::EncryptionAlgorithm;

use super::*;
use crate::fake::FakeKey;

fn opened(spec: KeySpec, usage: KeyUsage, public: Option<PublicKey>) -> Option<Arc<dyn LiveKey>> {
    live(usage, FakeKey::new(spec), public).ok()
}

#[test]
fn a_key_can_do_what_it_is_for() {
    let ec = || Some(PrivateKey::generate_ec(Curve::P256).unwrap().public_key().unwrap());
    let check = |spec, usage, public, expected: &[&str]| {
        let can = opened(spec, usage, public).map_or(Vec::new(), |key| {
            [
                ("encrypt", key.encrypt().is_some()),
                ("raw", key.raw().is_some()),
                ("mac", key.mac().is_some()),
                ("sign", key.sign().is_some()),
                ("decrypt", key.asymmetric_decrypt().is_some()),
                ("agree", key.agree().is_some()),
            ]
            .into_iter()
            .filter_map(|(name, can)| can.then_some(name))
            .collect()
        });
        assert_eq!(can, expected, "{spec:?} {usage:?}");
    };
    check(KeySpec::Aes256, KeyUsage::Encrypt, None, &["encrypt"]);
    check(KeySpec::Aes256, KeyUsage::RawEncrypt, None, &["raw"]);
    check(KeySpec::Hmac256, KeyUsage::Mac, None, &["mac"]);
    check(KeySpec::EcP256, KeyUsage::Sign, ec(), &["sign"]);
    check(KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt, ec(), &["decrypt"]);
    check(KeySpec::EcP256, KeyUsage::KeyAgreement, ec(), &[]);
    check(KeySpec::Aes256, KeyUsage::Mac, None, &[]);
    check(KeySpec::Hmac256, KeyUsage::Encrypt, None, &[]);
    check(KeySpec::EcP256, KeyUsage::Sign, None, &[]);
    check(KeySpec::Aes256, KeyUsage::Encrypt, ec(), &[]);
}

#[tokio::test]
async fn a_code_is_of_the_key_s_own_algorithm_and_compared_here() {
    let key = opened(KeySpec::Hmac256, KeyUsage::Mac, None).unwrap();
    let (mac, algorithm) = (key.mac().unwrap(), MacAlgorithm::HmacSha256);
    assert_eq!(mac.compute(algorithm, b"message").await.unwrap(), [7; 32]);
    assert!(mac.verify(algorithm, b"message", &[7; 32]).await.unwrap());
    assert!(!mac.verify(algorithm, b"message", &[7; 31]).await.unwrap());
    let other = mac.compute(MacAlgorithm::HmacSha384, b"message").await;
    assert!(matches!(other, Err(ProviderError::Unsupported)));
    let long = mac.compute(algorithm, &[0; FakeKey::MAX_TEXT + 1]).await;
    assert!(matches!(long, Err(ProviderError::Rejected)));
}

#[tokio::test]
async fn a_sealed_text_begins_with_its_nonce() {
    let key = opened(KeySpec::Aes256, KeyUsage::Encrypt, None).unwrap();
    let cipher = key.encrypt().unwrap();
    let mut sealed = vec![1];
    cipher.seal(b"aad", b"text", &mut sealed).await.unwrap();
    assert_eq!(sealed, [&[1][..], &[0; 12], b"text"].concat());
    assert!(cipher.open(b"aad", &sealed[1..]).await.unwrap().ct_eq(b"text"));
    assert!(matches!(cipher.open(b"", &[0; 11]).await, Err(ProviderError::Rejected)));
    let long = cipher.seal(b"a", &[0; FakeKey::MAX_TEXT], &mut sealed).await;
    assert!(matches!(long, Err(ProviderError::Rejected)));
}

#[tokio::test]
async fn what_could_not_be_decrypted_is_not_encrypted() {
    let public = PrivateKey::generate_rsa(2048).unwrap().public_key().unwrap();
    let key = opened(KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt, Some(public)).unwrap();
    let key = key.asymmetric_decrypt().unwrap();
    assert_eq!(key.encrypt(EncryptionAlgorithm::RsaOaepSha256, b"text").await.unwrap().len(), 256);
    for algorithm in [EncryptionAlgorithm::RsaOaepSha1, EncryptionAlgorithm::SymmetricDefault] {
        assert!(matches!(key.encrypt(algorithm, b"text").await, Err(ProviderError::Unsupported)));
        assert!(matches!(key.decrypt(algorithm, b"text").await, Err(ProviderError::Unsupported)));
    }
}
