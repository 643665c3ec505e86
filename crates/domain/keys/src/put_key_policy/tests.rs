use claviger_core::{KeyRef, Reason};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{KeyId, KeySpec, KeyUsage};

use crate::{
    CreateKey, DescribeKey, GetKeyPolicy, ListKeyPolicies, PutKeyPolicy, default_policy,
    fixtures::{aes_key, statement},
};

const OWN: &str = "111122223333";

fn put(key: KeyId, policy: &str) -> PutKeyPolicy {
    PutKeyPolicy { key: KeyRef::id(key), name: None, policy: policy.into(), bypass_lockout_check: false }
}

fn allow_user(user: &str, action: &str) -> String {
    let principal = format!("arn:aws:iam::{OWN}:{user}");
    statement(&format!(
        r#""Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*""#
    ))
}

async fn policy_of(t: &TestService, key: KeyId) -> String {
    let get = GetKeyPolicy { key: KeyRef::id(key), name: Some("default".into()) };
    t.ok(&t.admin, get).await.to_string()
}

#[tokio::test]
async fn a_policy_takes_effect_at_once_and_is_kept_as_written() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let other = t.principal("other", &[ALLOW_ALL]).await;
    assert_eq!(policy_of(&t, key).await, default_policy(t.account));
    t.ok(&other, DescribeKey { key: KeyRef::id(key) }).await;
    let only_admin = format!(" {}\n", allow_user("user/admin", "kms:*"));
    t.ok(&t.admin, put(key, &only_admin)).await;
    assert_eq!(policy_of(&t, key).await, only_admin);
    t.refused(&other, DescribeKey { key: KeyRef::id(key) }, Reason::Denied).await;
    assert_eq!(t.ok(&t.admin, ListKeyPolicies { key: KeyRef::id(key) }).await, ["default"]);
}

#[tokio::test]
async fn policies_that_would_harm_are_refused_and_change_nothing() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    t.principal("other", &[]).await;
    let condition = r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    let refused = [
        ("not a document", "not JSON".to_owned()),
        ("an identity policy", ALLOW_ALL.to_owned()),
        ("an action with a typing error", allow_user("user/admin", "kms:PutKeyPolcy")),
        ("a user who does not exist", allow_user("user/nobody", "kms:*")),
        ("a role", allow_user("role/admin", "kms:*")),
        ("somebody else only", allow_user("user/other", "kms:*")),
        ("without PutKeyPolicy", allow_user("user/admin", "kms:Encrypt")),
        (
            "under a condition that the caller does not fulfil",
            allow_user("root", "kms:*")
                .replace(r#""Resource":"*""#, &format!(r#""Resource":"*",{condition}"#)),
        ),
    ];
    for (what, policy) in refused {
        let error = t.refusal(&t.admin, put(key, &policy)).await;
        assert_eq!(error.reason(), Reason::MalformedPolicy, "{what}: {error:?}");
    }
    assert_eq!(policy_of(&t, key).await, default_policy(t.account));
}

#[tokio::test]
async fn the_messages_are_those_that_clients_know() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let lockout = t.refusal(&t.admin, put(key, &allow_user("user/admin", "kms:Encrypt"))).await;
    let expected = "The new key policy will not allow you to update the key policy in the future.";
    assert_eq!(lockout.public(), expected);
    let principal = t.refusal(&t.admin, put(key, &allow_user("user/nobody", "kms:*")).bypassing()).await;
    let expected = "Policy contains a statement with one or more invalid principals";
    assert!(principal.public().starts_with(expected), "{}", principal.public());
}

impl PutKeyPolicy {
    fn bypassing(self) -> Self {
        Self { bypass_lockout_check: true, ..self }
    }
}

#[tokio::test]
async fn a_policy_that_locks_out_is_accepted_only_on_request() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let locking = allow_user("user/admin", "kms:GetKeyPolicy");
    t.refused(&t.admin, put(key, &locking), Reason::MalformedPolicy).await;
    t.ok(&t.admin, put(key, &locking).bypassing()).await;
    t.refused(&t.admin, put(key, &default_policy(t.account)), Reason::Denied).await;
}

#[tokio::test]
async fn policies_written_for_aws_are_accepted() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    for action in
        ["kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:ReEncrypt*", "kms:Create*", "KMS:encrypt"]
    {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OWN}:root"}},"Action":"kms:*","Resource":"*"}},
                {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::444455556666:role/x"}},"Action":"{action}","Resource":"*"}}
            ]}}"#
        );
        t.ok(&t.admin, put(key, &policy)).await;
    }
}

#[tokio::test]
async fn there_is_only_the_default_policy() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let other = |name: &str| GetKeyPolicy { key: KeyRef::id(key), name: Some(name.into()) };
    t.refused(&t.admin, other("AWS_RAM"), Reason::NotFound).await;
    let named = PutKeyPolicy { name: Some("other".into()), ..put(key, &default_policy(t.account)) };
    t.refused(&t.admin, named, Reason::InvalidRequest).await;
}

#[tokio::test]
async fn a_key_is_made_only_with_a_policy_that_it_could_get() {
    let t = TestService::new().await;
    let create = |policy: String, bypass_lockout_check| CreateKey {
        policy: Some(policy.into()),
        bypass_lockout_check,
        ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt)
    };
    let locking = allow_user("user/admin", "kms:Encrypt");
    t.refused(&t.admin, create(locking.clone(), false), Reason::MalformedPolicy).await;
    t.refused(&t.admin, create(allow_user("user/nobody", "kms:*"), true), Reason::MalformedPolicy).await;
    t.ok(&t.admin, create(locking, true)).await;
    t.ok(&t.admin, create(allow_user("user/admin", "kms:*"), false)).await;
}

#[tokio::test]
async fn another_project_cannot_set_a_policy_even_if_the_policy_lets_it() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let stranger = t.stranger("999988887777", "admin", &[ALLOW_ALL]).await;
    let open = statement(r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#);
    t.ok(&t.admin, put(key, &open)).await;
    let theirs = KeyRef { account: Some(t.account), ..KeyRef::id(key) };
    t.ok(&stranger, DescribeKey { key: theirs.clone() }).await;
    t.refused(&stranger, PutKeyPolicy { key: theirs, ..put(key, &open) }, Reason::Denied).await;
    t.refused(&stranger, put(key, &open), Reason::NotFound).await;
}
