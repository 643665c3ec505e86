use claviger_types::{KeyId, RequestId, Timestamp};
use expect_test::expect;
use serde::Deserialize;

use super::*;
use crate::call::from_json;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn convert<'a, R: Deserialize<'a>, O>(
    body: &'a str,
    convert: impl FnOnce(R, Names<'_>) -> Result<O, Fault>,
) -> Result<O, &'static str> {
    let region = "eu-here-1".parse().unwrap();
    let converted =
        from_json(body.as_bytes()).and_then(|request| convert(request, Names { region: &region }));
    converted.map_err(|fault| fault.code.name)
}

#[test]
fn create_grant_requests() {
    let check = |members: &str, expected: Result<(), &str>| {
        let body =
            format!(r#"{{"KeyId":"{ID}","GranteePrincipal":"arn:aws:iam::111122223333:user/a"{members}}}"#);
        let converted = convert(&body, create_grant);
        assert_eq!(converted.as_ref().map(drop), expected.as_ref().map(drop), "{members}");
        converted.ok()
    };
    let full = check(
        r#","Operations":["Encrypt","Decrypt"],"Name":"n:1/_-","RetiringPrincipal":"arn:aws:iam::111122223333:user/b","Constraints":{"EncryptionContextSubset":{"a":"b"}}"#,
        Ok(()),
    )
    .unwrap();
    assert_eq!(full.operations.iter().count(), 2);
    assert_eq!(full.name.as_deref(), Some("n:1/_-"));
    assert!(matches!(full.constraint, Some(GrantConstraint::ContextSubset(pairs)) if pairs.len() == 1));
    let equals =
        check(r#","Operations":["Encrypt"],"Constraints":{"EncryptionContextEquals":{}}"#, Ok(())).unwrap();
    assert!(matches!(equals.constraint, Some(GrantConstraint::ContextEquals(_))));
    assert!(check(r#","Operations":["Encrypt"],"Constraints":{}"#, Ok(())).unwrap().constraint.is_none());
    check("", Err("ValidationException"));
    check(r#","Operations":["ScheduleKeyDeletion"]"#, Err("ValidationException"));
    check(r#","Operations":["Encapsulate"]"#, Err("UnsupportedOperationException"));
    check(r#","Operations":["Encrypt"],"Name":"a b""#, Err("ValidationException"));
    check(r#","Operations":["Encrypt"],"RetiringPrincipal":"a*b""#, Err("ValidationException"));
    check(
        r#","Operations":["Encrypt"],"Constraints":{"EncryptionContextSubset":{},"EncryptionContextEquals":{}}"#,
        Err("ValidationException"),
    );
    check(
        r#","Operations":["Encrypt"],"Constraints":{"SourceArn":"arn:aws:s3:::x"}"#,
        Err("UnsupportedOperationException"),
    );
    check(
        r#","Operations":["Encrypt"],"GranteeServicePrincipal":"s3.amazonaws.com""#,
        Err("UnsupportedOperationException"),
    );
    assert_eq!(OPERATIONS.len(), GrantOperation::ALL.len() + 2);
    assert!(GrantOperation::ALL.iter().all(|operation| OPERATIONS.contains(&operation.name())));
}

#[test]
fn retire_grant_requests() {
    let check = |body: &str, expected: Result<(), &str>| {
        assert_eq!(convert(body, retire_grant).map(drop), expected, "{body}");
    };
    let grant = "ab".repeat(32);
    let key: KeyId = ID.parse().unwrap();
    let token = claviger_keys::GrantToken { key, grant: grant.parse().unwrap(), nonce: [1; 8] }.encode();
    check(&format!(r#"{{"GrantToken":"{token}"}}"#), Ok(()));
    check(&format!(r#"{{"KeyId":"{ID}","GrantId":"{grant}"}}"#), Ok(()));
    check(&format!(r#"{{"KeyId":"{ID}"}}"#), Err("ValidationException"));
    check(&format!(r#"{{"GrantId":"{grant}"}}"#), Err("ValidationException"));
    check("{}", Err("ValidationException"));
    check(
        &format!(r#"{{"GrantToken":"{token}","KeyId":"{ID}","GrantId":"{grant}"}}"#),
        Err("ValidationException"),
    );
    check(r#"{"GrantToken":"AAAA"}"#, Err("InvalidGrantTokenException"));
    check(&format!(r#"{{"KeyId":"{ID}","GrantId":"x"}}"#), Err("InvalidGrantIdException"));
    check(&format!(r#"{{"KeyId":"alias/a","GrantId":"{grant}"}}"#), Err("NotFoundException"));
}

#[test]
fn list_requests() {
    let listed = |members: &str| convert(&format!(r#"{{"KeyId":"{ID}"{members}}}"#), list_grants);
    assert_eq!(listed("").unwrap().limit, 50);
    assert_eq!(listed(r#","Limit":1000"#).unwrap().limit, 100);
    assert!(listed(&format!(r#","Marker":"{}""#, "ab".repeat(32))).unwrap().after.is_some());
    assert_eq!(listed(r#","Marker":"x""#).err(), Some("InvalidMarkerException"));
    assert_eq!(listed(r#","GrantId":"x""#).err(), Some("InvalidGrantIdException"));
    assert_eq!(listed(r#","GranteeServicePrincipal":"x""#).err(), Some("UnsupportedOperationException"));
    let retirable = |body: &str| convert(body, |request, _| list_retirable_grants(request));
    assert_eq!(&*retirable(r#"{"RetiringPrincipal":"arn"}"#).unwrap().retiring, "arn");
    assert_eq!(retirable("{}").err(), Some("ValidationException"));
}

#[test]
fn how_a_grant_is_shown() {
    let pairs = [("a".into(), "b".into())].into();
    let grant = Grant {
        id: "ab".repeat(32).parse().unwrap(),
        key: ID.parse().unwrap(),
        grantee: "arn:aws:iam::111122223333:user/a".into(),
        retiring: None,
        operations: [GrantOperation::Decrypt, GrantOperation::Encrypt].into_iter().collect(),
        constraint: Some(GrantConstraint::ContextSubset(pairs)),
        name: Some("n".into()),
        issuer: "arn:aws:iam::444455556666:user/i".into(),
        created: Timestamp::from_secs(1_767_323_045),
        request: RequestId::from_bytes([0; 16]),
    };
    let reply = grants_reply(&[&grant], true, |grant| format!("arn of {}", grant.key));
    expect![[r#"
        {
          "Grants": [
            {
              "KeyId": "arn of 1234abcd-12ab-34cd-56ef-1234567890ab",
              "GrantId": "abababababababababababababababababababababababababababababababab",
              "Name": "n",
              "CreationDate": 1767323045.0,
              "GranteePrincipal": "arn:aws:iam::111122223333:user/a",
              "IssuingAccount": "arn:aws:iam::444455556666:root",
              "Operations": [
                "Decrypt",
                "Encrypt"
              ],
              "Constraints": {
                "EncryptionContextSubset": {
                  "a": "b"
                }
              }
            }
          ],
          "NextMarker": "abababababababababababababababababababababababababababababababab",
          "Truncated": true
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&reply).unwrap());
}
