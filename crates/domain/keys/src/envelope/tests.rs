use std::collections::BTreeMap;

use super::*;

fn header() -> Header {
    Header { aead: 1, key: KeyId::from_bytes([7; 16]), version: VersionNumber::FIRST }
}

fn context(pairs: &[(&str, &str)]) -> AdditionalData {
    let pairs: BTreeMap<_, _> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    AdditionalData::Context(EncryptionContext::new(pairs))
}

#[test]
fn a_header_is_read_back() {
    let mut bytes = Vec::new();
    header().write(&AdditionalData::None, &mut bytes);
    bytes.extend_from_slice(b"sealed");
    assert_eq!(Header::parse(&bytes).unwrap(), (header(), &b"sealed"[..]));
}

#[test]
fn what_is_not_a_header_is_refused() {
    let mut bytes = Vec::new();
    header().write(&AdditionalData::None, &mut bytes);
    for len in 0..bytes.len() {
        assert_eq!(Header::parse(&bytes[..len]).unwrap_err().reason(), Reason::InvalidCiphertext);
    }
    let mut foreign = bytes.clone();
    foreign[0] ^= 1;
    assert!(Header::parse(&foreign).is_err());
    let mut version_zero = bytes;
    version_zero[18..22].fill(0);
    assert!(Header::parse(&version_zero).is_err());
}

#[test]
fn different_additional_data_gives_different_associated_data() {
    let all = [
        AdditionalData::None,
        context(&[("a", "b")]),
        context(&[("ab", "")]),
        context(&[("", "ab")]),
        context(&[("a", ""), ("b", "")]),
        context(&[("a", "b"), ("c", "d")]),
        AdditionalData::Bytes(b"ab".to_vec()),
    ];
    let encoded: Vec<_> = all.iter().map(|data| header().associated_data(data)).collect();
    for (i, a) in encoded.iter().enumerate() {
        for b in &encoded[i + 1..] {
            assert_ne!(a, b);
        }
    }
    assert_eq!(header().associated_data(&context(&[])), encoded[0]);
    assert_eq!(header().associated_data(&AdditionalData::Bytes(Vec::new())), encoded[0]);
}
