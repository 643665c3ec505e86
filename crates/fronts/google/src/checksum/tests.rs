use super::{crc32c, verify};

/// RFC 3720 appendix B.4.
#[test]
fn vectors() {
    assert_eq!(crc32c(b""), Some(0));
    assert_eq!(crc32c(&[0; 32]), Some(0x8a91_36aa));
    assert_eq!(crc32c(&[0xff; 32]), Some(0x62a8_ab43));
    assert_eq!(crc32c(b"123456789"), Some(0xe306_9283));
}

#[test]
fn an_absent_checksum_is_not_that_of_nothing() {
    assert!(!verify("plaintext", b"", None).unwrap());
    assert!(verify("plaintext", b"", Some(0)).unwrap());
    for wrong in [1, -1, i64::MIN, i64::MAX, 1 << 32] {
        let error = verify("plaintext", b"", Some(wrong)).unwrap_err();
        assert_eq!(
            error.public(),
            "The checksum in field plaintext_crc32c did not match the data in field plaintext."
        );
    }
}
