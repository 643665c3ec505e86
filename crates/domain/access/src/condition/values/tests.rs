use claviger_types::Timestamp;

use super::{Network, date, number};

#[test]
fn dates() {
    let check = |text: &str, expected: Option<i64>| {
        assert_eq!(date(text), expected.map(Timestamp::from_secs), "{text}");
    };
    check("1970-01-02T00:00:00Z", Some(86_400));
    check("1970-01-02T01:00:00+01:00", Some(86_400));
    check("1970-01-02T00:00Z", Some(86_400));
    check("1970-01-02T01:00+01:00", Some(86_400));
    check("1970-01-02", Some(86_400));
    check("1970-02", Some(31 * 86_400));
    check("86400", Some(86_400));
    check("0", Some(0));
    check("1970", None);
    check("", None);
    check("tomorrow", None);
    check("1970-13-01", None);
    check("1970-01-02T00:00:00", None);
    check("99999999999999999999", None);
    check("-1", None);
}

#[test]
fn numbers() {
    let check = |text: &str, expected: Option<f64>| assert_eq!(number(text), expected, "{text}");
    check("7", Some(7.0));
    check("-7.5", Some(-7.5));
    check("1e3", Some(1000.0));
    check("", None);
    check("7 ", None);
    check("0x7", None);
    check("NaN", None);
    check("inf", None);
    check("1e999", None);
}

#[test]
fn networks() {
    let check = |text: &str, inside: &str, outside: &str| {
        let network = Network::parse(text).unwrap();
        assert!(network.contains(inside.parse().unwrap()), "{text} {inside}");
        assert!(!network.contains(outside.parse().unwrap()), "{text} {outside}");
    };
    check("10.0.0.0/8", "10.255.0.1", "11.0.0.0");
    check("10.1.2.3/8", "10.255.0.1", "11.0.0.0");
    check("10.0.0.1", "10.0.0.1", "10.0.0.2");
    check("10.0.0.0/31", "10.0.0.1", "10.0.0.2");
    check("::/0", "2001:db8::1", "10.0.0.1");
    check("2001:db8::/32", "2001:db8:ffff::", "2001:db9::");
    for text in ["", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "10.0.0.0/+8", "::/129", "10.0.0.0/8/8", "*"] {
        assert!(Network::parse(text).is_none(), "{text}");
    }
}
