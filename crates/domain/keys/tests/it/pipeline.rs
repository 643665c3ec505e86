use claviger_core::{KeyRef, Reason};
use claviger_keys::{DescribeKey, ListKeys, TagResource, UpdateKeyDescription};
use claviger_ports::OutcomeReads;
use claviger_testkit::TestService;
use claviger_types::KeyId;

use crate::make::{aes, encrypt, encrypted};

const ENCRYPT_ONLY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}"#;

#[tokio::test]
async fn absent_and_forbidden_look_the_same_to_who_may_not_know() {
    let t = TestService::new().await;
    let nobody = t.principal("nobody", &[]).await;
    let there = aes(&t).await;
    let absent = KeyId::from_bytes([9; 16]);
    let messages: Vec<_> = futures(&t, &nobody, [there, absent]).await;
    assert_eq!(messages[0].replace(&there.to_string(), "ID"), messages[1].replace(&absent.to_string(), "ID"));
    t.refused(&t.admin, DescribeKey { key: KeyRef::id(absent) }, Reason::NotFound).await;
}

async fn futures(t: &TestService, caller: &claviger_core::Caller, ids: [KeyId; 2]) -> Vec<String> {
    let mut messages = Vec::new();
    for id in ids {
        let error = t.refusal(caller, DescribeKey { key: KeyRef::id(id) }).await;
        assert_eq!(error.reason(), Reason::Denied);
        messages.push(error.public().to_owned());
    }
    messages
}

#[tokio::test]
async fn an_allowed_action_does_not_open_another() {
    let t = TestService::new().await;
    let encrypter = t.principal("encrypter", &[ENCRYPT_ONLY]).await;
    let id = aes(&t).await;
    let sealed = encrypted(&t, &encrypter, id, b"x").await;
    t.refused(&encrypter, crate::make::decrypt(&sealed), Reason::Denied).await;
    t.refused(&encrypter, ListKeys { after: None, limit: 10 }, Reason::Denied).await;
}

#[tokio::test]
async fn a_dry_run_decides_and_does_nothing() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let dry = || {
        let mut cx = t.context(&t.admin);
        cx.dry_run = true;
        cx
    };
    let error = t.call_as(dry(), encrypt(id, b"x")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::DryRun);
    let update = UpdateKeyDescription { key: KeyRef::id(id), description: "new".into() };
    assert_eq!(t.call_as(dry(), update).await.unwrap_err().reason(), Reason::DryRun);
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await.entry;
    assert_eq!(&*entry.key().description, "");
}

#[tokio::test]
async fn without_an_audit_log_nothing_is_done() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    t.log.fail(true);
    let error = t.service.call(t.context(&t.admin), encrypt(id, b"x")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Unavailable);
    let update = UpdateKeyDescription { key: KeyRef::id(id), description: "new".into() };
    let error = t.service.call(t.context(&t.admin), update).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Unavailable);
    t.log.fail(false);
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await.entry;
    assert_eq!(&*entry.key().description, "");
    encrypted(&t, &t.admin, id, b"x").await;
}

#[tokio::test]
async fn concurrent_changes_of_one_key_all_happen() {
    let t = TestService::new().await;
    let id = aes(&t).await;
    let tags = (0..4).map(|i| TagResource {
        key: KeyRef::id(id),
        tags: [(format!("key-{i}").into(), "value".into())].into(),
    });
    let calls: Vec<_> = tags
        .map(|operation| {
            let (service, cx) = (t.service.clone(), t.context(&t.admin));
            tokio::spawn(async move { service.call(cx, operation).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let entry = t.ok(&t.admin, DescribeKey { key: KeyRef::id(id) }).await.entry;
    assert_eq!(entry.key().tags.len(), 4);
}

#[tokio::test]
async fn outcomes_are_forgotten_when_the_log_has_them() {
    let t = TestService::new().await;
    aes(&t).await;
    assert!(!t.store.outcomes().await.unwrap().is_empty());
    t.service.settle_outcomes().await.unwrap();
    let left = t.store.outcomes().await.unwrap();
    // Those of the testkit's own batches are nobody's calls.
    let calls: Vec<_> = left.iter().filter(|request| !t.log.of_request(**request).is_empty()).collect();
    assert!(calls.is_empty(), "{calls:?}");
}

#[tokio::test]
async fn a_restart_tells_the_log_what_became_of_announced_changes() {
    let t = TestService::new().await;
    let key = aes(&t).await;
    let made = t
        .log
        .records()
        .iter()
        .find_map(|r| {
            Some((r["keys"][0]["key"] == *key.to_string()).then(|| r["request"].as_str())??.to_owned())
        })
        .unwrap();
    let lost = claviger_types::RequestId::from_bytes([3; 16]);
    t.service.reconcile(vec![made.parse().unwrap(), lost]).await.unwrap();
    let reconciled: Vec<_> =
        t.log.records().into_iter().filter(|record| record["event"] == "reconciled").collect();
    assert_eq!(reconciled[0]["detail"]["outcome"], "committed");
    assert_eq!(reconciled[1]["detail"]["outcome"], "not-committed");
    assert!(t.store.outcomes().await.unwrap().is_empty());
}
