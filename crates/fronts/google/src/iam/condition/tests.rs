use claviger_core::Reason;
use claviger_types::Timestamp;
use proptest::prelude::*;

use super::{Comparison, ResourceType, Term, parse};

#[test]
fn comparisons() {
    let check = |text: &str, expected: &[Term]| assert_eq!(parse(text).unwrap(), expected, "{text}");
    let new_year = Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap();
    let time = |comparison| Term::Time(comparison, new_year);
    check("request.time < timestamp(\"2027-01-01T00:00:00Z\")", &[time(Comparison::Less)]);
    check("request.time<=timestamp('2027-01-01T00:00:00Z')", &[time(Comparison::LessOrEqual)]);
    check("request.time > timestamp( \"2027-01-01T01:00:00+01:00\" )", &[time(Comparison::Greater)]);
    check(
        "resource.type == \"cloudkms.googleapis.com/CryptoKey\" && request.time >= timestamp(\"2027-01-01T00:00:00Z\")\n\
         && resource.name.startsWith(\"projects/p\") && resource.name == 'projects/p/x'",
        &[
            Term::Type(ResourceType::Key),
            time(Comparison::GreaterOrEqual),
            Term::NamePrefix("projects/p".to_owned()),
            Term::Name("projects/p/x".to_owned()),
        ],
    );
}

#[test]
fn what_is_outside_of_the_subset_is_refused() {
    for text in [
        "",
        "true",
        "request.time",
        "request.time < \"2027-01-01T00:00:00Z\"",
        "request.time == timestamp(\"2027-01-01T00:00:00Z\")",
        "request.time < timestamp(\"2027\")",
        "request.time < timestamp(\"2027-01-01T00:00:00.5Z\")",
        "request.time < timestamp(\"2027-01-01T00:00:00Z\"",
        "request.time.getHours() < 9",
        "timestamp(\"2027-01-01T00:00:00Z\") > request.time",
        "resource.type == \"storage.googleapis.com/Bucket\"",
        "resource.type != \"cloudkms.googleapis.com/CryptoKey\"",
        "resource.name.endsWith(\"x\")",
        "resource.name == \"a\\\"b\"",
        "resource.name == \"\"",
        "resource.name == projects",
        "resource.name.startsWith(\"a\") || resource.name.startsWith(\"b\")",
        "resource.name.startsWith(\"a\") &&",
        "&& resource.name.startsWith(\"a\")",
        "resource.name.startsWith(\"a\") resource.name.startsWith(\"b\")",
        "!resource.name.startsWith(\"a\")",
        "(resource.name.startsWith(\"a\"))",
        "request.auth.claims.email == \"x\"",
    ] {
        assert_eq!(parse(text).expect_err(text).reason(), Reason::InvalidRequest, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z.&<>=(\"' )é]{0,60}") {
        let _ = parse(&text);
    }
}
