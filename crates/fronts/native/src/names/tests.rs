use claviger_core::{KeyRef, KeyRefName, Reason};
use claviger_types::{KeyId, Region};

use super::{alias, key};

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn region() -> Region {
    "eu-test-1".parse().unwrap()
}

#[track_caller]
fn check(text: &str, account: Option<&str>, name: KeyRefName) {
    let account = account.map(|account| account.parse().unwrap());
    assert_eq!(key(text, &region()).unwrap(), KeyRef { account, name }, "{text}");
}

#[track_caller]
fn check_refused(text: &str, reason: Reason) {
    assert_eq!(key(text, &region()).unwrap_err().reason(), reason, "{text}");
}

#[test]
fn keys_have_four_names() {
    let id: KeyId = ID.parse().unwrap();
    check(ID, None, KeyRefName::Id(id));
    check("alias/a/b", None, KeyRefName::Alias("a/b".parse().unwrap()));
    let account = Some("111122223333");
    check(&format!("arn:aws:kms:eu-test-1:111122223333:key/{ID}"), account, KeyRefName::Id(id));
    check("arn:aws:kms:eu-test-1:111122223333:alias/a:b", account, KeyRefName::Alias("a:b".parse().unwrap()));
}

#[test]
fn what_is_no_name_is_refused() {
    check_refused("", Reason::InvalidRequest);
    check_refused("a", Reason::InvalidRequest);
    check_refused("alias/", Reason::InvalidAliasName);
    check_refused("alias/a b", Reason::InvalidAliasName);
    check_refused(&format!("key/{ID}"), Reason::InvalidRequest);
    check_refused(&format!("arn:aws:kms:eu-other-1:111122223333:key/{ID}"), Reason::InvalidArn);
    check_refused(&format!("arn:aws:s3:eu-test-1:111122223333:key/{ID}"), Reason::InvalidArn);
    check_refused(&format!("arn:aws:kms:eu-test-1:1111:key/{ID}"), Reason::InvalidArn);
    check_refused("arn:aws:kms:eu-test-1:111122223333:key/x", Reason::InvalidArn);
    check_refused("arn:aws:kms:eu-test-1:111122223333", Reason::InvalidArn);
}

#[test]
fn aliases_may_have_their_prefix() {
    assert_eq!(alias("alias/a").unwrap(), alias("a").unwrap());
}
