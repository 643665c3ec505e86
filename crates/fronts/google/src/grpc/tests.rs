use std::time::Duration;

use http::HeaderMap;

use super::{message, timeout};

#[test]
fn messages_have_a_prefix() {
    assert_eq!(message(&[0, 0, 0, 0, 2, 7, 8]).unwrap(), [7, 8]);
    assert!(message(&[0, 0, 0, 0, 0]).unwrap().is_empty());
    for wrong in [
        &[][..],
        &[0],
        &[0, 0, 0, 0],
        &[0, 0, 0, 0, 1],
        &[0, 0, 0, 0, 1, 7, 8],
        &[1, 0, 0, 0, 0],
        &[2, 0, 0, 0, 0],
    ] {
        assert!(message(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn timeouts() {
    let check = |text: &str, expected: Option<Duration>| {
        let headers = HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]);
        assert_eq!(timeout(&headers), expected, "{text}");
    };
    check("59999m", Some(Duration::from_millis(59_999)));
    check("2H", Some(Duration::from_secs(7200)));
    check("1n", Some(Duration::from_nanos(1)));
    for wrong in ["", "S", "1", "1x", "-1S", "123456789S"] {
        check(wrong, None);
    }
    assert_eq!(timeout(&HeaderMap::new()), None);
}
