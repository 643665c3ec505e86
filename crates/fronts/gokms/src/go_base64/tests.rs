use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;

use super::*;

#[test]
fn go_base64_is_read_as_go_does() {
    let check = |text: &str, expected: Result<&[u8], usize>| {
        let decoded = decode(text.as_bytes());
        assert_eq!(decoded.as_ref().map(|bytes| bytes.as_slice()).map_err(|at| *at), expected, "{text:?}");
    };
    check("", Ok(b""));
    check("\n", Ok(b""));
    check("Zg==", Ok(b"f"));
    check("Zm8=", Ok(b"fo"));
    check("Zm9v", Ok(b"foo"));
    check("Zm9\r\nvYg=\n=\r", Ok(b"foob"));
    // Bits that nothing uses may be set.
    check("Zh==", Ok(b"f"));
    check("Z", Err(0));
    check("Zg", Err(0));
    check("Zm9vZg", Err(4));
    check("Zg=", Err(3));
    check("Zg=x", Err(2));
    check("=", Err(0));
    check("Z===", Err(1));
    check("Zg===", Err(4));
    check("Zg==Zg==", Err(4));
    check("Zm8=x", Err(4));
    check("Zm-v", Err(2));
    check("Zm 9v", Err(2));
}

proptest! {
    #[test]
    fn what_was_encoded_decodes(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(&**decode(BASE64_STANDARD.encode(&bytes).as_bytes()).unwrap(), &bytes[..]);
    }

    #[test]
    fn no_text_is_too_strange(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Err(at) = decode(&text) {
            prop_assert!(at <= text.len());
        }
    }
}
