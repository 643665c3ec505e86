use claviger_crypto::{HashAlg, digest};
use claviger_ports::LiveKey;
use claviger_types::{KeySpec, MacAlgorithm};

use super::{TestKey, messages, tampered, unsupported};

pub(super) async fn check(key: &TestKey) {
    let algorithm = MacAlgorithm::of(key.spec).unwrap();
    let makes = key.live.mac().unwrap();
    let checks = key.reopened.mac().unwrap();
    for message in messages() {
        let mac = makes.compute(algorithm, &message).await.unwrap();
        assert_eq!(mac.len(), hash(key.spec).digest_len(), "{:?}: truncated", key.spec);
        assert_eq!(mac, checks.compute(algorithm, &message).await.unwrap(), "{:?}", key.spec);
        assert!(checks.verify(algorithm, &message, &mac).await.unwrap(), "{:?}", key.spec);
        let other = [&message[..], b"!"].concat();
        assert!(!checks.verify(algorithm, &other, &mac).await.unwrap(), "another message passes");
        for changed in tampered(&mac) {
            assert!(!checks.verify(algorithm, &message, &changed).await.unwrap(), "a changed code passes");
        }
    }
    for other in KeySpec::ALL.into_iter().filter_map(MacAlgorithm::of).filter(|a| *a != algorithm) {
        let what = format!("{:?} with {other:?}", key.spec);
        unsupported(makes.compute(other, b"message").await, &what);
        unsupported(makes.verify(other, b"message", &[0; 32]).await, &what);
    }
}

/// The keys of RFC 4231, and of RFC 2202 for SHA-1, that can be written with exactly the length of a key of `spec`: short ones padded with zeros,
/// which is what HMAC itself does (RFC 2104 §2), and those longer than a block as their digest, likewise.
pub(super) fn vectors(spec: KeySpec) -> Vec<Vector> {
    let vector = |key, message, mac| {
        let key = match key {
            Key::Short(key) => {
                let mut key = key.to_vec();
                key.resize(spec.symmetric_len().unwrap(), 0);
                key
            }
            Key::Long(key) => digest(hash(spec), key),
        };
        Vector { key, message, mac: hex::decode(mac).unwrap() }
    };
    match column(spec) {
        None => RFC_2202.into_iter().map(|(key, message, mac)| vector(key, message, mac)).collect(),
        Some(at) => RFC_4231.into_iter().map(|(key, message, macs)| vector(key, message, macs[at])).collect(),
    }
}

pub(super) struct Vector {
    pub(super) key: Vec<u8>,
    message: &'static [u8],
    mac: Vec<u8>,
}

pub(super) async fn check_vector(spec: KeySpec, key: &dyn LiveKey, vector: &Vector) {
    let algorithm = MacAlgorithm::of(spec).unwrap();
    let key = key.mac().unwrap();
    assert_eq!(key.compute(algorithm, vector.message).await.unwrap(), vector.mac, "{spec:?}");
    assert!(key.verify(algorithm, vector.message, &vector.mac).await.unwrap(), "{spec:?}");
}

fn hash(spec: KeySpec) -> HashAlg {
    column(spec).map_or(HashAlg::Sha1, |at| HASHES[at])
}

/// Where the hash of a key is in the table of RFC 4231.
fn column(spec: KeySpec) -> Option<usize> {
    match MacAlgorithm::of(spec).unwrap() {
        MacAlgorithm::HmacSha1 => None,
        MacAlgorithm::HmacSha224 => Some(0),
        MacAlgorithm::HmacSha256 => Some(1),
        MacAlgorithm::HmacSha384 => Some(2),
        MacAlgorithm::HmacSha512 => Some(3),
    }
}

const HASHES: [HashAlg; 4] = [HashAlg::Sha224, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512];

enum Key {
    Short(&'static [u8]),
    Long(&'static [u8]),
}

/// Test cases 1 to 3, 6 and 7 of RFC 2202 §3; the key of the fourth is longer than ours and no longer than a block.
const RFC_2202: [(Key, &[u8], &str); 5] = [
    (Key::Short(&[0x0b; 20]), b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    (Key::Short(b"Jefe"), b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (Key::Short(&[0xaa; 20]), &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
    (
        Key::Long(&[0xaa; 80]),
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    ),
    (
        Key::Long(&[0xaa; 80]),
        b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
        "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
    ),
];

/// Test cases 1 to 4, 6 and 7 of RFC 4231.
const RFC_4231: [(Key, &[u8], [&str; HASHES.len()]); 6] = [
    (
        Key::Short(&[0x0b; 20]),
        b"Hi There",
        [
            "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274e\
             aea3f4e4be9d914eeb61f1702e696c203a126854",
        ],
    ),
    (
        Key::Short(b"Jefe"),
        b"what do ya want for nothing?",
        [
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65\
             f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ],
    ),
    (
        Key::Short(&[0xaa; 20]),
        &[0xdd; 50],
        [
            "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a4\
             7e67c807b946a337bee8942674278859e13292fb",
        ],
    ),
    (
        Key::Short(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"),
        &[0xcd; 50],
        [
            "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275c\
             c5788063a5f19741120c4f2de2adebeb10a298dd",
        ],
    ),
    (
        Key::Long(&[0xaa; 131]),
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        [
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd221\
             5d6a1e5295e64f73f63f0aec8b915a985d786598",
        ],
    ),
    (
        Key::Long(&[0xaa; 131]),
        b"This is a test using a larger than block-size key and a larger than block-size data. The key n\
          eeds to be hashed before being used by the HMAC algorithm.",
        [
            "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55\
             c3e4de15134676fb6de0446065c97440fa8c6a58",
        ],
    ),
];
