use super::*;

#[test]
fn serial_numbers() {
    let check = |bytes: &[u8], expected: Option<&str>| {
        let text = CertificateSerial::from_be_bytes(bytes).map(|serial| serial.to_string());
        assert_eq!(text.as_deref(), expected, "{bytes:02x?}");
    };
    check(&[], None);
    check(&[0, 0], None);
    check(&[0, 1], Some("01"));
    check(&[0xff], Some("ff"));
    check(&[0x7f; 20], Some(&"7f".repeat(20)));
    check(&[0x80; 20], None);
    check(&[1; 21], None);
    for bytes in [[0; 16], [0xff; 16]] {
        let serial = CertificateSerial::from_random(bytes);
        assert_eq!(serial.as_bytes().len(), 16);
        assert_eq!(serial.as_bytes()[0] & 0xc0, 0x40);
        assert_eq!(serial.to_string().parse(), Ok(serial));
    }
    for wrong in ["", "0", "00", "0x1", "1 ", "+1", "é1"] {
        assert!(wrong.parse::<CertificateSerial>().is_err(), "{wrong}");
    }
}

#[test]
fn issuer_ids() {
    let id = IssuerId::from_bytes([0xab; 20]);
    assert_eq!(id.to_string(), "ab".repeat(20));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!("ab".repeat(19).parse::<IssuerId>().is_err());
}

#[test]
fn names() {
    for good in ["a", "Root_CA-1", &"x".repeat(63)] {
        assert!(good.parse::<AuthorityName>().is_ok(), "{good}");
    }
    for bad in ["", "a b", "a/b", "a.b", &"x".repeat(64)] {
        assert!(bad.parse::<AuthorityName>().is_err(), "{bad}");
    }
}
