use std::{collections::BTreeMap, sync::Arc};

use claviger_types::{GrantConstraint, GrantOperation};

use super::{Sources, decide, lockout_check};
use crate::{
    Delegation, Policy, PolicyKind,
    fixtures::{
        ALICE, AWAY, AWAY_ROOT, BOB, HOME, HOME_ROOT, KEY, Question, Table, account, grant, identity,
        key_policy, pairs, request, text,
    },
};

const DELEGATES: &str = r#"{"Sid": "Enable IAM User Permissions", "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const DELEGATES_AWAY: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "444455556666"},
    "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}"#;
const ALICE_ENCRYPTS: &str = r#"{"Sid": "use", "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}, "Action": "kms:Encrypt", "Resource": "*"}"#;
const BOB_ENCRYPTS: &str = r#"{"Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::444455556666:user/bob"]}, "Action": "kms:Encrypt", "Resource": "*"}"#;
const EVERYONE: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#;
const ALLOW_ALL: &str = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}"#;
const ALLOW_LIST: &str = r#"{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}"#;
const DENY_ENCRYPT: &str =
    r#"{"Sid": "NoEncrypt", "Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}"#;
const KEY_DENIES_HOME: &str = r#"{"Effect": "Deny", "Principal": {"AWS": "111122223333"},
    "Action": "kms:Encrypt", "Resource": "*"}"#;

const NOTHING: &str = "nothing allows it";
const ONLY_KEY: &str = "the key policy leaves it to identity policies, and none allows it";
const ONLY_CALLER: &str = "the caller's account allows it, but the key policy does not";

fn check(caller: &str, action: &str, key_policy: Option<&str>, identity: &[&str], expected: &str) {
    let question = Question { caller, action, key_policy, identity, ..Question::default() };
    assert_eq!(question.answer(), expected, "{caller} {action} under {key_policy:?} and {identity:?}");
}

#[test]
fn in_one_account() {
    let delegated = "allowed by statement 0 of identity policy p0, as statement 0 (\"Enable IAM User Permissions\") \
                     of the key policy lets it";
    check(ALICE, "kms:Encrypt", Some(DELEGATES), &[ALLOW_ALL], delegated);
    check(ALICE, "KMS:encrypt", Some(DELEGATES), &[ALLOW_ALL], delegated);
    // The example "User is denied access to a KMS key in their AWS account" of the KMS developer guide.
    check(ALICE, "kms:Encrypt", Some(DELEGATES), &[], ONLY_KEY);
    check(ALICE, "kms:Encrypt", Some(DELEGATES), &[ALLOW_LIST], ONLY_KEY);
    // A direct allow needs no identity policy; without delegation, identity policies have no effect.
    let direct = "allowed by statement 0 (\"use\") of the key policy";
    check(ALICE, "kms:Encrypt", Some(ALICE_ENCRYPTS), &[], direct);
    check(ALICE, "kms:Encrypt", Some(EVERYONE), &[], "allowed by statement 0 of the key policy");
    check(ALICE, "kms:Decrypt", Some(ALICE_ENCRYPTS), &[ALLOW_ALL], ONLY_CALLER);
    check(ALICE, "kms:Decrypt", Some(ALICE_ENCRYPTS), &[], NOTHING);
    let both = format!("{DELEGATES}, {ALICE_ENCRYPTS}");
    check(ALICE, "kms:Encrypt", Some(&both), &[], "allowed by statement 1 (\"use\") of the key policy");
    check("arn:aws:iam::111122223333:user/Alice", "kms:Encrypt", Some(ALICE_ENCRYPTS), &[], NOTHING);
    // The account itself needs no identity policy, but the policy of the key must let it in.
    let root = "allowed by statement 0 (\"Enable IAM User Permissions\") of the key policy";
    check(HOME_ROOT, "kms:Encrypt", Some(DELEGATES), &[], root);
    check(HOME_ROOT, "kms:Encrypt", Some(ALICE_ENCRYPTS), &[], ONLY_CALLER);
}

