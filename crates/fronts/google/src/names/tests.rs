use claviger_core::Reason;
use claviger_types::Region;
use proptest::prelude::*;

use super::{Names, version_number};

const RING: &str = "projects/111122223333/locations/eu-test-1/keyRings/r-1";

fn names(region: &Region) -> Names<'_> {
    Names { region }
}

fn region() -> Region {
    "eu-test-1".parse().unwrap()
}

#[test]
fn names_come_back_as_they_were() {
    let region = region();
    let names = names(&region);
    let key = format!("{RING}/cryptoKeys/k_1");
    let version = format!("{key}/cryptoKeyVersions/12");
    let job = format!("{RING}/importJobs/j");
    assert_eq!(names.ring(RING).unwrap().to_string(), RING);
    assert_eq!(names.key(&key).unwrap().to_string(), key);
    assert_eq!(names.version(&version).unwrap().to_string(), version);
    assert_eq!(names.job(&job).unwrap().to_string(), job);
    for text in [RING, &key, &job] {
        assert_eq!(names.resource(text).unwrap().to_string(), text);
    }
    assert_eq!(names.key_or_version(&version).unwrap().1.unwrap().get(), 12);
    assert_eq!(names.key_or_version(&key).unwrap().1, None);
}

#[test]
fn what_is_no_name() {
    let region = region();
    let names = names(&region);
    let check = |text: &str, reason: Reason| {
        let error = names.key(text).unwrap_err();
        assert_eq!(error.reason(), reason, "{text}: {}", error.public());
    };
    check("", Reason::InvalidRequest);
    check(RING, Reason::InvalidRequest);
    check(&format!("{RING}/cryptoKeys/"), Reason::InvalidRequest);
    check(&format!("/{RING}/cryptoKeys/k"), Reason::InvalidRequest);
    check(&format!("{RING}/cryptoKeys/k/"), Reason::InvalidRequest);
    check(&format!("{RING}/cryptoKeys/a.b"), Reason::InvalidRequest);
    check(&format!("{RING}/cryptoKeys/{}", "k".repeat(64)), Reason::InvalidRequest);
    check(&format!("{RING}/cryptoKeys/k/cryptoKeys/k"), Reason::InvalidRequest);
    check("projects/my-project/locations/eu-test-1/keyRings/r/cryptoKeys/k", Reason::InvalidRequest);
    check("projects/111122223333/locations/global/keyRings/r/cryptoKeys/k", Reason::NotFound);
}

#[test]
fn numbers_have_one_form() {
    for wrong in ["", "0", "01", "+1", "-1", "1 ", "4294967296", "a"] {
        assert_eq!(version_number(wrong), None, "{wrong}");
    }
    assert_eq!(version_number("4294967295").unwrap().get(), u32::MAX);
}

#[test]
fn the_projects_of_others_are_not_shown() {
    let region = region();
    let path = names(&region).ring(RING).unwrap();
    assert!(path.own("111122223333".parse().unwrap()).is_ok());
    assert_eq!(path.own("444455556666".parse().unwrap()).unwrap_err().reason(), Reason::Denied);
}

proptest! {
    #[test]
    fn any_text_is_a_name_or_none(text in "(projects/[0-9]{12}/locations/eu-test-1/keyRings/)?[a-z0-9/]{0,40}") {
        let region = region();
        if let Ok(resource) = names(&region).resource(&text) {
            prop_assert_eq!(resource.to_string(), text);
        }
    }
}
