use super::*;

fn constraints(permitted: &[&str], excluded: &[&str]) -> NameConstraints {
    let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    NameConstraints { permitted: parse(permitted), excluded: parse(excluded) }
}

#[track_caller]
fn check(permitted: &[&str], excluded: &[&str], name: &str, expected: bool) {
    let constraints = constraints(permitted, excluded);
    let name: AltName = name.parse().unwrap();
    assert_eq!(constraints.check([&name]).is_ok(), expected, "{name}");
    // The same of what is in a certificate.
    let encoded = NameConstraints::from_extension(&constraints.to_extension().unwrap()).unwrap();
    assert_eq!(encoded, constraints);
}

#[test]
fn names() {
    check(&[], &[], "dns:example.org", true);
    check(&["dns:example.org"], &[], "dns:example.org", true);
    check(&["dns:example.org"], &[], "dns:a.b.example.org", true);
    check(&["dns:example.org"], &[], "dns:*.example.org", true);
    check(&["dns:a.example.org"], &[], "dns:*.example.org", false);
    check(&["dns:example.org"], &[], "dns:badexample.org", false);
    check(&["dns:example.org"], &[], "dns:org", false);
    check(&["dns:"], &[], "dns:anything.at.all", true);
    // A kind of which nothing is permitted.
    check(&["dns:example.org"], &[], "ip:192.0.2.1", false);
    check(&["dns:example.org"], &[], "spiffe://example.org/a", false);
    check(&[], &["dns:example.org"], "ip:192.0.2.1", true);
    check(&[], &["dns:example.org"], "dns:a.example.org", false);
    check(&[], &["dns:a.example.org"], "dns:*.example.org", false);
    check(&[], &["dns:a.example.org"], "dns:b.example.org", true);
    check(&["ip:192.0.2.0/24"], &[], "ip:192.0.2.255", true);
    check(&["ip:192.0.2.0/24"], &["ip:192.0.2.128/25"], "ip:192.0.2.255", false);
    check(&["ip:0.0.0.0/0"], &[], "ip:2001:db8::1", false);
    check(&["ip:2001:db8::/32"], &[], "ip:2001:db8:1::1", true);
    check(&["ip:2001:db8::/32"], &[], "ip:2001:db9::1", false);
    check(&["uri:example.org"], &[], "spiffe://example.org/a", true);
    check(&["uri:example.org"], &[], "spiffe://a.example.org/a", false);
    check(&["uri:.example.org"], &[], "spiffe://a.example.org/a", true);
    check(&["uri:.example.org"], &[], "spiffe://example.org/a", false);
}

#[test]
fn texts_that_are_none() {
    let wrong = [
        "",
        "example.org",
        "dns:.example.org",
        "dns:a b",
        "ip:10.0.0.0",
        "ip:10.0.0.1/8",
        "ip:10.0.0.0/33",
        "ip:::/129",
        "uri:",
        "uri:.",
        "uri:https://example.org",
        "mail:a@b",
    ];
    for text in wrong {
        assert!(text.parse::<Subtree>().is_err(), "{text}");
    }
}

#[test]
fn below_an_authority_nothing_is_wider() {
    let check = |above: &[&str], below: &[&str], expected: Option<&[&str]>| {
        let narrowed =
            constraints(above, &["dns:secret.org"]).narrowed(&constraints(below, &["dns:more.org"]));
        let expected = expected.map(|permitted| constraints(permitted, &["dns:secret.org", "dns:more.org"]));
        assert_eq!(narrowed.ok(), expected, "{below:?} below {above:?}");
    };
    check(&[], &["dns:a.org"], Some(&["dns:a.org"]));
    check(&["dns:a.org"], &[], Some(&["dns:a.org"]));
    check(&["dns:a.org"], &["dns:b.a.org"], Some(&["dns:b.a.org"]));
    check(&["dns:a.org"], &["dns:org"], None);
    check(&["dns:a.org"], &["ip:10.0.0.0/8"], None);
    check(&["ip:10.0.0.0/8"], &["ip:10.1.0.0/16"], Some(&["ip:10.1.0.0/16"]));
    check(&["ip:10.0.0.0/8"], &["ip:0.0.0.0/0"], None);
    check(&["uri:.a.org"], &["uri:.b.a.org"], Some(&["uri:.b.a.org"]));
    check(&["uri:.a.org"], &["uri:b.a.org"], Some(&["uri:b.a.org"]));
    check(&["uri:b.a.org"], &["uri:.a.org"], None);
}

#[test]
fn masks_with_gaps() {
    let block = |bytes: &[u8]| {
        let base = GeneralName::IpAddress(OctetString::new(bytes).unwrap());
        Subtree::from_general(&GeneralSubtree { base, minimum: 0, maximum: None }).unwrap()
    };
    assert_eq!(block(&[10, 0, 0, 0, 255, 0, 0, 0]).unwrap(), "ip:10.0.0.0/8".parse().unwrap());
    assert_eq!(block(&[0; 8]).unwrap(), "ip:0.0.0.0/0".parse().unwrap());
    assert_eq!(block(&[0; 32]).unwrap(), "ip:::/0".parse().unwrap());
    for wrong in [&[10, 0, 0, 0, 255, 0, 255, 0][..], &[10, 0, 0, 0, 0, 0, 0, 1], &[0; 7], &[]] {
        assert!(block(wrong).is_err(), "{wrong:?}");
    }
}