#[test]
fn without_a_key() {
    check(ALICE, "kms:ListKeys", None, &[ALLOW_LIST], "allowed by statement 0 of identity policy p0");
    check(ALICE, "kms:CreateKey", None, &[ALLOW_LIST], NOTHING);
    check(
        ALICE,
        "kms:CreateKey",
        None,
        &[ALLOW_LIST, ALLOW_ALL],
        "allowed by statement 0 of identity policy p1",
    );
    check(HOME_ROOT, "kms:CreateKey", None, &[], "allowed by being the account itself");
    // Nothing of another account can be reached without that account's consent.
    check(BOB, "kms:ListKeys", None, &[ALLOW_ALL], ONLY_CALLER);
    check(AWAY_ROOT, "kms:ListKeys", None, &[], ONLY_CALLER);
}

#[test]
fn across_accounts() {
    let both = "allowed by statement 0 of identity policy p0, as statement 0 of the key policy lets it";
    check(BOB, "kms:Encrypt", Some(DELEGATES_AWAY), &[ALLOW_ALL], both);
    check(BOB, "kms:Encrypt", Some(DELEGATES_AWAY), &[], ONLY_KEY);
    check(BOB, "kms:DescribeKey", Some(DELEGATES_AWAY), &[ALLOW_ALL], ONLY_CALLER);
    // Even to be named is not enough without an identity policy.
    check(BOB, "kms:Encrypt", Some(BOB_ENCRYPTS), &[], ONLY_KEY);
    check(BOB, "kms:Encrypt", Some(BOB_ENCRYPTS), &[ALLOW_ALL], both);
    check(BOB, "kms:Encrypt", Some(EVERYONE), &[], ONLY_KEY);
    check(BOB, "kms:Encrypt", Some(EVERYONE), &[ALLOW_ALL], both);
    check(BOB, "kms:Encrypt", Some(DELEGATES), &[ALLOW_ALL], ONLY_CALLER);
    let root = "allowed by being the account itself, as statement 0 of the key policy lets it";
    check(AWAY_ROOT, "kms:Encrypt", Some(DELEGATES_AWAY), &[], root);
    check(AWAY_ROOT, "kms:Encrypt", Some(BOB_ENCRYPTS), &[], ONLY_CALLER);
}

#[test]
fn a_denial_wins_over_everything() {
    let denied = "denied by statement 0 (\"NoEncrypt\") of identity policy p1";
    check(ALICE, "kms:Encrypt", Some(EVERYONE), &[ALLOW_ALL, DENY_ENCRYPT], denied);
    check(HOME_ROOT, "kms:Encrypt", Some(EVERYONE), &[ALLOW_ALL, DENY_ENCRYPT], denied);
    let key = format!("{EVERYONE}, {KEY_DENIES_HOME}");
    let denied = "denied by statement 1 of the key policy";
    // To deny an account is to deny everyone in it.
    check(ALICE, "kms:Encrypt", Some(&key), &[ALLOW_ALL], denied);
    check(HOME_ROOT, "kms:Encrypt", Some(&key), &[], denied);
    check(ALICE, "kms:Decrypt", Some(&key), &[], "allowed by statement 0 of the key policy");
    check(BOB, "kms:Encrypt", Some(&key), &[], ONLY_KEY);
    let all = [GrantOperation::Encrypt];
    let question = Question {
        caller: ALICE,
        action: "kms:Encrypt",
        key_policy: Some(&key),
        grants: &[grant("aa", ALICE, &all, None)],
        ..Question::default()
    };
    assert_eq!(question.answer(), denied);
}

