use proptest::prelude::*;

use super::*;

#[test]
fn values_are_read_as_go_does() {
    let check = |text: &str, expected: Value<'_>| assert_eq!(decode(text.as_bytes()), Ok(expected), "{text}");
    check("null", Value::Null);
    check(" \t\r\n true x", Value::Bool);
    check("false", Value::Bool);
    for number in ["0", "-0", "12", "1.5", "1e9", "1E+9", "-1.25e-7", "01", "1e999"] {
        check(number, Value::Number);
    }
    check(r#""a\"b" and what follows"#, Value::String(br#"a\"b"#));
    check("[1, [2], {\"a\": [] }] ]", Value::Array);
    check("{}", Value::Object(vec![]));
    check(
        r#"{"a":"x","b":{"a":"inner","c":[{}]},"a":[1,{"a":2}],"d":null}{"#,
        Value::Object(vec![
            (b"a", Value::String(b"x")),
            (b"b", Value::Object(vec![])),
            (b"a", Value::Array),
            (b"d", Value::Null),
        ]),
    );
}

#[test]
fn errors_are_in_the_words_of_go() {
    let check = |text: &[u8], expected: &str| {
        let error = decode(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{:?}", String::from_utf8_lossy(text));
    };
    check(b"", "EOF");
    check(b" \n", "EOF");
    for unfinished in [
        "{",
        "[",
        "\"",
        "\"\\",
        "\"\\u12",
        "-",
        "1.",
        "1e",
        "1e+",
        "tru",
        "[1",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,",
    ] {
        check(unfinished.as_bytes(), "unexpected EOF");
    }
    check(b"x", "invalid character 'x' looking for beginning of value");
    check(b"'", r"invalid character '\'' looking for beginning of value");
    check(b"}", "invalid character '}' looking for beginning of value");
    check(b"\x00", r"invalid character '\x00' looking for beginning of value");
    check(b"\xe9", "invalid character '\u{e9}' looking for beginning of value");
    check(b"\x80", r"invalid character '\u0080' looking for beginning of value");
    check(b"{1}", "invalid character '1' looking for beginning of object key string");
    check(b"{\"a\":1,}", "invalid character '}' looking for beginning of object key string");
    check(b"{\"a\" 1}", "invalid character '1' after object key");
    check(b"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair");
    check(b"[1 2]", "invalid character '2' after array element");
    check(b"[1,]", "invalid character ']' looking for beginning of value");
    check(b"[}", "invalid character '}' looking for beginning of value");
    check(b"[01]", "invalid character '1' after array element");
    check(b"\"\n\"", r"invalid character '\n' in string literal");
    check(b"\"\\x\"", "invalid character 'x' in string escape code");
    check(b"\"\\u12g4\"", r"invalid character 'g' in \u hexadecimal character escape");
    check(b"-x", "invalid character 'x' in numeric literal");
    check(b"1.x", "invalid character 'x' after decimal point in numeric literal");
    check(b"1ex", "invalid character 'x' in exponent of numeric literal");
    check(b"trap", "invalid character 'a' in literal true (expecting 'u')");
    check(b"nil", "invalid character 'i' in literal null (expecting 'u')");
    check(&[b'['; 10_001], "exceeded max depth");
    check(&[b'['; 10_000], "unexpected EOF");
}

#[test]
fn strings_are_resolved_as_go_does() {
    let check = |raw: &[u8], expected: &str| assert_eq!(&**unquote(raw), expected);
    check(b"", "");
    check(br#"a\"\\\/\b\f\n\r\t"#, "a\"\\/\u{8}\u{c}\n\r\t");
    check(br"\u00e4\u20AC", "\u{e4}\u{20ac}");
    check(br"\ud83d\ude00!", "\u{1f600}!");
    check(br"\ud83d!", "\u{fffd}!");
    check(br"\ude00\ud83d", "\u{fffd}\u{fffd}");
    check(br"\ud83d\u0041", "\u{fffd}A");
    check(b"a\xff\xe2\x82z", "a\u{fffd}\u{fffd}\u{fffd}z");
}

#[test]
fn names_are_compared_as_go_does() {
    let check = |name: &str, expected: bool| assert_eq!(equal_fold("KeyIDs", name), expected, "{name}");
    check("KeyIDs", true);
    check("keyids", true);
    check("KEYIDS", true);
    check("\u{212a}eyID\u{17f}", true);
    check("KeyID", false);
    check("Key_IDs", false);
}

#[test]
fn strings_are_written_as_go_does() {
    let check = |text: &str, expected: &str| {
        let mut out = String::new();
        quote(text, &mut out);
        assert_eq!(out, expected);
    };
    check("", r#""""#);
    check("a \"b\" \\ /", r#""a \"b\" \\ /""#);
    check("<a href='x'> & \u{e4}", r#""\u003ca href='x'\u003e \u0026 ä""#);
    check("\n\r\t\u{0}\u{8}\u{c}\u{1f}\u{7f}", "\"\\n\\r\\t\\u0000\\u0008\\u000c\\u001f\u{7f}\"");
    check("\u{2028}\u{2029}\u{202a}\u{1f600}", "\"\\u2028\\u2029\u{202a}\u{1f600}\"");
}

proptest! {
    #[test]
    fn what_is_written_reads_back(text in any::<String>()) {
        let mut out = String::new();
        quote(&text, &mut out);
        prop_assert_eq!(&serde_json::from_str::<String>(&out).unwrap(), &text);
        let Ok(Value::String(raw)) = decode(out.as_bytes()) else { panic!("{out}") };
        prop_assert_eq!(&**unquote(raw), &text);
    }

    /// Whatever serde_json reads, we read; what it refuses for its syntax alone, we refuse.
    #[test]
    fn serde_json_agrees(text in r#"[\[\]{},:"a0-9.eE+\- \\untrfalse]{0,24}"#) {
        let theirs = serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>().next();
        match theirs {
            None => prop_assert_eq!(decode(text.as_bytes()), Err(Syntax::Empty)),
            Some(Ok(_)) => prop_assert!(decode(text.as_bytes()).is_ok(), "{}", text),
            Some(Err(error)) if error.is_eof() => prop_assert_eq!(decode(text.as_bytes()), Err(Syntax::Unfinished)),
            // serde_json also looks at what follows a number or word, and at the range of numbers.
            Some(Err(_)) => {}
        }
    }

    #[test]
    fn no_bytes_are_too_strange(text in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = decode(&text).map(|value| value.kind());
        let _ = unquote(&text);
    }
}
