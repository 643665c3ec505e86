use std::fs;

use claviger_ports::Clock;
use claviger_types::Days;

use super::Certificates;
use crate::{ambient::SystemClock, data_dir::DataDir};

/// What is renewed after `days`, of the authority and of the server.
#[track_caller]
fn check(days: u16, expected: (bool, bool)) {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::create(&parent.path().join("data")).unwrap();
    let certificates = Certificates::of(&dir);
    let now = SystemClock.now();
    certificates.renew(now).unwrap();
    let content = || (fs::read(&certificates.ca).unwrap(), fs::read(&certificates.server).unwrap());
    let before = content();
    certificates.renew(now.plus_days(Days(days))).unwrap();
    let after = content();
    assert_eq!((before.0 != after.0, before.1 != after.1), expected, "after {days} days");
}

#[test]
fn certificates_are_renewed_in_time() {
    check(0, (false, false));
    check(366, (false, false));
    check(368, (false, true));
    check(3619, (false, true));
    check(3621, (true, true));
}

#[test]
fn what_is_lost_is_made_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::create(&parent.path().join("data")).unwrap();
    let certificates = Certificates::of(&dir);
    let now = SystemClock.now();
    certificates.renew(now).unwrap();
    let ca = fs::read(&certificates.ca).unwrap();
    fs::write(&certificates.server, "damaged").unwrap();
    certificates.renew(now).unwrap();
    let tls = crate::dev::tls(&dir).unwrap();
    crate::listen::tls_config(&tls).unwrap();
    assert_eq!(fs::read(&certificates.ca).unwrap(), ca, "the authority stays");
    fs::remove_file(&certificates.ca_key).unwrap();
    certificates.renew(now).unwrap();
    assert_ne!(fs::read(&certificates.ca).unwrap(), ca);
}
