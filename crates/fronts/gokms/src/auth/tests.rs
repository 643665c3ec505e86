use super::*;

#[test]
fn dates_have_one_form() {
    let check = |text: &str, expected: Option<i64>| {
        assert_eq!(parse_date(text.as_bytes()), expected.map(Timestamp::from_secs), "{text}");
    };
    check("Wed, 28 Jan 2015 10:42:13 UTC", Some(1_422_441_733));
    check("Thu, 01 Jan 1970 00:00:00 UTC", Some(0));
    check("Wed, 28 Jan 2015 10:42:13 GMT", None);
    check("Wed, 28 Jan 2015 10:42:13 CET", None);
    check("Wed, 28 Jan 2015 10:42:13 +0000", None);
    check("Thu, 28 Jan 2015 10:42:13 UTC", None);
    check("wed, 28 jan 2015 10:42:13 UTC", None);
    check("Sun, 8 Feb 2015 10:42:13 UTC", None);
    check("Sun, 08 Feb 2015 10:42:13 UTC", Some(1_423_392_133));
    check("Mon, 30 Feb 2015 10:42:13 UTC", None);
    check("Wed, 28 Jan 2015 24:00:00 UTC", None);
    check("Wed, 28 Jan 2015 10:42:13 UTC ", None);
    check("2015-01-28T10:42:13Z", None);
    check("", None);
    assert_eq!(parse_date(&[0xff; 29]), None);
}
