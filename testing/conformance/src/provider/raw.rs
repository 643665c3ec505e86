use claviger_crypto::{AesGcm, aes_cbc_encrypt, aes_ctr_encrypt};
use claviger_ports::{LiveKey, RawCipher};
use claviger_types::{CipherMode, KeySpec};

use super::{TestKey, messages, rejected, tampered};

pub(super) async fn check(key: &TestKey) {
    let makes = key.live.raw().unwrap();
    let opens = key.reopened.raw().unwrap();
    for mode in CipherMode::ALL {
        round_trips(mode, makes, opens).await;
        wrong_parameters(mode, makes).await;
    }
    authentication(makes, opens).await;
}

async fn round_trips(mode: CipherMode, makes: &dyn RawCipher, opens: &dyn RawCipher) {
    let whole = |message: &Vec<u8>| mode != CipherMode::Cbc || message.len().is_multiple_of(16);
    for message in messages().into_iter().chain([vec![1; 16]]).filter(whole) {
        let made = makes.encrypt(mode, None, b"", &message).await.unwrap();
        assert_eq!(made.iv.len(), mode.iv_len(), "{mode:?}");
        assert_eq!(made.ciphertext.len(), message.len() + tag_len(mode), "{mode:?}");
        let opened = opens.decrypt(mode, &made.iv, b"", &made.ciphertext).await.unwrap();
        assert!(opened.ct_eq(&message), "{mode:?}: it opens to something else");
        let again = makes.encrypt(mode, None, b"", &message).await.unwrap();
        assert_ne!(made.iv, again.iv, "{mode:?}: the initialization vector repeats");

        if mode != CipherMode::Gcm {
            let again = makes.encrypt(mode, Some(&made.iv), b"", &message).await.unwrap();
            assert_eq!(again.iv, made.iv, "{mode:?}: another initialization vector than the one given");
            assert_eq!(again.ciphertext, made.ciphertext, "{mode:?}");
        }
    }
}

async fn wrong_parameters(mode: CipherMode, key: &dyn RawCipher) {
    let text = [7; 32];
    for len in [0, 1, 8, mode.iv_len() - 1, mode.iv_len() + 1, 64] {
        let (iv, what) = (vec![9; len], format!("{mode:?} with an initialization vector of {len} bytes"));
        rejected(key.encrypt(mode, Some(&iv), b"", &text).await, &what);
        rejected(key.decrypt(mode, &iv, b"", &text).await, &what);
    }
    let iv = vec![9; mode.iv_len()];
    match mode {
        CipherMode::Gcm => {
            rejected(key.encrypt(mode, Some(&iv), b"", &text).await, "a nonce that the caller chose");
        }
        CipherMode::Cbc | CipherMode::Ctr => {
            let what = format!("{mode:?} with additional data");
            rejected(key.encrypt(mode, Some(&iv), b"aad", &text).await, &what);
            rejected(key.decrypt(mode, &iv, b"aad", &text).await, &what);
        }
    }
    if mode == CipherMode::Cbc {
        for len in [1, 15, 17, 31] {
            let what = format!("CBC of {len} bytes");
            rejected(key.encrypt(mode, None, b"", &text[..len]).await, &what);
            rejected(key.decrypt(mode, &iv, b"", &text[..len]).await, &what);
        }
    }
}

async fn authentication(makes: &dyn RawCipher, opens: &dyn RawCipher) {
    let made = makes.encrypt(CipherMode::Gcm, None, b"aad", b"message").await.unwrap();
    let open = async |iv: &[u8], aad: &[u8], ciphertext: &[u8]| {
        opens.decrypt(CipherMode::Gcm, iv, aad, ciphertext).await
    };
    assert!(open(&made.iv, b"aad", &made.ciphertext).await.unwrap().ct_eq(b"message"));
    rejected(open(&made.iv, b"", &made.ciphertext).await, "no additional data");
    rejected(open(&made.iv, b"aae", &made.ciphertext).await, "other additional data");
    rejected(open(&[1; 12], b"aad", &made.ciphertext).await, "another initialization vector");
    for changed in tampered(&made.ciphertext) {
        rejected(open(&made.iv, b"aad", &changed).await, "a changed ciphertext");
    }
}

