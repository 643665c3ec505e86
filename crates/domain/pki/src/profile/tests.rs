use super::*;

fn check(profile: CertificateProfile, subject: &str, names: &[&str], refusal: Option<&str>) {
    let names: Vec<AltName> = names.iter().map(|name| name.parse().unwrap()).collect();
    let checked = Profile::of(profile).check_names(&subject.parse().unwrap(), &names);
    match (checked, refusal) {
        (Ok(()), None) => {}
        (Err(error), Some(text)) => assert!(error.public().contains(text), "{error:?}"),
        (checked, _) => panic!("{profile:?} {subject} {names:?}: {checked:?}"),
    }
}

#[test]
fn names() {
    use CertificateProfile::*;
    check(Server, "", &["dns:a.org"], None);
    check(Server, "CN=A.org", &["dns:a.org", "ip:192.0.2.1"], None);
    check(Server, "CN=192.0.2.1", &["ip:192.0.2.1"], None);
    check(Server, "CN=b.org", &["dns:a.org"], Some("one of its alternative names"));
    check(Server, "CN=My server", &["dns:a.org"], Some("one of its alternative names"));
    check(Server, "CN=a.org", &[], Some("need an alternative name"));
    check(Server, "", &["dns:a.org", "dns:a.org"], Some("twice"));
    check(ServerClient, "CN=billing", &["spiffe://a.org/billing"], None);
    check(ServerClient, "CN=b.org", &["spiffe://a.org/billing"], Some("one of its alternative names"));
    check(ServerClient, "", &["spiffe://a.org/x", "spiffe://a.org/y"], Some("one SPIFFE id"));
    check(Client, "CN=alice", &[], None);
    check(Client, "", &["spiffe://a.org/x"], None);
    check(Client, "", &[], Some("needs a subject"));
    check(Client, "", &["ip:192.0.2.1"], Some("do not have names"));
    check(Device, "SERIALNUMBER=1", &[], None);
    check(Device, "O=Example", &["dns:a.org"], Some("serial number"));
    check(SubordinateCa, "CN=Below", &[], None);
    check(SubordinateCa, "O=Below", &[], Some("common name"));
    check(SubordinateCa, "CN=Below", &["dns:a.org"], Some("do not have names"));
    let many: Vec<String> = (0..101).map(|number| format!("dns:a{number}.org")).collect();
    check(Server, "", &many.iter().map(String::as_str).collect::<Vec<_>>(), Some("at most 100"));
}

#[test]
fn lifetimes() {
    for profile in CertificateProfile::ALL {
        let profile = Profile::of(profile);
        assert_eq!(profile.lifetime(None).unwrap(), profile.lifetime);
        assert!(profile.lifetime(Some(profile.max_lifetime)).is_ok());
        for wrong in [
            Duration::ZERO,
            MIN_LIFETIME - Duration::from_secs(1),
            profile.max_lifetime + Duration::from_secs(1),
        ] {
            assert!(profile.lifetime(Some(wrong)).is_err());
        }
    }
}
