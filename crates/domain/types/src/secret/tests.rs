use super::*;

#[test]
fn a_secret_never_moves_to_a_larger_buffer() {
    let mut secret = SecretBytes::with_capacity(4);
    let before = secret.expose().as_ptr();
    assert_eq!(secret.extend(b"abc"), Ok(()));
    assert_eq!(secret.extend(b"de"), Err(SecretTooLong));
    assert_eq!(secret.extend(b"d"), Ok(()));
    assert_eq!(secret.expose(), b"abcd");
    assert_eq!(secret.expose().as_ptr(), before);
}

#[test]
fn bytes_change_hands_without_a_copy() {
    let bytes = Zeroizing::new(b"abcd".to_vec());
    let at = bytes.as_ptr();
    let secret = SecretBytes::from(bytes);
    assert_eq!(secret.expose().as_ptr(), at);
    assert_eq!(Zeroizing::from(secret).as_ptr(), at);
}
