use std::time::Duration;

use claviger_core::Reason;
use claviger_types::{KeySpec, Timestamp};

use super::*;

#[test]
fn times_come_back() {
    for micros in [0, 1, -1, 1_767_268_800_123_456, -62_135_596_800_000_000] {
        let time = Timestamp::from_micros(micros);
        assert_eq!(from_timestamp(timestamp(time), "t").unwrap(), time);
    }
    let far = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    assert_eq!(from_timestamp(far, "t").unwrap_err().reason(), Reason::InvalidRequest);
    let period = Duration::from_secs(86_400);
    assert_eq!(from_duration(duration(period), "d").unwrap(), period);
    for wrong in [(-1, 0), (0, 5), (0, -1)] {
        let wrong = prost_types::Duration { seconds: wrong.0, nanos: wrong.1 };
        assert!(from_duration(wrong, "d").is_err());
    }
}

#[test]
fn protection_levels() {
    let check = |level: i32, good: bool| assert_eq!(protection(level).is_ok(), good, "{level}");
    for (level, good) in [(0, true), (1, true), (2, true), (3, false), (4, false), (5, false), (9, false)] {
        check(level, good);
    }
}

#[test]
fn pem_has_lines_of_64_characters() {
    let text = pem(&[7; 91]);
    assert!(text.lines().all(|line| line.len() <= 64), "{text}");
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn the_end_of_an_ml_dsa_key_is_the_key() {
    assert_eq!(raw_ml_dsa(KeySpec::MlDsa44, &[7; 1334]).unwrap().len(), 1312);
    assert_eq!(raw_ml_dsa(KeySpec::MlDsa44, &[7; 1311]), None);
    assert_eq!(raw_ml_dsa(KeySpec::EcP256, &[7; 91]), None);
}

#[test]
fn masks_name_what_can_be_updated() {
    let mask = |paths: &[&str]| {
        let paths = paths.iter().map(ToString::to_string).collect();
        check_mask(Some(prost_types::FieldMask { paths }), &["labels", "state"])
    };
    assert_eq!(mask(&["labels"]).unwrap(), ["labels"]);
    for wrong in [&[][..], &["*"], &["labels", "name"], &["labels.x"]] {
        assert!(mask(wrong).is_err(), "{wrong:?}");
    }
    assert!(check_mask(None, &["labels"]).is_err());
}
