use claviger_core::{Caller, KeyRef, Reason};
use claviger_keys::PutKeyPolicy;
use claviger_objects::{
    ActivateObject, CreateObject, DescribeObject, DestroyObject, GetObject, UpdateObject,
};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{ObjectId, Revision};

use crate::make::*;

/// What each call answers: the reason, and the words without the id.
async fn answers(t: &TestService, by: &Caller, id: ObjectId) -> Vec<(Reason, String)> {
    let object = || new_object("n", 0);
    let errors = [
        t.refusal(by, DescribeObject { id }).await,
        t.refusal(by, GetObject { id, wrap: None }).await,
        t.refusal(by, ActivateObject { id }).await,
        t.refusal(by, revoke(id, true)).await,
        t.refusal(by, DestroyObject { id }).await,
        t.refusal(by, UpdateObject { id, revision: Revision::NEW, object: object() }).await,
    ];
    let words = |error: &claviger_core::Error| error.public().replace(&id.to_string(), "ID");
    errors.iter().map(|error| (error.reason(), words(error))).collect()
}

/// Whoever may not see an object can't tell whether there is one, and of what kind.
#[tokio::test]
async fn the_invisible_is_as_the_absent() {
    let t = TestService::new().await;
    let owner = t.principal("owner", &[CLIENT]).await;
    let made = t.ok(&owner, pair("a")).await;
    let gone = t.ok(&owner, symmetric("b")).await.object.id;
    t.ok(&owner, DestroyObject { id: gone }).await;
    let data = t.ok(&owner, secret("s", b"x")).await.id;
    let client = t.principal("client", &[CLIENT]).await;
    let nobody = t.principal("nobody", &[]).await;
    let stranger = t.stranger("444455556666", "stranger", &[ALLOW_ALL]).await;
    let absent = ObjectId::from_random([9; 16]);
    for (caller, reason) in
        [(&client, Reason::NotFound), (&nobody, Reason::Denied), (&stranger, Reason::NotFound)]
    {
        let expected = answers(&t, caller, absent).await;
        assert!(expected.iter().all(|(found, _)| *found == reason), "{expected:?}");
        for id in [made.object.id, gone, data] {
            assert_eq!(answers(&t, caller, id).await, expected);
        }
        let public = ObjectId::of_public_half(absent.key());
        let expected = answers(&t, caller, public).await;
        assert_eq!(answers(&t, caller, made.public.as_ref().unwrap().id).await, expected);
    }
    t.ok(&owner, DescribeObject { id: data }).await;
}

#[tokio::test]
async fn an_administrator_does_everything_with_everything() {
    let t = TestService::new().await;
    let owner = t.principal("owner", &[CLIENT]).await;
    let create = CreateObject { exportable: true, ..symmetric("a") };
    let id = t.ok(&owner, create).await.object.id;
    let data = t.ok(&owner, secret("s", b"x")).await.id;
    for id in [id, data] {
        t.ok(&t.admin, GetObject { id, wrap: None }).await;
        t.ok(&t.admin, ActivateObject { id }).await;
        t.ok(&t.admin, revoke(id, false)).await;
        t.ok(&t.admin, DestroyObject { id }).await;
        // Its owner still sees it.
        t.ok(&owner, DescribeObject { id }).await;
    }
}

#[tokio::test]
async fn who_may_see_may_not_do() {
    let t = TestService::new().await;
    let allow = |actions: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#
        )
    };
    let id = t.ok(&t.admin, CreateObject { exportable: true, ..symmetric("a") }).await.object.id;
    let data = t.ok(&t.admin, secret("s", b"x")).await.id;
    let reader = t.principal("reader", &[&allow(r#""kms:DescribeKey","claviger:DescribeObject""#)]).await;
    for id in [id, data] {
        t.ok(&reader, DescribeObject { id }).await;
        t.refused(&reader, GetObject { id, wrap: None }, Reason::Denied).await;
        t.refused(&reader, ActivateObject { id }, Reason::Denied).await;
        t.refused(&reader, revoke(id, true), Reason::Denied).await;
        t.refused(&reader, DestroyObject { id }, Reason::Denied).await;
    }
    // Each is its own permission, whatever the front calls it.
    let getter = t.principal("getter", &[&allow(r#""claviger:ExportKey","claviger:GetObject""#)]).await;
    for id in [id, data] {
        t.ok(&getter, GetObject { id, wrap: None }).await;
    }
    let no_export = t.principal("no-export", &[&allow(r#""kms:*","claviger:GetObject""#)]).await;
    t.refused(&no_export, GetObject { id, wrap: None }, Reason::Denied).await;
    t.refused(&no_export, DestroyObject { id }, Reason::Denied).await;
}

/// Policies can keep what is made from ever leaving.
#[tokio::test]
async fn policies_decide_on_exportable() {
    let t = TestService::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"claviger:Exportable":"true"}}}]}"#;
    let client = t.principal("client", &[policy]).await;
    t.ok(&client, symmetric("a")).await;
    t.refused(&client, CreateObject { exportable: true, ..symmetric("a") }, Reason::Denied).await;
    t.refused(&client, secret("s", b"x"), Reason::Denied).await;
    let kept_in = claviger_objects::RegisterObject { extractable: false, ..secret("s", b"x") };
    t.ok(&client, kept_in).await;
}

/// What is left of a key is for those who might see the key when it went.
#[tokio::test]
async fn the_last_policy_of_a_key_stays() {
    let t = TestService::new().await;
    let owner = t.principal("owner", &[CLIENT]).await;
    let id = t.ok(&owner, symmetric("a")).await.object.id;
    let account = t.account;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},
            "Action":["kms:*","claviger:*"],"Resource":"*"}}}}"#
    );
    let put = PutKeyPolicy {
        name: None,
        key: KeyRef::id(id.key()),
        policy: policy.into(),
        bypass_lockout_check: false,
    };
    t.ok(&t.admin, put).await;
    t.refused(&owner, DescribeObject { id }, Reason::NotFound).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    t.refused(&owner, DescribeObject { id }, Reason::NotFound).await;
    t.ok(&t.admin, DescribeObject { id }).await;
}
