use super::*;

const TIME: MemberName = MemberName::new("time");
const KEYS: MemberName = MemberName::new("keys");
const FLAG: MemberName = MemberName::new("flag");
const COUNT: MemberName = MemberName::new("count");
const NONE: MemberName = MemberName::new("none");
const PEERS: MemberName = MemberName::new("peers");

fn shown(record: &LogRecord) -> String {
    format!("{{{}}}", String::from_utf8(record.members().to_vec()).unwrap())
}

#[test]
fn only_one_object_on_one_line_is_a_record() {
    let refused: &[&[u8]] = &[
        b"",
        b"null",
        b"[1]",
        b"{\"a\":1}\n",
        b"{\"a\":\n1}",
        b"{\"a\":1}\r",
        b"{\"a\":\"\n\"}",
        b"{\"a\":1}{\"b\":2}",
        b"{\"a\":1",
        b"{\"a\":}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\0\"}",
        br#"{"seq":1}"#,
        br#"{"a":1,"hash":"x"}"#,
        br#"{"prev":null}"#,
        br#"{"flushed":0}"#,
        br#"{"\u0073eq":1}"#,
    ];
    for text in refused {
        assert!(LogRecord::parse(text).is_err(), "{}", String::from_utf8_lossy(text));
    }
    for (text, members) in [("{}", ""), (" { \"a\":{\"hash\":1} } ", "\"a\":{\"hash\":1}")] {
        assert_eq!(LogRecord::parse(text.as_bytes()).unwrap().members(), members.as_bytes());
    }
}

#[test]
fn what_is_added_is_what_is_read() {
    let mut record = LogRecord::with_capacity(0);
    assert_eq!(shown(&record), "{}");
    let texts = [
        "plain ~",
        "a \"quote\"",
        "back\\slash",
        "line\nbreak\r",
        "\u{0}\u{1f}\u{7f}",
        "größer \u{2028}",
        "",
    ];
    record.objects(KEYS, texts, |object, text| {
        object.text(TIME, text);
        object.number(COUNT, u32::MAX);
        object.flag(FLAG, text.is_empty());
    });
    record.objects(NONE, [(); 0], |_, ()| ());
    record.value(TIME, &LogValue::of(&["a"]).unwrap());
    let addresses = ["0.10.200.255", "::1", "::ffff:1.2.3.4"];
    record.objects(PEERS, addresses, |object, address| object.address(TIME, address.parse().unwrap()));
    let json = shown(&record);
    assert!(LogRecord::parse(json.as_bytes()).is_ok(), "{json}");
    let read: serde_json::Value = json.parse().unwrap();
    let texts =
        texts.map(|text| serde_json::json!({"time": text, "count": u32::MAX, "flag": text.is_empty()}));
    let peers = addresses.map(|address| serde_json::json!({ "time": address }));
    assert_eq!(read, serde_json::json!({ "keys": texts, "none": [], "time": ["a"], "peers": peers }));
}

#[test]
fn a_value_is_one_line() {
    let raw = |json: &str| serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
    for json in ["{\n}", "[1,\r2]"] {
        assert!(LogValue::of(&raw(json)).is_err());
    }
    assert!(LogValue::of(&raw("[1, 2]")).is_ok());
    assert!(LogValue::of("line\nbreak").is_ok(), "it is escaped");
    assert!(LogValue::of(&serde_json::json!({})).unwrap().is_empty());
}

#[test]
fn a_record_that_was_read_can_be_added_to() {
    for (text, expected) in [("{}", r#"{"time":"now"}"#), (r#"{"a":1}"#, r#"{"a":1,"time":"now"}"#)] {
        let mut record = LogRecord::parse(text.as_bytes()).unwrap();
        record.text(TIME, "now");
        assert_eq!(shown(&record), expected);
    }
}

#[test]
fn names_of_the_log_are_no_names() {
    for name in RESERVED.into_iter().chain(["", "Time", "a b", "a\"", "a1"]) {
        assert!(std::panic::catch_unwind(|| MemberName::new(name)).is_err(), "{name}");
    }
    let _ = (MemberName::new("sequence"), MemberName::new("hashes"), MemberName::new("dry_run"));
}
