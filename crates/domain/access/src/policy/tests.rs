use proptest::prelude::*;

use super::{Policy, PolicyKind};
use crate::{
    Action, PrincipalMention,
    fixtures::{ALICE, AWAY, HOME, account, key_policy},
};

fn check(kind: PolicyKind, statements: &str, expected: &str) {
    let json = format!(r#"{{"Version": "2012-10-17", "Id": "x", "Statement": [{statements}]}}"#);
    let outcome = Policy::parse(&json, kind).map(|_| ()).map_err(|error| error.to_string());
    let expected = if expected.is_empty() { Ok(()) } else { Err(format!("Statement[0]{expected}")) };
    assert_eq!(outcome, expected, "{json}");
}

#[test]
fn principals() {
    let check = |kind, principal: &str, expected: &str| {
        check(
            kind,
            &format!(r#"{{"Effect": "Deny", {principal} "Action": "*", "Resource": "*"}}"#),
            expected,
        );
    };
    check(PolicyKind::Identity, "", "");
    let in_identity = ": can't be in a policy that is attached to a principal";
    check(PolicyKind::Identity, r#""Principal": "*","#, &format!(".Principal{in_identity}"));
    check(PolicyKind::Identity, r#""NotPrincipal": {"AWS": "*"},"#, &format!(".NotPrincipal{in_identity}"));
    check(PolicyKind::Key, "", ": has neither Principal nor NotPrincipal");
    for good in [
        r#""*""#,
        r#"{"AWS": "*"}"#,
        r#"{"AWS": "111122223333"}"#,
        r#"{"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/a/b.c"]}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:role/ExampleRole"}"#,
    ] {
        check(PolicyKind::Key, &format!(r#""Principal": {good},"#), "");
    }
    let not_principal =
        "is not a principal: \"*\", an account number, or the ARN of an account, user or role";
    let not_supported = "is not supported: principals here are accounts and users (\"AWS\")";
    for (bad, expected) in [
        (r#""alice""#, ": must be \"*\" or an object with the member \"AWS\"".to_owned()),
        ("{}", ": names nobody".to_owned()),
        (r#"{"AWS": []}"#, ".AWS: is an empty list".to_owned()),
        (r#"{"AWS": "alice"}"#, format!(": \"alice\" {not_principal}")),
        (r#"{"AWS": "1111"}"#, format!(": \"1111\" {not_principal}")),
        (
            r#"{"AWS": "arn:aws:iam::1111:user/x"}"#,
            ": \"arn:aws:iam::1111:user/x\" has no account number of 12 digits".to_owned(),
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/*"}"#,
            ": \"arn:aws:iam::111122223333:user/*\" has a wildcard, which a principal can't have".to_owned(),
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:group/x"}"#,
            ": \"arn:aws:iam::111122223333:group/x\" is the ARN of neither an account, a user nor a role"
                .to_owned(),
        ),
        (
            r#"{"AWS": "arn:aws:iam::111122223333:user/a//b"}"#,
            ": \"arn:aws:iam::111122223333:user/a//b\" has no valid name".to_owned(),
        ),
        (r#"{"Service": "ec2.amazonaws.com"}"#, format!(".Service: {not_supported}")),
        (r#"{"AWS": "*", "Federated": "x"}"#, format!(".Federated: {not_supported}")),
        (r#"{"aws": "*"}"#, ".aws: unknown element".to_owned()),
    ] {
        check(PolicyKind::Key, &format!(r#""Principal": {bad},"#), &format!(".Principal{expected}"));
    }
    check(PolicyKind::Key, r#""NotPrincipal": {"AWS": "*"},"#, ".NotPrincipal: excepts everyone");
    super::tests::check(
        PolicyKind::Key,
        r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}"#,
        ".NotPrincipal: is only supported with the effect Deny: with Allow it would allow almost everyone",
    );
}

#[test]
fn actions() {
    let check = |action: &str, expected: &str| {
        let expected =
            if expected.is_empty() { String::new() } else { format!(".Action: \"{action}\" {expected}") };
        let statement = format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#);
        check(PolicyKind::Identity, &statement, &expected);
    };
    for good in [
        "*",
        "*:*",
        "kms:*",
        "kms:Encrypt",
        "KMS:ReEncrypt*",
        "kms:?et*",
        "claviger:PutPolicy",
        "s3:GetObject",
    ] {
        check(good, "");
    }
    let not_action = "is not an action: write \"*\" or \"service:Name\", as in \"kms:Encrypt\"";
    check("", not_action);
    check("Encrypt", not_action);
    check("kms", not_action);
    let no_service = "must name its service without wildcards, as in \"kms:Encrypt\"";
    check(":Encrypt", no_service);
    check("k*:Encrypt", no_service);
    let characters =
        "has an action name with other characters than letters, digits, - _ . and the wildcards * ?";
    check("kms:", characters);
    check("kms:En crypt", characters);
    check("kms:${aws:username}", characters);
}

#[test]
fn sids() {
    let statement = |sid: &str| {
        format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#)
    };
    let check = |sid: &str, expected: &str| check(PolicyKind::Key, &statement(sid), expected);
    check("", "");
    check("Enable IAM User Permissions", "");
    check("a\\n", ".Sid: has other characters than letters, digits, spaces and _ - . , : / ( )");
    let twice = format!(r#"{{"Statement": [{}, {}]}}"#, statement("a"), statement("a"));
    let error = Policy::parse(&twice, PolicyKind::Key).unwrap_err();
    assert_eq!(error.to_string(), "Statement[1].Sid: is that of another statement too");
    super::tests::check(
        PolicyKind::Identity,
        r#"{"Sid": "a b", "Effect": "Allow", "Action": "*", "Resource": "*"}"#,
        ".Sid: has other characters than letters and digits",
    );
}

#[test]
fn conditions() {
    let check = |condition: &str, expected: &str| {
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#);
        let expected = if expected.is_empty() { String::new() } else { format!(".Condition.{expected}") };
        check(PolicyKind::Identity, &statement, &expected);
    };
    check(r#""Equals": {"aws:userid": "x"}"#, "Equals: unknown condition operator");
    check(r#""stringequals": {"aws:userid": "x"}"#, "stringequals: unknown condition operator");
    check(
        r#""NullIfExists": {"aws:userid": true}"#,
        "NullIfExists: Null takes neither IfExists nor a set operator",
    );
    check(
        r#""ForAllValues:Null": {"aws:TagKeys": true}"#,
        "ForAllValues:Null: Null takes neither IfExists nor a set operator",
    );
    check(
        r#""ForSomeValues:StringEquals": {"aws:TagKeys": "x"}"#,
        "ForSomeValues:StringEquals: unknown set operator: ForAnyValue and ForAllValues are known",
    );
    check(
        r#""BinaryEquals": {"aws:userid": "QQ=="}"#,
        "BinaryEquals: is not supported: no condition key has binary values",
    );
    check(r#""StringEquals": {"s3:prefix": "x"}"#, "StringEquals.s3:prefix: unknown condition key");
    check(
        r#""StringEquals": {"kms:EncryptionContext:": "x"}"#,
        "StringEquals.kms:EncryptionContext:: unknown condition key",
    );
    let many = "has many values: the operator needs ForAnyValue: or ForAllValues: before it";
    check(r#""StringEquals": {"aws:TagKeys": "x"}"#, &format!("StringEquals.aws:TagKeys: {many}"));
    check(r#""Null": {"aws:TagKeys": "true"}"#, "");
    let permissive = "ForAllValues with this single-valued key also matches requests without it; remove it";
    for key in ["kms:EncryptionContext:a", "aws:RequestTag/a"] {
        let condition = format!(r#""ForAllValues:StringEquals": {{"{key}": "x"}}"#);
        check(&condition, &format!("ForAllValues:StringEquals.{key}: {permissive}"));
    }
    let unsuited = "the values of this key can't be compared by this operator";
    for (operator, key) in [
        ("NumericEquals", "kms:KeySpec"),
        ("Bool", "kms:KeySpec"),
        ("IpAddress", "aws:PrincipalArn"),
        ("DateEquals", "kms:KeyUsage"),
        ("NumericEquals", "aws:CurrentTime"),
        ("ArnEquals", "aws:SourceIp"),
    ] {
        let condition = format!(r#""{operator}": {{"{key}": "x"}}"#);
        check(&condition, &format!("{operator}.{key}: {unsuited}"));
    }
    for (operator, key, value, expected) in [
        ("NumericEquals", "kms:RotationPeriodInDays", "many", "\"many\" is not a number"),
        ("Bool", "aws:SecureTransport", "yes", "\"yes\" is not true or false"),
        ("Null", "aws:userid", "yes", "must be true or false"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/33", "\"10.0.0.0/33\" is not an address or network (CIDR)"),
        ("ArnEquals", "aws:PrincipalArn", "alice", "\"alice\" is not an ARN of six parts"),
        (
            "DateEquals",
            "aws:CurrentTime",
            "2026",
            "\"2026\" is not a date: YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or seconds since 1970 (not four digits)",
        ),
        ("NumericEquals", "kms:RotationPeriodInDays", "${aws:userid}", "\"${aws:userid}\" is not a number"),
        (
            "StringEquals",
            "aws:userid",
            "${nobody}",
            "\"${nobody}\" is not a policy variable that is known here",
        ),
    ] {
        let condition = format!(r#""{operator}": {{"{key}": "{value}"}}"#);
        check(&condition, &format!("{operator}.{key}: {expected}"));
    }
}

#[test]
fn what_policies_mention() {
    let policy = key_policy(
        r#"{"Effect": "Allow", "Principal": {"AWS": ["444455556666", "arn:aws:iam::111122223333:user/alice"]},
            "Action": ["kms:Encrypt", "kms:Get*"], "Resource": "*"},
           {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"},
            "NotAction": "*", "Resource": "*"},
           {"Effect": "Deny", "Principal": "*", "Action": "kms:Encypt", "Resource": "*"}"#,
    );
    let mentions: Vec<_> = policy.principals_mentioned().collect();
    let expected = [
        PrincipalMention::Account(account(AWAY)),
        PrincipalMention::Arn(ALICE),
        PrincipalMention::Account(account(HOME)),
        PrincipalMention::Everyone,
    ];
    assert_eq!(mentions, expected);
    let actions: Vec<String> =
        policy.actions_mentioned().map(|(service, name)| format!("{service}:{name}")).collect();
    assert_eq!(actions, ["kms:encrypt", "kms:get*", "*:*", "kms:encypt"]);
    let known = ["Encrypt", "GetKeyPolicy"].map(Action::kms);
    let error = policy.check_actions(known.into_iter()).unwrap_err();
    assert_eq!(error.to_string(), "Statement[2].Action: \"kms:encypt\" matches no action of this service");
    assert!(!policy.has_conditions());
}

/// The default key policy that the AWS console makes, with administrators and users.
#[test]
fn the_default_key_policy_of_aws() {
    let json = r#"{"Id": "key-consolepolicy-3", "Version": "2012-10-17", "Statement": [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow",
         "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Allow access for Key Administrators", "Effect": "Allow",
         "Principal": {"AWS": ["arn:aws:iam::111122223333:user/admin", "arn:aws:iam::111122223333:role/Admins"]},
         "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*",
                    "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource",
                    "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"],
         "Resource": "*"},
        {"Sid": "Allow attachment of persistent resources", "Effect": "Allow",
         "Principal": {"AWS": "arn:aws:iam::111122223333:user/app"},
         "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*",
         "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]}"#;
    assert_eq!(Policy::parse(json, PolicyKind::Key).unwrap().statements.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        prop_assert!(Policy::parse(&text, PolicyKind::Key).is_err());
    }

    /// Documents made of the words of the language in any order and of any shape.
    #[test]
    fn no_document_panics(json in shuffled_document(), key in any::<bool>()) {
        let kind = if key { PolicyKind::Key } else { PolicyKind::Identity };
        if let Ok(policy) = Policy::parse(&json, kind) {
            prop_assert!(!policy.statements.is_empty());
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "(arn|aws|kms|[:*?${},' /a-zé]){0,40}", key in any::<bool>()) {
        let (resource, condition) = if key { (pattern.as_str(), "*") } else { ("*", pattern.as_str()) };
        let json = serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": resource,
            "Condition": {"ArnLike": {"aws:PrincipalArn": condition}, "StringLike": {"aws:userid": pattern}},
        }});
        if let Ok(policy) = Policy::parse(&json.to_string(), PolicyKind::Identity) {
            prop_assert!(policy.has_conditions());
        }
    }
}

fn shuffled_document() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Version",
        "2012-10-17",
        "2008-10-17",
        "Statement",
        "Sid",
        "Effect",
        "Allow",
        "Deny",
        "Principal",
        "NotPrincipal",
        "AWS",
        "*",
        "111122223333",
        "Action",
        "kms:*",
        "Resource",
        "NotResource",
        "arn:aws:kms:*:*:key/${aws:username}",
        "Condition",
        "StringLike",
        "ForAnyValue:StringEquals",
        "aws:TagKeys",
        "aws:userid",
        "Bool",
        "true",
        "IpAddress",
        "10.0.0.0/8",
        "${",
        "NumericLessThan",
        "7",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| serde_json::json!(word)),
        any::<bool>().prop_map(|value| serde_json::json!(value)),
        any::<f64>().prop_map(|value| serde_json::json!(value)),
        Just(serde_json::Value::Null),
    ];
    let tree = leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((word.clone(), inner), 0..6).prop_map(|members| {
                serde_json::Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    });
    tree.prop_map(|tree| {
        let wrapped = serde_json::json!({"Version": "2012-10-17", "Statement": tree});
        wrapped.to_string()
    })
}
