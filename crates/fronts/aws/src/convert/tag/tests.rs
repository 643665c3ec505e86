use super::*;
use crate::call::from_json;

#[test]
fn tag_requests() {
    let region = "eu-here-1".parse().unwrap();
    let names = Names { region: &region };
    let of = |members: &str| format!(r#"{{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"{members}}}"#);
    let tag = |members: &str| {
        let converted = tag_resource(from_json(of(members).as_bytes()).unwrap(), names);
        converted.map(|operation| operation.tags.len()).map_err(|fault| fault.code.name)
    };
    assert_eq!(tag(r#","Tags":[{"TagKey":"a","TagValue":"b"},{"TagKey":"c","TagValue":""}]"#), Ok(2));
    assert_eq!(tag(r#","Tags":[]"#), Ok(0));
    assert_eq!(tag(""), Err("ValidationException"));
    assert_eq!(tag(r#","Tags":[{"TagKey":"a"}]"#), Err("ValidationException"));
    assert_eq!(tag(r#","Tags":[{"TagKey":"","TagValue":"b"}]"#), Err("ValidationException"));
    assert_eq!(
        tag(&format!(r#","Tags":[{{"TagKey":"a","TagValue":"{}"}}]"#, "b".repeat(257))),
        Err("ValidationException")
    );
    let twice = r#","Tags":[{"TagKey":"a","TagValue":"b"},{"TagKey":"a","TagValue":"b"}]"#;
    assert_eq!(tag(twice), Err("TagException"));
    let untag = |members: &str| {
        let converted = untag_resource(from_json(of(members).as_bytes()).unwrap(), names);
        converted.map(|operation| operation.tag_keys.len()).map_err(|fault| fault.code.name)
    };
    assert_eq!(untag(r#","TagKeys":["a","b"]"#), Ok(2));
    assert_eq!(untag(""), Err("ValidationException"));
    assert_eq!(untag(r#","TagKeys":[""]"#), Err("ValidationException"));
    let list = |members: &str| {
        let converted = list_resource_tags(from_json(of(members).as_bytes()).unwrap(), names);
        converted.map(|operation| (operation.after, operation.limit)).map_err(|fault| fault.code.name)
    };
    assert_eq!(list(""), Ok((None, 50)));
    assert_eq!(list(r#","Marker":"a","Limit":2"#), Ok((Some("a".into()), 2)));
}
