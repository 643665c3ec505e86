use super::{Path, Template, percent_decoded};

fn check(template: &str, path: &str, expected: Option<&[(&str, &str)]>) {
    let bound = Template::parse(template).unwrap().matches(&Path::new(path));
    let bound: Option<Vec<_>> =
        bound.as_ref().map(|bound| bound.iter().map(|(name, value)| (&**name, &**value)).collect());
    assert_eq!(bound.as_deref(), expected, "{template} {path}");
}

#[test]
fn paths_bind_the_fields_of_templates() {
    let encrypt = "/v1/{name=projects/*/keyRings/*/cryptoKeys/**}:encrypt";
    check(
        encrypt,
        "/v1/projects/p/keyRings/r/cryptoKeys/k:encrypt",
        Some(&[("name", "projects/p/keyRings/r/cryptoKeys/k")]),
    );
    check(
        encrypt,
        "/v1/projects/p/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1:encrypt",
        Some(&[("name", "projects/p/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1")]),
    );
    check(encrypt, "/v1/projects/p/keyRings/r/cryptoKeys/k:decrypt", None);
    check(encrypt, "/v1/projects/p/keyRings/r/cryptoKeys/k", None);
    check(encrypt, "/v1/projects/p/keyRings/r/cryptoKeys:encrypt", None);
    check(encrypt, "/v1/projects//keyRings/r/cryptoKeys/k:encrypt", None);
    let list = "/v1/{parent=projects/*}/keyRings";
    check(list, "/v1/projects/p/keyRings", Some(&[("parent", "projects/p")]));
    check(list, "/v1/projects/p/keyRings/", None);
    check(list, "/v1/projects/p/keyRings/r", None);
    check(list, "/v1/projects/%61%2Fb/keyRings", Some(&[("parent", "projects/a/b")]));
    check(list, "/v1/projects/%zz/keyRings", None);
    check("/v1/{crypto_key.name=projects/*}", "/v1/projects/p", Some(&[("crypto_key.name", "projects/p")]));
    check("/v1/{name=locations}", "/v1/locations", Some(&[("name", "locations")]));
}

#[test]
fn templates_that_are_none() {
    for text in ["", "v1", "/v1/{name", "/v1/{name=*}x"] {
        assert_eq!(Template::parse(text), None, "{text}");
    }
}

#[test]
fn escapes() {
    assert_eq!(percent_decoded("a%2fb%C3%A9").as_deref(), Some("a/bé"));
    for wrong in ["%", "%2", "%+1", "%ff"] {
        assert_eq!(percent_decoded(wrong), None, "{wrong}");
    }
}