#[test]
fn denying_all_but_some() {
    let all_but = |names: &str| {
        format!(
            r#"{EVERYONE}, {{"Effect": "Deny", "NotPrincipal": {{"AWS": {names}}}, "Action": "*", "Resource": "*"}}"#
        )
    };
    let allowed = "allowed by statement 0 of the key policy";
    let denied = "denied by statement 1 of the key policy";
    let users = all_but(r#"["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:root"]"#);
    check(ALICE, "kms:Encrypt", Some(&users), &[], allowed);
    check(HOME_ROOT, "kms:Encrypt", Some(&users), &[], allowed);
    check("arn:aws:iam::111122223333:user/eve", "kms:Encrypt", Some(&users), &[], denied);
    check(BOB, "kms:Encrypt", Some(&users), &[ALLOW_ALL], denied);
    // To except an account does not except its users.
    let account = all_but(r#""111122223333""#);
    check(ALICE, "kms:Encrypt", Some(&account), &[], denied);
    check(HOME_ROOT, "kms:Encrypt", Some(&account), &[], allowed);
}

#[test]
fn long_action_names() {
    let action = format!("kms:Encrypt{}", "X".repeat(200));
    let prefix = r#"{"Effect": "Allow", "Action": "KMS:encrypt*X", "Resource": "*"}"#;
    check(ALICE, &action, None, &[prefix], "allowed by statement 0 of identity policy p0");
    check(ALICE, &format!("{action}y"), None, &[prefix], NOTHING);
}

#[test]
fn negated_elements() {
    let not_action = r#"{"Effect": "Deny", "NotAction": ["kms:Describe*", "kms:List*"], "Resource": "*"}"#;
    check(
        ALICE,
        "kms:ListKeys",
        None,
        &[ALLOW_ALL, not_action],
        "allowed by statement 0 of identity policy p0",
    );
    check(
        ALICE,
        "kms:CreateKey",
        None,
        &[ALLOW_ALL, not_action],
        "denied by statement 0 of identity policy p1",
    );
    let not_resource = r#"{"Effect": "Allow", "Action": "kms:*",
        "NotResource": ["arn:aws:kms:*:111122223333:alias/prod/*", "arn:aws:kms:us-east-1:*:*"]}"#;
    let policies = identity(&[not_resource]);
    let check = |path: &str, expected: bool| {
        let facts = Table::default();
        let request = request(ALICE, "kms:CreateAlias", path, &facts);
        let decision = decide(&request, &Sources::identity_only(&policies, account(HOME)));
        assert_eq!(decision.allowed, expected, "{path}");
    };
    check("alias/prod/db", false);
    check("alias/test/db", true);
    check(KEY, true);
}

#[test]
fn grants() {
    use GrantOperation::{CreateGrant, Decrypt, DescribeKey, Encrypt, GetPublicKey, RetireGrant};
    let subset = || Some(GrantConstraint::ContextSubset(pairs(&[("tenant", "7")])));
    let all = [CreateGrant, Decrypt, DescribeKey, GetPublicKey, RetireGrant];
    let plain = [grant("aa", BOB, &[Encrypt], None), grant("bb", ALICE, &[Encrypt, Decrypt], None)];
    let bound = [grant("cc", ALICE, &all, subset())];
    let to_root = [grant("dd", HOME_ROOT, &[Encrypt], None)];
    let check = |caller, action, grants: &[_], context: Option<BTreeMap<_, _>>, expected: &str| {
        let key_policy = Some(BOB_ENCRYPTS);
        let question = Question { caller, action, key_policy, grants, context, ..Question::default() };
        assert_eq!(question.answer(), expected, "{caller} {action}");
    };
    let context = || Some(pairs(&[("tenant", "7"), ("purpose", "backup")]));
    let wrong = || Some(pairs(&[("tenant", "8")]));
    check(ALICE, "kms:Encrypt", &plain, Some(pairs(&[])), "allowed by grant bb");
    check(ALICE, "kms:GenerateMac", &plain, None, NOTHING);
    // A grant alone is enough for callers of other accounts too.
    check(BOB, "kms:Encrypt", &plain, Some(pairs(&[])), "allowed by grant aa");
    check("arn:aws:iam::111122223333:user/eve", "kms:Encrypt", &plain, Some(pairs(&[])), NOTHING);
    check(HOME_ROOT, "kms:Encrypt", &to_root, Some(pairs(&[])), "allowed by grant dd");
    check(ALICE, "kms:Encrypt", &to_root, Some(pairs(&[])), NOTHING);
    // A constraint is on the encryption context of calls that take one, and leaves two operations alone.
    check(ALICE, "kms:Decrypt", &bound, context(), "allowed by grant cc");
    check(ALICE, "kms:Decrypt", &bound, wrong(), NOTHING);
    check(ALICE, "kms:Decrypt", &bound, None, NOTHING);
    check(ALICE, "kms:DescribeKey", &bound, None, "allowed by grant cc");
    check(ALICE, "kms:RetireGrant", &bound, None, "allowed by grant cc");
    check(ALICE, "kms:GetPublicKey", &bound, None, NOTHING);
    // Without knowing what would be passed on, no grant allows CreateGrant.
    check(ALICE, "kms:CreateGrant", &bound, None, NOTHING);
}

#[test]
fn grants_pass_on_no_more_than_they_hold() {
    use GrantOperation::{CreateGrant, Decrypt, Encrypt};
    let subset = GrantConstraint::ContextSubset(pairs(&[("tenant", "7")]));
    let grants = [
        grant("aa", ALICE, &[CreateGrant, Decrypt], Some(subset.clone())),
        grant("bb", ALICE, &[CreateGrant, Encrypt], None),
    ];
    let check = |operations: &[GrantOperation], constraint: Option<&GrantConstraint>, expected: &str| {
        let delegation = Delegation { operations: operations.iter().copied().collect(), constraint };
        let question = Question {
            caller: ALICE,
            action: "kms:CreateGrant",
            key_policy: Some(BOB_ENCRYPTS),
            grants: &grants,
            delegation: Some(delegation),
            ..Question::default()
        };
        assert_eq!(question.answer(), expected, "{operations:?} {constraint:?}");
    };
    check(&[Decrypt], Some(&subset), "allowed by grant aa");
    check(&[Decrypt], None, NOTHING);
    check(&[Encrypt], None, "allowed by grant bb");
    check(&[Encrypt, CreateGrant], Some(&subset), "allowed by grant bb");
    // Two grants do not add up to one.
    check(&[Encrypt, Decrypt], Some(&subset), NOTHING);
}

#[test]
fn facts_of_the_caller_are_the_evaluators_own() {
    let claims_to_be_root = Table::of(&[("aws:username", text("root")), ("kms:CallerAccount", text(AWAY))]);
    let check = |condition: &str, caller: &str, expected: bool| {
        let statement = format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {condition}}}"#
        );
        let policy = key_policy(&statement);
        let request = request(caller, "kms:Encrypt", KEY, &claims_to_be_root);
        let sources = Sources::with_key_policy(&[], &policy, account(HOME));
        assert_eq!(decide(&request, &sources).allowed, expected, "{condition} {caller}");
    };
    check(r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#, ALICE, true);
    check(r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#, ALICE, false);
    check(r#"{"StringEquals": {"aws:username": "alice"}}"#, ALICE, true);
    check(r#"{"StringEquals": {"aws:username": "deep"}}"#, "arn:aws:iam::111122223333:user/a/b/deep", true);
    check(r#"{"Null": {"aws:username": "true"}}"#, HOME_ROOT, true);
    check(r#"{"StringEquals": {"aws:PrincipalType": "Account"}}"#, HOME_ROOT, true);
    check(r#"{"StringEquals": {"aws:PrincipalType": "Account"}}"#, ALICE, false);
    check(r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}}"#, ALICE, true);
    check(r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}}"#, HOME_ROOT, false);
}

#[test]
fn a_policy_in_the_wrong_place_never_allows() {
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{ALLOW_ALL}, {DENY_ENCRYPT}]}}"#);
    let policy = Policy::parse(&document, PolicyKind::Identity).unwrap();
    let facts = Table::default();
    let sources = Sources::with_key_policy(&[], &policy, account(HOME));
    let reason = |action| decide(&request(ALICE, action, KEY, &facts), &sources).reason.to_string();
    assert_eq!(reason("kms:Decrypt"), NOTHING);
    assert_eq!(reason("kms:Encrypt"), "denied by statement 1 (\"NoEncrypt\") of the key policy");
}

#[test]
fn lockout() {
    let check = |statements: &str, caller: &str, expected: bool| {
        let facts = Table::default();
        let request = request(caller, "kms:CreateKey", KEY, &facts);
        assert_eq!(lockout_check(&key_policy(statements), &request), expected, "{caller}: {statements}");
    };
    let alice_puts = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"},
        "Action": "kms:Put*", "Resource": "*"}"#;
    let deny_put = r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}"#;
    check(DELEGATES, ALICE, true);
    check(DELEGATES, HOME_ROOT, true);
    check(DELEGATES, BOB, false);
    check(alice_puts, ALICE, true);
    check(alice_puts, HOME_ROOT, false);
    check(ALICE_ENCRYPTS, ALICE, false);
    check(&format!("{DELEGATES}, {deny_put}"), ALICE, false);
}

#[test]
fn many_threads_share_policies() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Policy>();
    is_shared::<Arc<crate::NamedPolicy>>();
}
