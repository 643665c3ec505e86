use proptest::prelude::*;

use super::*;

#[test]
fn uris_of_the_specification_and_of_tools_are_read() {
    // RFC 7512 §3, without what we refuse.
    let uri = parse("pkcs11:");
    assert_eq!(uri, Pkcs11Uri::default());
    let uri = parse("pkcs11:object=my-pubkey;type=public");
    assert_eq!(uri.object.label.as_deref(), Some("my-pubkey"));
    assert_eq!(uri.object.class, Some(UriClass::Public));
    let uri = parse(
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0",
    );
    assert_eq!(uri.token.label.as_deref(), Some("The Software PKCS#11 Softtoken"));
    assert_eq!(uri.token.manufacturer.as_deref(), Some("Snake Oil, Inc."));
    assert_eq!(uri.token.model.as_deref(), Some("1.0"));
    let uri = parse("pkcs11:slot-description=Sun%20Metaslot;slot-id=327;slot-manufacturer=Acme");
    assert_eq!(uri.token.slot_id, Some(327));
    let uri = parse("PKCS11:id=%69%95%3E%5C%F4%BD%EC%91;serial=0a1b?pin-source=file:/etc/token_pin");
    assert_eq!(uri.object.id.as_deref(), Some(&b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91"[..]));
    assert_eq!(uri.pin_source, Some("/etc/token_pin".into()));
    let uri = parse("pkcs11:type=private;object=a&b?pin-source=/run/pin");
    assert_eq!(uri.object.label.as_deref(), Some("a&b"));
    assert_eq!(uri.pin_source, Some("/run/pin".into()));
    assert_eq!(parse("pkcs11:?pin-source=file:///run/pin").pin_source, Some("/run/pin".into()));

    fn parse(text: &str) -> Pkcs11Uri {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    check("", "begins with pkcs11:");
    check("pkcs12:token=a", "begins with pkcs11:");
    check("pkcs11:token", "no value");
    check("pkcs11:token=a;", "no value");
    check("pkcs11:token=a;token=a", "given twice");
    check("pkcs11:token=a b", "percent-encoded");
    check("pkcs11:token=a#b", "percent-encoded");
    check("pkcs11:token=a%2", "hexadecimal");
    check("pkcs11:token=a%zz", "hexadecimal");
    check("pkcs11:token=%ff", "UTF-8");
    check("pkcs11:slot-id=0x1", "decimal");
    check("pkcs11:slot-id=", "decimal");
    check("pkcs11:slot-id=-1", "decimal");
    check("pkcs11:slot-id=99999999999999999999", "decimal");
    check("pkcs11:type=cert", "type is");
    check("pkcs11:x-vendor=1", "unknown");
    check("pkcs11:library-version=3", "unknown");
    check("pkcs11:token=a?", "no value");
    check("pkcs11:token=a?pin-value=1234", "pin-source");
    check("pkcs11:token=a?module-path=/lib/p11.so", "apart");
    check("pkcs11:token=a?pin-source=|/bin/pin", "absolute path");
    check("pkcs11:token=a?pin-source=pin", "absolute path");
    check("pkcs11:token=a?pin-source=file://host/pin", "absolute path");
    check("pkcs11:token=a?pin-source=/a&pin-source=/b", "twice");
    check(&format!("pkcs11:token={}", "a".repeat(9000)), "long");

    fn check(text: &str, complaint: &str) {
        let error = text.parse::<Pkcs11Uri>().expect_err(text);
        assert!(error.to_string().contains(complaint), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(label in ".{0,32}", id in proptest::collection::vec(any::<u8>(), 0..32), slot: u64) {
        let text = format!("pkcs11:token={};id={};slot-id={slot}", encode(label.as_bytes()), encode(&id));
        let uri: Pkcs11Uri = text.parse().unwrap();
        prop_assert_eq!(uri.token.label, Some(label));
        prop_assert_eq!(uri.object.id, Some(id));
        prop_assert_eq!(uri.token.slot_id, Some(slot));
    }

    #[test]
    fn no_text_panics(text in "(pkcs11:)?[a-z=;?&%/|0-9-]{0,80}") {
        let _ = text.parse::<Pkcs11Uri>();
    }
}

fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}
