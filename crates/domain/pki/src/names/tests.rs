use super::*;

fn check(text: &str, expected: Option<&str>) {
    let parsed = text.parse::<AltName>();
    assert_eq!(parsed.as_ref().ok().map(ToString::to_string).as_deref(), expected, "{text}: {parsed:?}");
    if let Ok(name) = parsed {
        assert_eq!(AltName::from_general(&name.to_general().unwrap()).unwrap(), name);
    }
}

#[test]
fn texts() {
    check("dns:Example.ORG", Some("dns:example.org"));
    check("dns:localhost", Some("dns:localhost"));
    check("dns:*.example.org", Some("dns:*.example.org"));
    check("dns:xn--bcher-kva.example", Some("dns:xn--bcher-kva.example"));
    for wrong in
        ["", "*", "*.org", "a.*.org", "a..b", ".a", "a.", "-a", "a-", "a_b", "192.0.2.1", "bücher.de", "a b"]
    {
        check(&format!("dns:{wrong}"), None);
    }
    check(&format!("dns:{}.org", "x".repeat(64)), None);
    check(&format!("dns:{}org", "x.".repeat(126)), None);
    check("ip:192.0.2.1", Some("ip:192.0.2.1"));
    check("ip:2001:DB8::1", Some("ip:2001:db8::1"));
    check("ip:192.0.2.1/24", None);
    check("ip:192.0.2.256", None);
    check("spiffe://example.org/a/b_c.d-E", Some("spiffe://example.org/a/b_c.d-E"));
    for wrong in [
        "",
        "/",
        "example.org",
        "example.org/",
        "Example.org/a",
        "example.org:1/a",
        "u@example.org/a",
        "a/../b",
        "a/./b",
        "a//b",
        "a/b?c",
        "a/b#c",
        "a/%20",
        "/a",
    ] {
        check(&format!("spiffe://{wrong}"), None);
    }
    check("https://example.org", None);
    check("email:a@example.org", None);
    check("example.org", None);
}
