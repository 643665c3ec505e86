use proptest::prelude::*;

use super::*;
use crate::call::from_json;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sample<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    blob: Option<Blob>,
    map: Option<StringMap>,
    time: Option<Seconds>,
    number: Option<i64>,
    flag: Option<bool>,
    #[serde(borrow)]
    list: Option<Vec<Text<'a>>>,
}

fn show(body: &str) -> String {
    let sample: Sample<'_> = match from_json(body.as_bytes()) {
        Ok(sample) => sample,
        Err(fault) => return fault.code.name.to_owned(),
    };
    let mut shown = Vec::new();
    shown.extend(sample.text.map(|text| match text.0 {
        Cow::Borrowed(text) => format!("borrowed {text}"),
        Cow::Owned(text) => format!("owned {text}"),
    }));
    shown.extend(sample.blob.map(|Blob(bytes)| format!("{bytes:?}")));
    shown.extend(sample.map.map(|StringMap(map)| format!("{map:?}")));
    shown.extend(sample.time.map(|Seconds(time)| time.to_string()));
    shown.extend(sample.number.map(|number| number.to_string()));
    shown.extend(sample.flag.map(|flag| flag.to_string()));
    shown
        .extend(sample.list.map(|list| format!("{:?}", list.iter().map(|text| &**text).collect::<Vec<_>>())));
    shown.join(" ")
}

#[test]
fn members() {
    let check = |body: &str, expected: &str| assert_eq!(show(body), expected, "{body}");
    const BAD: &str = "SerializationException";
    check("{}", "");
    check("", "");
    check(" \n{} ", "");
    check(r#"{"Unknown":{"a":[1,2]},"Text":null}"#, "");
    check("{", BAD);
    check("[]", BAD);
    check(r#"["a"]"#, BAD);
    check("null", BAD);
    check("{} {}", BAD);
    check(r#"{"Text":"a","Text":"b"}"#, BAD);
    check(&format!("{}{}", r#"{"Unknown":"#, "[".repeat(200)), BAD);
    check(r#"{"Text":"a"}"#, "borrowed a");
    check(r#"{"Text":"\u0061\/"}"#, "owned a/");
    check(r#"{"text":"a"}"#, "");
    check(r#"{"Text":5}"#, BAD);
    check("{\"Text\":\"\u{1}\"}", BAD);
    check(r#"{"Blob":""}"#, "[]");
    check(r#"{"Blob":"AAEC"}"#, "[0, 1, 2]");
    check(r#"{"Blob":"\/\/79"}"#, "[255, 254, 253]");
    check(r#"{"Blob":"AA=="}"#, "[0]");
    check(r#"{"Blob":"AA"}"#, BAD);
    check(r#"{"Blob":"AB=="}"#, BAD);
    check(r#"{"Blob":"__79"}"#, BAD);
    check(r#"{"Blob":"AAE C"}"#, BAD);
    check(r#"{"Blob":[1]}"#, BAD);
    check(r#"{"Map":{"b":"1","a":"2"}}"#, r#"{"a": "2", "b": "1"}"#);
    check(r#"{"Map":{"a":"1","a":"2"}}"#, BAD);
    check(r#"{"Map":{"a":1}}"#, BAD);
    check(r#"{"Time":1767225600}"#, "2026-01-01T00:00:00Z");
    check(r#"{"Time":1767225600.5}"#, "2026-01-01T00:00:00.5Z");
    check(r#"{"Time":-1}"#, BAD);
    check(r#"{"Time":1e300}"#, BAD);
    check(r#"{"Time":"2026-01-01T00:00:00Z"}"#, BAD);
    check(r#"{"Number":5,"Flag":true}"#, "5 true");
    check(r#"{"Number":5.5}"#, BAD);
    check(r#"{"Number":"5"}"#, BAD);
    check(r#"{"Flag":"true"}"#, BAD);
    check(r#"{"List":["a","b"]}"#, r#"["a", "b"]"#);
}

/// What could not be read may be secret, and is not told.
#[test]
fn errors_show_no_values() {
    let fault = from_json::<Sample<'_>>(br#"{"Number":"secret"}"#).err().unwrap();
    assert_eq!(fault.error.public(), "The request body can't be read at line 1, column 18.");
}

proptest! {
    #[test]
    fn base64_is_its_own_inverse(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut text = Vec::new();
        write_json(&mut text, &Base64(&bytes));
        let Blob(blob) = serde_json::from_slice(&text).unwrap();
        prop_assert_eq!(&blob, &bytes);
        let SecretBlob(secret) = serde_json::from_slice(&text).unwrap();
        prop_assert_eq!(secret.expose(), &bytes);
    }

    #[test]
    fn times_keep_their_milliseconds(millis in 0_i64..253_402_300_800_000) {
        let time = Timestamp::from_micros(millis * 1000);
        let text = serde_json::to_string(&Seconds(time)).unwrap();
        let Seconds(parsed) = serde_json::from_str(&text).unwrap();
        prop_assert!((parsed.micros() - time.micros()).abs() < 1000, "{} {}", parsed, time);
    }

    #[test]
    fn any_body_is_read_or_refused(body in "\\PC{0,80}") {
        let _ = show(&body);
        let _ = show(&format!(r#"{{"Text":{body}}}"#));
    }
}
