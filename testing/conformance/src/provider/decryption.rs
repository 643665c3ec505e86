use claviger_crypto::{HashAlg, PublicKey};
use claviger_types::EncryptionAlgorithm;

use super::{TestKey, rejected, tampered, unsupported};

pub(super) async fn check(key: &TestKey) {
    let public = PublicKey::from_spki_der(key.public.as_deref().unwrap()).unwrap();
    let encrypts = key.live.asymmetric_decrypt().unwrap();
    let decrypts = key.reopened.asymmetric_decrypt().unwrap();
    let modulus = usize::try_from(key.spec.rsa_bits().unwrap() / 8).unwrap();
    let algorithms = [
        (EncryptionAlgorithm::RsaOaepSha1, EncryptionAlgorithm::RsaOaepSha256, HashAlg::Sha1),
        (EncryptionAlgorithm::RsaOaepSha256, EncryptionAlgorithm::RsaOaepSha1, HashAlg::Sha256),
        (EncryptionAlgorithm::RsaOaepSha512, EncryptionAlgorithm::RsaOaepSha256, HashAlg::Sha512),
    ];
    for (algorithm, other, hash) in algorithms {
        let what = format!("{:?} {algorithm:?}", key.spec);
        let longest = modulus - 2 * hash.digest_len() - 2;
        for len in [0, 1, 32, longest] {
            let plaintext = vec![0x33; len];
            let ciphertext = encrypts.encrypt(algorithm, &plaintext).await.unwrap();
            assert_eq!(ciphertext.len(), modulus, "{what}");
            assert!(decrypts.decrypt(algorithm, &ciphertext).await.unwrap().ct_eq(&plaintext), "{what}");
            let ciphertext = public.encrypt_oaep(hash, b"", &plaintext).unwrap();
            assert!(decrypts.decrypt(algorithm, &ciphertext).await.unwrap().ct_eq(&plaintext), "{what}");
        }
        rejected(encrypts.encrypt(algorithm, &vec![0; longest + 1]).await, &what);
        rejected(encrypts.encrypt(algorithm, &[0; 64 * 1024]).await, &what);

        let ciphertext = encrypts.encrypt(algorithm, b"message").await.unwrap();
        rejected(decrypts.decrypt(other, &ciphertext).await, &what);
        for changed in tampered(&ciphertext) {
            rejected(decrypts.decrypt(algorithm, &changed).await, &what);
        }
        let labelled = public.encrypt_oaep(hash, b"label", b"message").unwrap();
        rejected(decrypts.decrypt(algorithm, &labelled).await, &what);
    }
    let symmetric = EncryptionAlgorithm::SymmetricDefault;
    unsupported(encrypts.encrypt(symmetric, b"message").await, "a symmetric algorithm");
    unsupported(encrypts.decrypt(symmetric, &vec![0; modulus]).await, "a symmetric algorithm");
}
