use super::*;

#[test]
fn what_is_written_is_read() {
    for spec in KeySpec::ALL {
        for usage in KeyUsage::ALL.into_iter().filter(|usage| spec.allows(*usage)) {
            let public = if spec.is_asymmetric() { vec![0x30, 1] } else { Vec::new() };
            let place = KeyPlace { kind: Some((spec, usage)), id: vec![7; 20], public };
            assert_eq!(KeyPlace::decode(&place.encode().unwrap()).unwrap(), place);
        }
    }
    let unknown = KeyPlace { kind: None, id: vec![7; 20], public: Vec::new() };
    assert_eq!(KeyPlace::decode(&unknown.encode().unwrap()).unwrap(), unknown);
}

#[test]
fn handles_are_stored_and_stay_as_they_are() {
    let kind = Some((KeySpec::Aes256, KeyUsage::Encrypt));
    let handle = KeyPlace { kind, id: vec![0xab, 0xcd], public: Vec::new() }.encode().unwrap();
    assert_eq!(hex::encode(handle.0.expose()), "01076165732d32353607656e637279707402abcd");
}

#[test]
fn what_is_no_handle_is_refused() {
    check(b"");
    check(b"\x01");
    check(b"\x02\x07aes-256\x07encrypt\x02ab");
    check(b"\x01\x07aes-256\x07encrypt\x02a");
    check(b"\x01\x07aes-256\x07encrypt\x02ab\x00");
    check(b"\x01\x07aes-256\x07encrypt\x00");
    check(b"\x01\x07aes-257\x07encrypt\x02ab");
    check(b"\x01\x07aes-256\x04sign\x02ab");
    check(b"\x01\x07aes-256\x00\x02ab");
    check(b"\x01\x07ed25519\x04sign\x02ab");
    check(b"\x01\x00\x00\x02abc");
    assert!(KeyPlace { kind: None, id: vec![1; 256], public: Vec::new() }.encode().is_none());
    assert!(KeyPlace { kind: None, id: Vec::new(), public: Vec::new() }.encode().is_none());

    fn check(bytes: &[u8]) {
        let handle = Handle(SecretBytes::new(bytes.to_vec()));
        assert!(matches!(KeyPlace::decode(&handle), Err(ProviderError::Rejected)), "{bytes:?}");
    }
}
