use super::{Syntax, Template};
use crate::{
    FactValue,
    fixtures::{ALICE, HOME_ROOT, KEY, Table, request, text, texts, time},
};

const LIKE: Syntax = Syntax { wildcards: true, variables: true };
const EQUALS: Syntax = Syntax { wildcards: false, variables: true };
const OLD: Syntax = Syntax { wildcards: true, variables: false };

fn facts() -> Table {
    Table::of(&[
        ("aws:userid", text("*")),
        ("aws:SecureTransport", FactValue::Bool(true)),
        ("kms:RotationPeriodInDays", FactValue::Number(90)),
        ("aws:CurrentTime", time("2026-10-02T07:08:09.5Z")),
        ("aws:EpochTime", time("1970-01-01T00:01:00Z")),
        ("aws:ResourceTag/team", text("a?b")),
        ("aws:TagKeys", texts(&["a", "b"])),
    ])
}

#[test]
fn values_are_put_in() {
    let check = |syntax, template: &str, text: &str, expected: Option<bool>| {
        let facts = facts();
        let request = request(ALICE, "kms:Encrypt", KEY, &facts);
        let outcome = Template::parse(template, syntax).unwrap().matches(text, &request);
        assert_eq!(outcome, expected, "{template:?} on {text:?}");
    };
    check(LIKE, "home/${aws:username}/*", "home/alice/x", Some(true));
    check(LIKE, "home/${AWS:UserName}/*", "home/bob/x", Some(false));
    check(EQUALS, "${aws:username}", "alice", Some(true));
    check(EQUALS, "${aws:username}*", "alice!", Some(false));
    check(EQUALS, "${aws:username}*", "alice*", Some(true));
    check(LIKE, "${aws:PrincipalArn}", ALICE, Some(true));
    check(LIKE, "${aws:PrincipalAccount}-${aws:PrincipalType}", "111122223333-User", Some(true));
    check(LIKE, "${aws:SecureTransport}/${kms:RotationPeriodInDays}", "true/90", Some(true));
    check(LIKE, "${aws:CurrentTime} ${aws:EpochTime}", "2026-10-02T07:08:09Z 60", Some(true));
    // Values never act as wildcards.
    check(LIKE, "x${aws:userid}", "x*", Some(true));
    check(LIKE, "x${aws:userid}", "xyz", Some(false));
    check(LIKE, "${aws:ResourceTag/Team}", "a?b", Some(true));
    check(LIKE, "${aws:ResourceTag/Team}", "axb", Some(false));
    // Characters that otherwise mean something else.
    check(LIKE, "${*}${?}${$}*", "*?$more", Some(true));
    check(LIKE, "${*}", "x", Some(false));
    check(LIKE, "${$}{aws:username}", "${aws:username}", Some(true));
    check(LIKE, "$x{y}", "$x{y}", Some(true));
    // Defaults, and none.
    check(LIKE, "${aws:RequestTag/team, 'anonymous'}", "anonymous", Some(true));
    check(LIKE, "${aws:RequestTag/team,'*'}", "x", Some(false));
    check(LIKE, "${aws:RequestTag/team, 'a}b'}!", "a}b!", Some(true));
    check(LIKE, "${aws:RequestTag/team, ''}!", "!", Some(true));
    check(LIKE, "${aws:username, 'anonymous'}", "alice", Some(true));
    check(LIKE, "${aws:RequestTag/team}*", "x", None);
    // The old version of the language has no variables.
    check(OLD, "${aws:username}", "${aws:username}", Some(true));
    check(OLD, "${aws:username}", "alice", Some(false));
    check(OLD, "${*}", "${anything}", Some(true));
}

#[test]
fn the_account_itself_has_no_user_name() {
    let facts = facts();
    let request = request(HOME_ROOT, "kms:Encrypt", KEY, &facts);
    assert_eq!(Template::parse("${aws:username}", LIKE).unwrap().matches("root", &request), None);
}

#[test]
fn refused() {
    let check = |template: &str, expected: &str| {
        assert_eq!(Template::parse(template, LIKE).unwrap_err(), expected);
    };
    check("a${aws:username", "\"a${aws:username\" has a policy variable that does not end");
    check("${aws:username, 'x}", "\"${aws:username, 'x}\" has a policy variable that does not end");
    check("${}", "\"${}\" is not a policy variable that is known here");
    check("${s3:prefix}", "\"${s3:prefix}\" is not a policy variable that is known here");
    check("${aws:TagKeys}", "\"${aws:TagKeys}\" has many values and can't be a policy variable");
    check("${aws:username, x}", "the default value in \"${aws:username, x}\" is not between single quotes");
    check(
        "${aws:username, 'x'y'}'}",
        "the default value in \"${aws:username, 'x'y'}'}\" is not between single quotes",
    );
}
