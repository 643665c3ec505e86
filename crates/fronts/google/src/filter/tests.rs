use std::collections::HashMap;

use super::Filter;
use crate::wire::{descriptors, kms};

fn filter(text: &str) -> Result<Filter, String> {
    let descriptor = descriptors().unwrap().get_message_by_name("google.cloud.kms.v1.CryptoKey").unwrap();
    Filter::parse(text, descriptor).map_err(|error| error.public().to_owned())
}

fn key() -> kms::CryptoKey {
    kms::CryptoKey {
        name: "projects/1/keyRings/r/cryptoKeys/payments".to_owned(),
        purpose: 5,
        create_time: Some(prost_types::Timestamp { seconds: 1_767_225_600, nanos: 5 }),
        version_template: Some(kms::CryptoKeyVersionTemplate { protection_level: 1, algorithm: 12 }),
        labels: HashMap::from([("stage".to_owned(), "prod".to_owned())]),
        ..Default::default()
    }
}

#[track_caller]
fn check(text: &str, expected: bool) {
    assert_eq!(filter(text).unwrap().matches(&key()).unwrap(), expected, "{text}");
}

#[test]
fn comparisons() {
    check("", true);
    check("name:payments", true);
    check("name:other", false);
    check("purpose=ASYMMETRIC_SIGN", true);
    check("purpose = MAC", false);
    check("purpose!=MAC", true);
    check("versionTemplate.algorithm=EC_SIGN_P256_SHA256", true);
    check("version_template.algorithm=EC_SIGN_P384_SHA384", false);
    check("labels.stage=prod", true);
    check("labels.stage=\"prod\"", true);
    check("labels.stage:pr", true);
    check("labels.stage:*", true);
    check("labels.owner:*", false);
    check("labels.owner!=me", true);
    check("importOnly=false", true);
    check("createTime>=\"2026-01-01T00:00:00Z\"", true);
    check("createTime<=2026-01-01T00:00:00Z", false);
    check("nextRotationTime<2030-01-01T00:00:00Z", false);
    check("purpose=ASYMMETRIC_SIGN AND labels.stage=prod", true);
    check("purpose=ASYMMETRIC_SIGN labels.stage=test", false);
}

#[test]
fn what_is_outside_of_the_subset_is_refused() {
    for text in [
        "name",
        "name=",
        "=x",
        "nothing=1",
        "purpose=NOTHING",
        "purpose:MAC",
        "purpose<MAC",
        "name<a",
        "labels=prod",
        "labels:stage",
        "versionTemplate=x",
        "rotationPeriod=1s",
        "NOT purpose=MAC",
        "-purpose=MAC",
        "(purpose=MAC)",
        "purpose=MAC OR purpose=ASYMMETRIC_SIGN",
        "purpose=MAC AND",
        "purpose=MAC AND ",
        "name=\"a",
        "name=\"a\"b",
        "createTime>yesterday",
    ] {
        let refused = filter(text).expect_err(text);
        assert!(refused.starts_with("The filter is not understood"), "{refused}");
    }
}