/// What is known of an imported key: `raw`.
pub(super) async fn check_imported(key: &dyn LiveKey, raw: &[u8]) {
    let key = key.raw().unwrap();
    let (iv, message) = ([5; 16], [6; 48]);
    let cbc = key.encrypt(CipherMode::Cbc, Some(&iv), b"", &message).await.unwrap();
    assert_eq!(cbc.ciphertext, aes_cbc_encrypt(raw, &iv, &message).unwrap());
    let ctr = key.encrypt(CipherMode::Ctr, Some(&iv), b"", &message).await.unwrap();
    assert_eq!(ctr.ciphertext, aes_ctr_encrypt(raw, &iv, &message).unwrap());
    let gcm = key.encrypt(CipherMode::Gcm, None, b"aad", &message).await.unwrap();
    let nonce = gcm.iv.as_slice().try_into().unwrap();
    assert_eq!(gcm.ciphertext, AesGcm::new(raw).unwrap().seal(nonce, b"aad", &message).unwrap());
}

/// A published example, in hexadecimal digits.
pub(super) struct Vector {
    mode: CipherMode,
    pub(super) key: &'static str,
    iv: &'static str,
    aad: &'static str,
    plaintext: &'static str,
    ciphertext: &'static str,
}

pub(super) async fn check_vector(key: &dyn LiveKey, vector: &Vector) {
    let decode = |text| hex::decode(text).unwrap();
    let (mode, iv, aad) = (vector.mode, decode(vector.iv), decode(vector.aad));
    let key = key.raw().unwrap();
    let opened = key.decrypt(mode, &iv, &aad, &decode(vector.ciphertext)).await.unwrap();
    assert!(opened.ct_eq(&decode(vector.plaintext)), "{mode:?}: a published example");
    if mode != CipherMode::Gcm {
        let made = key.encrypt(mode, Some(&iv), &aad, &decode(vector.plaintext)).await.unwrap();
        assert_eq!(hex::encode(made.ciphertext), vector.ciphertext, "{mode:?}: a published example");
    }
}

/// The examples for keys of `spec`.
pub(super) fn vectors(spec: KeySpec) -> impl Iterator<Item = &'static Vector> {
    let digits = 2 * spec.symmetric_len().unwrap();
    VECTORS.iter().filter(move |vector| vector.key.len() == digits)
}

fn tag_len(mode: CipherMode) -> usize {
    if mode == CipherMode::Gcm { 16 } else { 0 }
}

const AES_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const AES_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                    30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const GCM_TEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525\
                        b16aedf5aa0de657ba637b39";

/// SP 800-38A F.2.1, F.2.5, F.5.1 and F.5.5; cases 4 and 16 of The Galois/Counter Mode of Operation, appendix B.
static VECTORS: [Vector; 6] = [
    Vector {
        mode: CipherMode::Cbc,
        key: AES_128,
        iv: "000102030405060708090a0b0c0d0e0f",
        aad: "",
        plaintext: TEXT,
        ciphertext: "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
                     73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
    },
    Vector {
        mode: CipherMode::Cbc,
        key: AES_256,
        iv: "000102030405060708090a0b0c0d0e0f",
        aad: "",
        plaintext: TEXT,
        ciphertext: "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                     39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
    },
    Vector {
        mode: CipherMode::Ctr,
        key: AES_128,
        iv: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        aad: "",
        plaintext: TEXT,
        ciphertext: "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
                     5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
    },
    Vector {
        mode: CipherMode::Ctr,
        key: AES_256,
        iv: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        aad: "",
        plaintext: TEXT,
        ciphertext: "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
                     2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
    },
    Vector {
        mode: CipherMode::Gcm,
        key: "feffe9928665731c6d6a8f9467308308",
        iv: "cafebabefacedbaddecaf888",
        aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plaintext: GCM_TEXT,
        ciphertext: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05\
                     1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
    },
    Vector {
        mode: CipherMode::Gcm,
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        iv: "cafebabefacedbaddecaf888",
        aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plaintext: GCM_TEXT,
        ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
                     c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    },
];
