use super::*;
use crate::call::from_json;

#[test]
fn alias_requests() {
    let region = "eu-here-1".parse().unwrap();
    let names = Names { region: &region };
    let check = |alias: &str, target: &str, expected: Result<&str, &str>| {
        let body = format!(r#"{{"AliasName":"{alias}","TargetKeyId":"{target}"}}"#);
        let created = create_alias(from_json(body.as_bytes()).unwrap(), names);
        let updated = update_alias(from_json(body.as_bytes()).unwrap(), names);
        let created = created.map(|operation| operation.alias).map_err(|fault| fault.code.name);
        assert_eq!(created.as_ref().map(AliasName::as_str).map_err(|kind| *kind), expected, "{body}");
        assert_eq!(updated.map(|operation| operation.alias).map_err(|fault| fault.code.name), created);
    };
    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    check("alias/a", ID, Ok("a"));
    check("alias/a", &format!("arn:aws:kms:eu-here-1:111122223333:key/{ID}"), Ok("a"));
    check("a", ID, Err("ValidationException"));
    check("alias/a b", ID, Err("ValidationException"));
    check("", ID, Err("ValidationException"));
    check("alias/", ID, Err("InvalidAliasNameException"));
    check("alias/a", "", Err("ValidationException"));
    check("alias/a", "x", Err("NotFoundException"));
    check(&format!("alias/{}", "a".repeat(250)), ID, Ok(&"a".repeat(250)));
    check(&format!("alias/{}", "a".repeat(251)), ID, Err("ValidationException"));
    let deleted =
        |body: &str| delete_alias(from_json(body.as_bytes()).unwrap()).map_err(|fault| fault.code.name);
    assert!(deleted(r#"{"AliasName":"alias/a"}"#).is_ok());
    assert_eq!(deleted("{}").err(), Some("ValidationException"));
    let listed = |body: &str| {
        let converted = list_aliases(from_json(body.as_bytes()).unwrap(), names);
        converted
            .map(|operation| (operation.key, operation.after, operation.limit))
            .map_err(|fault| fault.code.name)
    };
    assert_eq!(listed("{}"), Ok((None, None, 50)));
    assert_eq!(
        listed(&format!(r#"{{"KeyId":"{ID}","Marker":"a","Limit":3}}"#)),
        Ok((ID.parse().ok(), "a".parse().ok(), 3))
    );
    assert_eq!(listed(r#"{"KeyId":"alias/a"}"#), Err("NotFoundException"));
    assert_eq!(listed(r#"{"Marker":"a b"}"#), Err("InvalidMarkerException"));
}
