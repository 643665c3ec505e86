use crate::{
    FactKey, FactValue, Sources, decide,
    fixtures::{ALICE, HOME, KEY, Table, account, identity, ip, key_policy, request, text, texts, time},
};

/// Whether a condition holds: an allow that depends on it allows.
fn check(condition: &str, facts: &[(&str, FactValue<'static>)], expected: bool) {
    for (effect, other) in
        [("Allow", ""), ("Deny", r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},"#)]
    {
        let statement = format!(
            r#"{other} {{"Effect": "{effect}", "Action": "kms:*", "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        let policies = identity(&[&statement]);
        let facts = Table::of(facts);
        let sources = Sources::identity_only(&policies, account(HOME));
        let allowed = decide(&request(ALICE, "kms:Encrypt", "*", &facts), &sources).allowed;
        assert_eq!(allowed == (effect == "Allow"), expected, "{effect} if {condition} with {facts:?}");
    }
}

const APP: &str = "kms:EncryptionContext:AppName";

#[test]
fn strings() {
    let check = |operator: &str, values: &str, value: &'static str, expected: bool| {
        check(&format!(r#""{operator}": {{"{APP}": {values}}}"#), &[(APP, text(value))], expected);
    };
    check("StringEquals", r#""ExampleApp""#, "ExampleApp", true);
    check("StringEquals", r#""ExampleApp""#, "exampleapp", false);
    check("StringEquals", r#""Example*""#, "ExampleApp", false);
    check("StringEquals", r#""Example*""#, "Example*", true);
    check("StringEquals", r#"["a", "b"]"#, "b", true);
    check("StringEquals", r#"["a", "b"]"#, "c", false);
    check("StringEquals", r#"7"#, "7", true);
    check("StringEquals", r#"true"#, "true", true);
    check("StringNotEquals", r#""a""#, "b", true);
    check("StringNotEquals", r#"["a", "b"]"#, "b", false);
    check("StringNotEquals", r#"["a", "b"]"#, "c", true);
    check("StringEqualsIgnoreCase", r#""exampleapp""#, "ExampleApp", true);
    check("StringEqualsIgnoreCase", r#""ÄPFEL""#, "äpfel", true);
    check("StringNotEqualsIgnoreCase", r#""exampleapp""#, "ExampleApp", false);
    check("StringLike", r#""Ex?mple*""#, "ExampleApp", true);
    check("StringLike", r#""ex?mple*""#, "ExampleApp", false);
    check("StringNotLike", r#"["a*", "b*"]"#, "bx", false);
    check("StringNotLike", r#"["a*", "b*"]"#, "cx", true);
}

#[test]
fn numbers() {
    const DAYS: &str = "kms:ScheduleKeyDeletionPendingWindowInDays";
    let check = |operator: &str, values: &str, days: i64, expected: bool| {
        check(
            &format!(r#""{operator}": {{"{DAYS}": {values}}}"#),
            &[(DAYS, FactValue::Number(days))],
            expected,
        );
    };
    check("NumericEquals", r#""7""#, 7, true);
    check("NumericEquals", "7", 7, true);
    check("NumericEquals", "7.0", 7, true);
    check("NumericEquals", "7.5", 7, false);
    check("NumericEquals", "[7, 30]", 30, true);
    check("NumericNotEquals", "[7, 30]", 30, false);
    check("NumericNotEquals", "[7, 30]", 8, true);
    check("NumericLessThan", "21", 20, true);
    check("NumericLessThan", "21", 21, false);
    check("NumericLessThanEquals", "21", 21, true);
    check("NumericGreaterThan", "21", 21, false);
    check("NumericGreaterThanEquals", "[30, 21]", 22, true);
    check("NumericGreaterThanEquals", "-1", 0, true);
    // Text of people's own is compared as a number if it is one.
    let check = |value: &'static str, operator: &str, expected: bool| {
        super::tests::check(&format!(r#""{operator}": {{"{APP}": 10}}"#), &[(APP, text(value))], expected);
    };
    check("9.5", "NumericLessThan", true);
    check("many", "NumericLessThan", false);
    check("many", "NumericNotEquals", true);
    check("inf", "NumericGreaterThan", false);
}

#[test]
fn dates() {
    let now = [
        ("aws:CurrentTime", time("2026-10-02T10:00:00.9Z")),
        ("aws:EpochTime", time("2026-10-02T10:00:00Z")),
    ];
    let check = |condition: &str, expected: bool| check(condition, &now, expected);
    check(r#""DateGreaterThan": {"aws:CurrentTime": "2026-10-02T09:59:59Z"}"#, true);
    check(r#""DateEquals": {"aws:CurrentTime": "2026-10-02T10:00:00Z"}"#, true);
    check(r#""DateEquals": {"aws:CurrentTime": "2026-10-02T12:00:00+02:00"}"#, true);
    check(r#""DateNotEquals": {"aws:CurrentTime": "2026-10-02T10:00:00Z"}"#, false);
    check(r#""DateLessThan": {"aws:CurrentTime": "2026-10-03"}"#, true);
    check(r#""DateLessThanEquals": {"aws:CurrentTime": "2026-10"}"#, false);
    check(r#""DateLessThan": {"aws:EpochTime": 1800000000}"#, true);
    check(r#""DateGreaterThanEquals": {"aws:EpochTime": "1800000000"}"#, false);
    check(r#""NumericLessThan": {"aws:EpochTime": "1800000000"}"#, true);
    check(r#""StringLike": {"aws:CurrentTime": "2026-10-02T10:*"}"#, true);
}

#[test]
fn truth_values() {
    const TLS: &str = "aws:SecureTransport";
    let check = |condition: &str, value: bool, expected: bool| {
        check(condition, &[(TLS, FactValue::Bool(value))], expected);
    };
    check(r#""Bool": {"aws:SecureTransport": "false"}"#, false, true);
    check(r#""Bool": {"aws:SecureTransport": false}"#, true, false);
    check(r#""Bool": {"aws:SecureTransport": "True"}"#, true, true);
    check(r#""StringEquals": {"aws:SecureTransport": "true"}"#, true, true);
}

#[test]
fn addresses() {
    let check = |operator: &str, values: &str, address: &str, expected: bool| {
        check(
            &format!(r#""{operator}": {{"aws:SourceIp": {values}}}"#),
            &[("aws:SourceIp", ip(address))],
            expected,
        );
    };
    // The example of the IAM guide.
    let both = r#"["203.0.113.0/24", "2001:DB8:1234:5678::/64"]"#;
    check("IpAddress", both, "203.0.113.255", true);
    check("IpAddress", both, "203.0.114.0", false);
    check("IpAddress", both, "2001:db8:1234:5678::1", true);
    check("IpAddress", both, "2001:db8:1234:5679::1", false);
    check("IpAddress", both, "::ffff:203.0.113.7", true);
    check("NotIpAddress", both, "203.0.113.7", false);
    check("NotIpAddress", both, "198.51.100.1", true);
    check("IpAddress", r#""198.51.100.1""#, "198.51.100.1", true);
    check("IpAddress", r#""198.51.100.1""#, "198.51.100.2", false);
    check("IpAddress", r#""0.0.0.0/0""#, "198.51.100.2", true);
    check("IpAddress", r#""0.0.0.0/0""#, "2001:db8::1", false);
    check("StringLike", r#""198.51.100.*""#, "198.51.100.2", true);
}

#[test]
fn absent_keys() {
    let check = |condition: &str, expected: bool| check(condition, &[], expected);
    check(r#""StringEquals": {"kms:RequestAlias": "alias/x"}"#, false);
    check(r#""StringNotEquals": {"kms:RequestAlias": "alias/x"}"#, true);
    check(r#""StringNotLike": {"kms:RequestAlias": "*"}"#, true);
    check(r#""ArnNotLike": {"kms:GranteePrincipal": "arn:aws:iam::*:user/x"}"#, true);
    check(r#""NumericNotEquals": {"kms:RotationPeriodInDays": 7}"#, true);
    check(r#""NumericLessThan": {"kms:RotationPeriodInDays": 7}"#, false);
    check(r#""NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, true);
    check(r#""Bool": {"kms:GrantIsForAWSResource": "false"}"#, false);
    check(r#""StringEqualsIfExists": {"kms:RequestAlias": "alias/x"}"#, true);
    check(r#""StringNotEqualsIfExists": {"kms:RequestAlias": "alias/x"}"#, true);
    check(r#""BoolIfExists": {"kms:GrantIsForAWSResource": "true"}"#, true);
    check(r#""Null": {"kms:RequestAlias": "true"}"#, true);
    check(r#""Null": {"kms:RequestAlias": false}"#, false);
    check(r#""ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "a"}"#, true);
    check(r#""ForAllValues:StringNotEquals": {"kms:EncryptionContextKeys": "a"}"#, true);
    check(r#""ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "a"}"#, false);
    check(r#""ForAnyValue:StringNotEquals": {"kms:EncryptionContextKeys": "a"}"#, false);
    check(r#""ForAnyValue:StringEqualsIfExists": {"kms:EncryptionContextKeys": "a"}"#, true);
    check(r#""StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}"#, false);
    let present = [("kms:RequestAlias", text("alias/y"))];
    let check = |condition: &str, expected: bool| super::tests::check(condition, &present, expected);
    check(r#""StringEqualsIfExists": {"kms:RequestAlias": "alias/x"}"#, false);
    check(r#""Null": {"kms:RequestAlias": "false"}"#, true);
}

#[test]
fn sets() {
    const TAGS: &str = "aws:TagKeys";
    let check = |operator: &str, values: &str, tags: &[&'static str], expected: bool| {
        check(&format!(r#""{operator}": {{"{TAGS}": {values}}}"#), &[(TAGS, texts(tags))], expected);
    };
    // The examples of the IAM guide: every value of the request must match one of the policy, or any must.
    let known = r#"["PostDateTime", "Message", "Tags"]"#;
    check("ForAllValues:StringLike", known, &["PostDateTime", "Message"], true);
    check("ForAllValues:StringLike", known, &["PostDateTime", "UserName"], false);
    check("ForAllValues:StringLike", known, &[], true);
    check(
        "ForAnyValue:StringLike",
        r#"["ID", "PostDateTime"]"#,
        &["UserName", "Message", "PostDateTime"],
        true,
    );
    check("ForAnyValue:StringLike", r#"["ID", "PostDateTime"]"#, &["UserName"], false);
    check("ForAnyValue:StringLike", known, &[], false);
    // Negated: none of the policy's values.
    check("ForAllValues:StringNotEquals", r#"["a", "b"]"#, &["c", "d"], true);
    check("ForAllValues:StringNotEquals", r#"["a", "b"]"#, &["c", "b"], false);
    check("ForAnyValue:StringNotEquals", r#"["a", "b"]"#, &["a", "c"], true);
    check("ForAnyValue:StringNotEquals", r#"["a", "b"]"#, &["a", "b"], false);
    check("ForAnyValue:StringNotLike", r#""*""#, &["a"], false);
    check("Null", "true", &[], true);
    check("Null", "false", &["a"], true);
    // A single value is a set of one; empty text is an empty set.
    let check = |operator: &str, value: &'static str, expected: bool| {
        let condition = format!(r#""{operator}": {{"kms:RequestAlias": ["a", "b"]}}"#);
        super::tests::check(&condition, &[("kms:RequestAlias", text(value))], expected);
    };
    check("ForAllValues:StringEquals", "b", true);
    check("ForAllValues:StringEquals", "c", false);
    check("ForAnyValue:StringEquals", "b", true);
    check("ForAllValues:StringEquals", "", true);
    check("ForAnyValue:StringNotEquals", "", false);
}

#[test]
fn all_keys_and_operators_must_hold() {
    let facts = [("kms:KeySpec", text("RSA_2048")), ("kms:KeyUsage", text("SIGN_VERIFY"))];
    let check = |condition: &str, expected: bool| check(condition, &facts, expected);
    check(r#""StringEquals": {"kms:KeySpec": "RSA_2048", "kms:KeyUsage": "SIGN_VERIFY"}"#, true);
    check(r#""StringEquals": {"kms:KeySpec": "RSA_2048", "kms:KeyUsage": "ENCRYPT_DECRYPT"}"#, false);
    check(
        r#""StringEquals": {"kms:KeySpec": "RSA_2048"}, "StringNotEquals": {"kms:KeyUsage": "SIGN_VERIFY"}"#,
        false,
    );
    check(r#""StringLike": {"KMS:keyspec": "RSA_*"}, "Null": {"kms:KeyUsage": "false"}"#, true);
    check(r#""StringLike": {"kms:CustomerMasterKeySpec": "RSA_*"}"#, true);
    check("", true);
}

/// The key policy of the KMS guide that requires one pair and forbids all others.
#[test]
fn an_exact_encryption_context() {
    let policy = key_policy(
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
            "Action": "kms:GenerateDataKey", "Resource": "*", "Condition": {
                "StringEquals": {"kms:EncryptionContext:AppName": "ExampleApp"},
                "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["AppName"]}}}"#,
    );
    let check = |context: &[(&'static str, &'static str)], expected: bool| {
        let names: Vec<&'static str> = context.iter().map(|(name, _)| *name).collect();
        let mut facts = vec![(FactKey::EncryptionContextKeys, texts(&names))];
        facts.extend(
            context.iter().map(|(name, value)| (FactKey::EncryptionContext((*name).into()), text(value))),
        );
        let facts = Table(facts);
        let request = request(ALICE, "kms:GenerateDataKey", KEY, &facts);
        let sources = Sources::with_key_policy(&[], &policy, account(HOME));
        assert_eq!(decide(&request, &sources).allowed, expected, "{context:?}");
    };
    check(&[("AppName", "ExampleApp")], true);
    check(&[("AppName", "Other")], false);
    check(&[("AppName", "ExampleApp"), ("More", "x")], false);
    check(&[], false);
    // The name in kms:EncryptionContext is compared without regard to case, the list of names with it.
    check(&[("appname", "ExampleApp")], false);
}

#[test]
fn the_name_of_a_pair_has_no_case() {
    let facts = [("kms:EncryptionContext:appname", text("ExampleApp"))];
    check(r#""StringEquals": {"kms:EncryptionContext:AppName": "ExampleApp"}"#, &facts, true);
    check(r#""StringEquals": {"KMS:encryptioncontext:APPNAME": "exampleapp"}"#, &facts, false);
    // Pairs that differ only by case: all their values count.
    let facts = [("kms:EncryptionContext:app", texts(&["a", "b"]))];
    check(r#""StringEquals": {"kms:EncryptionContext:App": "b"}"#, &facts, true);
    check(r#""StringNotEquals": {"kms:EncryptionContext:App": "b"}"#, &facts, false);
}

/// What hangs on a variable without value neither allows nor turns a denial off.
#[test]
fn unresolved_variables() {
    let check = |effect: &str, rest: &str, expected: bool| {
        let allow = r#"{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}"#;
        let statement = format!(r#"{{"Effect": "{effect}", "Action": "kms:*", {rest}}}"#);
        let policies =
            if effect == "Deny" { identity(&[allow, &statement]) } else { identity(&[&statement]) };
        let facts = Table::of(&[("aws:userid", text("u"))]);
        let request = request(ALICE, "kms:ListKeys", "alias/alice", &facts);
        let sources = Sources::identity_only(&policies, account(HOME));
        assert_eq!(decide(&request, &sources).allowed, expected, "{effect} {rest}");
    };
    for (rest, alice) in [
        (r#""Resource": "arn:aws:kms:*:*:alias/${aws:username}""#, true),
        (r#""NotResource": "arn:aws:kms:*:*:alias/${aws:username}""#, false),
        (r#""Resource": "*", "Condition": {"StringEquals": {"aws:userid": "${aws:username}"}}"#, false),
        (r#""Resource": "*", "Condition": {"StringNotEquals": {"aws:userid": "${aws:username}"}}"#, true),
        (r#""Resource": "*", "Condition": {"StringLike": {"aws:userid": ["u", "${aws:username}"]}}"#, true),
    ] {
        check("Allow", rest, alice);
        check("Deny", rest, !alice);
    }
    const TAG: &str = "${aws:RequestTag/none}";
    for (rest, known) in [
        (format!(r#""Resource": "arn:aws:kms:*:*:alias/{TAG}""#), None),
        (format!(r#""NotResource": "arn:aws:kms:*:*:alias/{TAG}""#), None),
        (format!(r#""Resource": "*", "Condition": {{"StringEquals": {{"aws:userid": "{TAG}"}}}}"#), None),
        (format!(r#""Resource": "*", "Condition": {{"StringNotEquals": {{"aws:userid": "{TAG}"}}}}"#), None),
        (
            format!(r#""Resource": "*", "Condition": {{"StringEquals": {{"aws:userid": ["{TAG}", "u"]}}}}"#),
            Some(true),
        ),
        (
            format!(
                r#""Resource": "*", "Condition": {{"StringNotEquals": {{"aws:userid": ["{TAG}", "u"]}}}}"#
            ),
            Some(false),
        ),
    ] {
        check("Allow", &rest, known.unwrap_or(false));
        check("Deny", &rest, !known.unwrap_or(true));
    }
}
