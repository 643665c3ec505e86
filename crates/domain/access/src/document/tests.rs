use crate::{MAX_POLICY_BYTES, Policy, PolicyKind};

fn check(json: &str, expected: &str) {
    let outcome = Policy::parse(json, PolicyKind::Identity).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(outcome, Err(expected.to_owned()), "{json}");
}

#[test]
fn documents_refused() {
    check("", "document: not JSON: EOF while parsing a value at line 1 column 0");
    check("{} x", "document: not JSON: trailing characters at line 1 column 4");
    check("[]", "document: must be an object");
    check("{}", "Statement: missing");
    check(r#"{"Statement": []}"#, "Statement: has no statement");
    check(r#"{"Statement": "x"}"#, "Statement[0]: must be an object");
    check(r#"{"Version": "2026-01-01"}"#, "Version: must be \"2012-10-17\" or \"2008-10-17\"");
    check(r#"{"Version": 2012}"#, "Version: must be a string");
    check(r#"{"Id": 7, "Statement": {}}"#, "Id: must be a string");
    check(r#"{"Version": "2012-10-17", "Version": "2012-10-17"}"#, "Version: is there twice");
    check(
        r#"{"Comment": "x", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        "Comment: unknown element",
    );
    check(&" ".repeat(MAX_POLICY_BYTES + 1), "document: longer than 32768 bytes");
    let deep = "[".repeat(10_000);
    check(&deep, "document: not JSON: recursion limit exceeded at line 1 column 128");
}

#[test]
fn expensive_patterns_refused() {
    let document = |count: usize, value: &str| {
        let values = vec![value; count];
        serde_json::json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringLike": {"kms:EncryptionContext:a": values}}}})
        .to_string()
    };
    let refused = |count: usize, value: &str| {
        let error = "document: patterns with ? between two * have more than 2048 characters together, which takes \
                     too long";
        check(&document(count, value), error);
    };
    let accepted = |count, value: &str| {
        Policy::parse(&document(count, value), PolicyKind::Identity).unwrap();
    };
    let expensive = format!("*{}b*", "?".repeat(1021));
    accepted(2, &expensive);
    refused(3, &expensive);
    accepted(2, "*?${aws:username}*");
    refused(3, "*?${aws:username}*");
    accepted(1000, "*ab*");
    accepted(1000, "?*");
}

#[test]
fn statements_refused() {
    let check = |statement: &str, expected: &str| {
        check(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#), expected);
    };
    check("{}", "Statement[0].Effect: missing");
    check(r#"{"Effect": "allow"}"#, "Statement[0].Effect: must be \"Allow\" or \"Deny\"");
    check(r#"{"Effect": "Allow"}"#, "Statement[0]: has neither Action nor NotAction");
    check(
        r#"{"Effect": "Allow", "Action": "*", "NotAction": "kms:Sign"}"#,
        "Statement[0]: has both Action and NotAction",
    );
    check(r#"{"Effect": "Allow", "Action": "*"}"#, "Statement[0]: has neither Resource nor NotResource");
    check(r#"{"Effect": "Allow", "Action": [], "Resource": "*"}"#, "Statement[0].Action: is an empty list");
    check(
        r#"{"Effect": "Allow", "Action": ["*", 7], "Resource": "*"}"#,
        "Statement[0].Action[1]: must be a string",
    );
    check(
        r#"{"Effect": "Allow", "NotAction": {}, "Resource": "*"}"#,
        "Statement[0].NotAction: must be a string or a list of strings",
    );
    check(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "resource": "*"}"#,
        "Statement[0].resource: unknown element",
    );
    check(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Effect": "Deny"}"#,
        "Statement[0].Effect: is there twice",
    );
}

#[test]
fn conditions_refused() {
    let check = |condition: &str, expected: &str| {
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
        check(&format!(r#"{{"Statement": {statement}}}"#), &format!("Statement[0].Condition{expected}"));
    };
    check("[]", ": must be an object");
    check(r#"{"StringEquals": {}}"#, ".StringEquals: has no condition key");
    check(r#"{"StringEquals": {"aws:userid": []}}"#, ".StringEquals.aws:userid: is an empty list");
    check(
        r#"{"StringEquals": {"aws:userid": null}}"#,
        ".StringEquals.aws:userid: must be a string, a number, true or false",
    );
    check(
        r#"{"StringEquals": {"aws:userid": ["a", ["b"]]}}"#,
        ".StringEquals.aws:userid[1]: must be a string, a number, true or false",
    );
    check(r#"{"Null": {"aws:userid": true}, "Null": {}}"#, ".Null: is there twice");
    check(
        r#"{"StringEquals": {"aws:userid": "a", "AWS:UserId": "b"}}"#,
        ".StringEquals.AWS:UserId: condition keys that differ only by case are the same key",
    );
}
