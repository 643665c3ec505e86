use super::*;

fn message<T>(result: Result<T, Fault>) -> Result<T, String> {
    result.map_err(|fault| format!("{}: {}", fault.code.name, fault.error.public()))
}

/// As clients know these messages.
#[test]
fn constraints() {
    let check = |result: Result<(), Fault>, expected: &str| {
        let expected = format!("ValidationException: 1 validation error detected: {expected}");
        assert_eq!(message(result).unwrap_err(), expected);
    };
    let text =
        |value: &'static str, range| text(serde_json::from_str(value).unwrap(), range, "keyId").map(drop);
    check(
        required::<()>(None, "keyId"),
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    );
    check(
        text("\"\"", 1..=5),
        "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    check(
        text("\"abcdef\"", 1..=5),
        "Value 'abcdef' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 5",
    );
    check(
        blob(6145, 1..=6144, "ciphertextBlob"),
        "Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144",
    );
    check(
        number::<i64>(0, 1..=9, "limit").map(drop),
        "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    check(
        number::<i64>(10, 1..=9, "limit").map(drop),
        "Value '10' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 9",
    );
    check(
        choice("C", "keySpec", &["A", "B"], |_| None),
        "Value 'C' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
    );
    check(
        pattern("a b", "aliasName", "^[ab]+$", |c| c != ' '),
        "Value 'a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[ab]+$",
    );
    assert!(text("\"äöü\"", 3..=3).is_ok());
    assert_eq!(number::<u16>(9, 1..=9, "limit").unwrap(), 9);
    assert!(number::<u8>(300, 1..=1000, "limit").is_err());
}

#[test]
fn what_the_api_has_and_we_do_not_is_unsupported() {
    let unsupported = |what: &str| Err(format!("UnsupportedOperationException: {what} is not supported."));
    assert_eq!(message(choice::<()>("SM2", "keySpec", &["SM2"], |_| None)), unsupported("SM2"));
    assert_eq!(message(absent(&Some(Present), "Recipient")), unsupported("Recipient"));
    assert_eq!(message(absent(&None, "Recipient")), Ok(()));
}

#[test]
fn grant_tokens_must_be_tokens() {
    let check = |tokens: &[&str], expected: Result<(), &str>| {
        let body = serde_json::to_string(tokens).unwrap();
        let result = grant_tokens(serde_json::from_str(&body).unwrap());
        assert_eq!(result.map_err(|fault| fault.code.name), expected, "{tokens:?}");
    };
    let token = GrantToken {
        key: "1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap(),
        grant: "ab".repeat(32).parse().unwrap(),
        nonce: [1; 8],
    };
    let token = &*token.encode();
    assert!(grant_tokens(None).is_ok());
    check(&[], Ok(()));
    check(&[token; 10], Ok(()));
    check(&[token; 11], Err("ValidationException"));
    check(&[""], Err("ValidationException"));
    check(&[token, "AAAA"], Err("InvalidGrantTokenException"));
}

#[test]
fn pages() {
    assert_eq!(limit(None, 50, 100).unwrap(), 50);
    assert_eq!(limit(Some(7), 50, 100).unwrap(), 7);
    assert_eq!(limit(Some(1000), 50, 100).unwrap(), 100);
    assert!(limit(Some(0), 50, 100).is_err());
    assert!(limit(Some(1001), 50, 100).is_err());
    let marker = |text: &str| {
        marker(Some(serde_json::from_str(text).unwrap()), |text| text.parse::<u8>().ok())
            .map_err(|f| f.code.name)
    };
    assert_eq!(super::marker(None, |_| Some(1)).unwrap(), None);
    assert_eq!(marker("\"5\""), Ok(Some(5)));
    assert_eq!(marker("\"x\""), Err("InvalidMarkerException"));
    assert_eq!(marker("\"\""), Err("ValidationException"));
    assert_eq!(next(&[1, 2], true, |last| last * 10), Some(20));
    assert_eq!(next(&[1, 2], false, |last| last * 10), None);
    assert_eq!(next(&[], true, |last: &i32| last * 10), None);
}
