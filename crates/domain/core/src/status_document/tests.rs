use super::*;

fn check(der: &[u8], expected: bool) {
    assert_eq!(StatusDocument::new(der).is_ok(), expected, "{der:02x?}");
}

#[test]
fn only_lists_and_responses_are_signed() {
    // version 1, algorithm, issuer, thisUpdate
    check(&[0x30, 12, 2, 1, 1, 0x30, 0, 0x30, 0, 0x17, 1, 0, 5, 0], true);
    check(&[0x30, 0x81, 10, 2, 1, 1, 0x30, 0, 0x30, 0, 0x18, 1, 0], true);
    check(&[0x30, 4, 0xa1, 2, 0x30, 0], true);
    check(&[0x30, 4, 0xa2, 2, 4, 0], true);
    // Certificates of versions 3 and 1, the latter with serial number 1; a request.
    check(&[0x30, 8, 0xa0, 3, 2, 1, 2, 2, 1, 5], false);
    check(&[0x30, 11, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 2, 0x17, 0], false);
    check(&[0x30, 7, 2, 1, 0, 0x30, 0, 0x30, 0], false);
    // Something that follows, something that lacks.
    check(&[0x30, 4, 0xa2, 2, 4, 0, 0], false);
    check(&[0x30, 5, 0xa2, 2, 4, 0], false);
    check(&[0x30, 3, 2, 1, 1], false);
    check(&[0x30, 0x85, 0, 0, 0, 0, 4, 0xa2, 2, 4, 0], false);
    check(b"a message", false);
    check(&[], false);
}
