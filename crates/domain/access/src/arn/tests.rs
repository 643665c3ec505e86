use super::{ArnPattern, ResourceSet};
use crate::fixtures::{ALICE, HOME_ROOT, KEY, Table, request, text};

#[test]
fn resources() {
    let check = |pattern: &str, path: &str, expected: Option<bool>| {
        let facts = Table::of(&[("aws:ResourceTag/x", text("*"))]);
        let set = ResourceSet::new([pattern].into_iter(), true).unwrap();
        let outcome = set.contains(&request(ALICE, "kms:Encrypt", path, &facts));
        assert_eq!(outcome, expected, "{pattern} on {path}");
    };
    // The region is eu-west-1, the account 111122223333.
    let own = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    check("*", KEY, Some(true));
    check("*", "*", Some(true));
    check(own, KEY, Some(true));
    check(own, "key/other", Some(false));
    check("arn:aws:kms:eu-west-1:111122223333:key/*", KEY, Some(true));
    check("arn:aws:kms:eu-west-1:111122223333:KEY/*", KEY, Some(false));
    check("arn:aws:kms:eu-west-1:111122223333:key/*", "*", Some(false));
    check("arn:aws:kms:eu-west-1:111122223333:*", "*", Some(true));
    check("arn:aws:kms:eu-*-?:1111*:key/1234*ab", KEY, Some(true));
    check("arn:aws:kms:us-*:111122223333:key/*", KEY, Some(false));
    check("arn:aws:kms:*:444455556666:key/*", KEY, Some(false));
    check("arn:*:kms:*:*:*", KEY, Some(true));
    check("arn:aws:s3:::bucket/*", KEY, Some(false));
    check("arn:aws:kms:*:*:alias/a/b:c*", "alias/a/b:cd", Some(true));
    // A wildcard of the region does not reach into the path of another account's alias.
    let disguised = "alias/x:111122223333:key/y";
    check("arn:aws:kms:*:111122223333:key/*", disguised, Some(false));
    // A star at the end of a short form stands for all that follows.
    check("arn:aws:kms:*", KEY, Some(true));
    check("arn:aws:kms:eu-*", KEY, Some(true));
    check("arn:aws:kms:us-*", KEY, Some(false));
    check("arn:aws:kms:eu-west-1:*", KEY, Some(true));
    check("arn:aws:kms:eu-west-1:4*", KEY, Some(false));
    check("arn:aws:kms:*:*:alias/${aws:username}/*", "alias/alice/db", Some(true));
    check("arn:aws:kms:*:*:alias/${aws:username}/*", "alias/bob/db", Some(false));
    check("arn:aws:kms:*:*:alias/${aws:ResourceTag/x}", "alias/anything", Some(false));
    check("arn:aws:kms:*:*:alias/${aws:RequestTag/x}", "alias/anything", None);
}

#[test]
fn resources_refused() {
    let check = |pattern: &str, expected: &str| {
        let error = ResourceSet::new([pattern].into_iter(), true).unwrap_err();
        assert_eq!(error, format!("\"{pattern}\" {expected}"));
    };
    check("", "is neither \"*\" nor an ARN of six parts");
    check("key/1234", "is neither \"*\" nor an ARN of six parts");
    check("arn:aws:*", "is neither \"*\" nor an ARN of six parts");
    check("arn:aws:kms:eu-west-1:111122223333", "is neither \"*\" nor an ARN of six parts");
    check("arn:aws:kms:e*-*", "is neither \"*\" nor an ARN of six parts");
    check("urn:aws:kms:*:*:*", "is neither \"*\" nor an ARN");
    check("arn:aws-cn:kms:*:*:*", "names another partition than \"aws\", where nothing of this service is");
    check("arn:aws:k*:*:*:key/*", "must name its service without wildcards");
    check("arn:aws:kms:*:*:", "names no resource");
    check("arn:aws:kms:${aws:username}:*:*", "has a policy variable before the fifth colon");
}

#[test]
fn arns_of_conditions() {
    let check = |pattern: &str, arn: &str, expected: Option<bool>| {
        let facts = Table::default();
        let outcome =
            ArnPattern::parse(pattern, true).unwrap().matches(arn, &request(ALICE, "kms:X", KEY, &facts));
        assert_eq!(outcome, expected, "{pattern} on {arn}");
    };
    // The example of the IAM guide on the difference to StringLike.
    let disguised = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
    check("arn:aws:someservice:*:111122223333:finance/*", disguised, Some(false));
    check(
        "arn:aws:someservice:*:111122223333:finance/*",
        "arn:aws:someservice:us-east-2:111122223333:finance/document.txt",
        Some(true),
    );
    check("*", ALICE, Some(true));
    check("arn:aws:iam::111122223333:user/*", ALICE, Some(true));
    check("arn:aws:iam::111122223333:user/*", HOME_ROOT, Some(false));
    check("arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", ALICE, Some(true));
    check("arn:aws:iam::${aws:PrincipalAccount}:root", ALICE, Some(false));
    check("${aws:PrincipalArn}", ALICE, Some(true));
    check("${aws:PrincipalArn}", HOME_ROOT, Some(false));
    check("arn:aws:iam::1:user/${aws:RequestTag/x}", "arn:aws:iam::2:user/y", Some(false));
    check("arn:aws:iam::1:user/${aws:RequestTag/x}", "arn:aws:iam::1:user/y", None);
    check("arn:*:*:*:*:*", "not an arn", Some(false));
}

#[test]
fn arns_of_conditions_refused() {
    let check = |pattern: &str| {
        let expected = format!("\"{pattern}\" is not an ARN of six parts");
        assert_eq!(ArnPattern::parse(pattern, true).unwrap_err(), expected);
    };
    check("alice");
    check("arn:aws:iam:*");
    check("urn:aws:iam::1:user/x");
    check("x${aws:PrincipalArn}");
}
