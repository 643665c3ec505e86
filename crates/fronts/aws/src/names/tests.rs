use super::*;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn keys() {
    let region: Region = "eu-here-1".parse().unwrap();
    let names = Names { region: &region };
    let show = |parsed: Result<KeyRef, Fault>| match parsed {
        Ok(KeyRef { account: None, name }) => format!("{name:?}"),
        Ok(KeyRef { account: Some(account), name }) => format!("{account} {name:?}"),
        Err(fault) => format!("{}: {}", fault.code.name, fault.error.public()),
    };
    let check = |text: &str, any: &str, itself: &str| {
        assert_eq!(show(names.key(text)), any, "{text}");
        assert_eq!(show(names.key_itself(text)), itself, "{text}");
    };
    let both = |text: &str, expected: &str| check(text, expected, expected);
    let id = format!("Id({:?})", ID.parse::<KeyId>().unwrap());
    let alias = |name: &str| format!("Alias({:?})", name.parse::<AliasName>().unwrap());
    both(ID, &id);
    both(&format!("arn:aws:kms:eu-here-1:111122223333:key/{ID}"), &format!("111122223333 {id}"));
    check("alias/a", &alias("a"), "NotFoundException: Invalid keyId 'alias/a'");
    check("alias/a/b:c", &alias("a/b:c"), "NotFoundException: Invalid keyId 'alias/a/b:c'");
    check(
        "arn:aws:kms:eu-here-1:111122223333:alias/a:b",
        &format!("111122223333 {}", alias("a:b")),
        "InvalidArnException: Invalid arn 'arn:aws:kms:eu-here-1:111122223333:alias/a:b'",
    );
    both("", "NotFoundException: Invalid keyId ''");
    both("foo", "NotFoundException: Invalid keyId 'foo'");
    both("alias/", "NotFoundException: Invalid keyId 'alias/'");
    both("alias/a b", "NotFoundException: Invalid keyId 'alias/a b'");
    both(&ID.to_uppercase(), &format!("NotFoundException: Invalid keyId '{}'", ID.to_uppercase()));
    both(&ID.replace('-', ""), &format!("NotFoundException: Invalid keyId '{}'", ID.replace('-', "")));
    both(
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        "NotFoundException: Invalid keyId 'mrk-1234abcd12ab34cd56ef1234567890ab'",
    );
    both(&format!("arn:aws:kms:us-east-1:111122223333:key/{ID}"), "NotFoundException: Invalid arn us-east-1");
    both(
        "arn:aws:kms:eu-here-1:111122223333:key/mrk-1",
        "NotFoundException: Key 'arn:aws:kms:eu-here-1:111122223333:key/mrk-1' does not exist",
    );
    for arn in [
        "arn:",
        "arn:aws:kms:eu-here-1:111122223333",
        &format!("arn:aws-cn:kms:eu-here-1:111122223333:key/{ID}"),
        &format!("arn:aws:s3:eu-here-1:111122223333:key/{ID}"),
        &format!("arn:aws:kms:eu-here-1:11112222333:key/{ID}"),
        &format!("arn:aws:kms:eu-here-1::key/{ID}"),
        "arn:aws:kms:eu-here-1:111122223333:key",
        "arn:aws:kms:eu-here-1:111122223333:grant/a",
        "arn:aws:kms:eu-here-1:111122223333:alias/a b",
    ] {
        both(arn, &format!("InvalidArnException: Invalid arn '{arn}'"));
    }
}

#[test]
fn aliases() {
    let check = |text: &str, expected: Result<&str, &str>| {
        let got = alias(text);
        let got = got.as_ref().map(AliasName::as_str).map_err(|fault| fault.code.name);
        assert_eq!(got, expected, "{text}");
    };
    check("alias/a", Ok("a"));
    check("alias/aws/s3", Ok("aws/s3"));
    check("a", Err("ValidationException"));
    check("alias/", Err("InvalidAliasNameException"));
    check("alias/a b", Err("InvalidAliasNameException"));
}
