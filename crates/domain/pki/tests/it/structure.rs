//! What certificates of each profile say, extension by extension.

use claviger_core::KeyRef;
use claviger_pki::{IssueCertificate, NameConstraints, SubjectKey};
use claviger_testkit::TestService;
use claviger_types::{CertificateProfile, KeySpec};
use x509_cert::{Certificate, der::Decode, time::Time};

use crate::make::{key, name, root};

const BASIC_CONSTRAINTS: &str = "2.5.29.19!";
const KEY_USAGE: &str = "2.5.29.15!";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const SUBJECT_KEY: &str = "2.5.29.14";
const AUTHORITY_KEY: &str = "2.5.29.35";
const NAMES: &str = "2.5.29.17";
const NAME_CONSTRAINTS: &str = "2.5.29.30!";
const LISTS: &str = "2.5.29.31";
const ACCESS: &str = "1.3.6.1.5.5.7.1.1";

fn extensions(der: &[u8]) -> Vec<String> {
    let certificate = Certificate::from_der(der).unwrap();
    let extensions = certificate.tbs_certificate().extensions().unwrap();
    extensions
        .iter()
        .map(|extension| format!("{}{}", extension.extn_id, if extension.critical { "!" } else { "" }))
        .collect()
}

#[tokio::test]
async fn extensions_of_each_profile() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    assert_eq!(extensions(&authority.issuers[0].certificate), [BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY]);
    let check = async |profile, subject: &str, names: &[&str], expected: &[&str]| {
        let operation = IssueCertificate {
            authority: name("root"),
            profile,
            key: SubjectKey::Key(KeyRef::id(key(&t, KeySpec::Ed25519).await)),
            subject: Some(subject.parse().unwrap()),
            names: Some(names.iter().map(|name| name.parse().unwrap()).collect()),
            lifetime: None,
            path_len: None,
            constraints: match profile {
                CertificateProfile::SubordinateCa => {
                    NameConstraints { permitted: vec!["dns:example.org".parse().unwrap()], excluded: vec![] }
                }
                _ => NameConstraints::default(),
            },
        };
        let issued = t.ok(&t.admin, operation).await;
        assert_eq!(extensions(&issued.certificate.der), expected, "{profile:?}");
        issued
    };
    let leaf = [KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_KEY, AUTHORITY_KEY, NAMES, LISTS, ACCESS];
    check(CertificateProfile::Server, "CN=a.org", &["dns:a.org"], &leaf).await;
    // Without a subject the names are critical.
    let critical = format!("{NAMES}!");
    let nameless = leaf.map(|id| if id == NAMES { &*critical } else { id });
    check(CertificateProfile::ServerClient, "", &["spiffe://a.org/b"], &nameless).await;
    let unnamed: Vec<_> = leaf.into_iter().filter(|id| *id != NAMES).collect();
    check(CertificateProfile::Client, "CN=alice", &[], &unnamed).await;
    check(CertificateProfile::Device, "SERIALNUMBER=1", &[], &unnamed).await;
    let below = [BASIC_CONSTRAINTS, NAME_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY, AUTHORITY_KEY, LISTS, ACCESS];
    check(CertificateProfile::SubordinateCa, "CN=Below", &[], &below).await;
}

/// UTCTime through 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5).
#[tokio::test]
async fn times() {
    let t = TestService::new().await;
    let form = |der: &[u8]| {
        let certificate = Certificate::from_der(der).unwrap();
        let validity = *certificate.tbs_certificate().validity();
        [validity.not_before, validity.not_after].map(|time| matches!(time, Time::UtcTime(_)))
    };
    let early = root(&t, "early").await;
    assert_eq!(form(&early.issuers[0].certificate), [true, true]);
    t.clock.set(claviger_types::Timestamp::parse_rfc3339("2045-01-01T00:00:00Z").unwrap());
    let late = root(&t, "late").await;
    assert_eq!(form(&late.issuers[0].certificate), [true, false]);
}

#[tokio::test]
async fn serial_numbers_are_long_random_and_positive() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let serial = crate::make::client(&t, "root").await.certificate.serial;
        assert_eq!(serial.as_bytes().len(), 16);
        assert!(serial.as_bytes()[0] < 0x80);
        assert!(seen.insert(serial));
    }
}
