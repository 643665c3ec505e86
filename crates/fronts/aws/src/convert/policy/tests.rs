use super::*;
use crate::call::from_json;

#[test]
fn policy_requests() {
    let region = "eu-here-1".parse().unwrap();
    let names = Names { region: &region };
    let of = |members: &str| format!(r#"{{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"{members}}}"#);
    let put = |members: &str| {
        let converted = put_key_policy(from_json(of(members).as_bytes()).unwrap(), names);
        let shown = converted.map(|put| (put.name, put.policy, put.bypass_lockout_check));
        shown.map_err(|fault| fault.code.name)
    };
    assert_eq!(put(r#","Policy":"{}""#), Ok((None, "{}".into(), false)));
    let full = r#","Policy":"{}","PolicyName":"default","BypassPolicyLockoutSafetyCheck":true"#;
    assert_eq!(put(full), Ok((Some("default".into()), "{}".into(), true)));
    assert_eq!(put(""), Err("ValidationException"));
    assert_eq!(put(r#","Policy":"""#), Err("ValidationException"));
    let get = |members: &str| {
        let converted = get_key_policy(from_json(of(members).as_bytes()).unwrap(), names);
        converted.map(|get| get.name).map_err(|fault| fault.code.name)
    };
    assert_eq!(get(""), Ok(None));
    assert_eq!(get(r#","PolicyName":"x""#), Ok(Some("x".into())));
    assert_eq!(get(r#","PolicyName":"""#), Err("ValidationException"));
    let list = |members: &str| {
        let converted = list_key_policies(from_json(of(members).as_bytes()).unwrap(), names);
        converted.map(drop).map_err(|fault| fault.code.name)
    };
    assert_eq!(list(r#","Limit":1"#), Ok(()));
    assert_eq!(list(r#","Limit":0"#), Err("ValidationException"));
    assert_eq!(list(r#","Marker":"default""#), Err("InvalidMarkerException"));
}
