use std::collections::BTreeMap;

use claviger_core::{CallContext, Caller, EncryptionContext, KeyRef, Reason};
use claviger_ports::{Batch, Change, Store};
use claviger_testkit::TestService;
use claviger_types::{
    Days, Grant, GrantConstraint, GrantId, GrantOperation, GrantOperation as Op, GrantOperations, KeyId,
    KeyOrigin, KeySpec, KeyUsage, RequestId,
};

use super::fits;
use crate::{
    CreateGrant, CreatedGrant, DescribeKey, DisableKey, ListGrants, ListRetirableGrants, PutKeyPolicy,
    RetireGrant, RevokeGrant, ScheduleKeyDeletion,
    envelope::AdditionalData,
    fixtures::{aes_key, encrypt, key, statement, user_arn},
};

fn operations(operations: &[Op]) -> GrantOperations {
    operations.iter().copied().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Box<str>, Box<str>> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn grant(key: KeyId, grantee: &Caller, allowed: &[Op]) -> CreateGrant {
    CreateGrant {
        key: KeyRef::id(key),
        grantee: user_arn(grantee),
        retiring: None,
        operations: operations(allowed),
        constraint: None,
        name: None,
    }
}

fn list(key: KeyId) -> ListGrants {
    ListGrants { key: KeyRef::id(key), grant: None, grantee: None, after: None, limit: 100 }
}

async fn ids(t: &TestService, list: ListGrants) -> Vec<GrantId> {
    t.ok(&t.admin, list).await.page.items.iter().map(|grant| grant.id.clone()).collect()
}

#[tokio::test]
async fn a_grant_lets_its_grantee_in_until_it_is_revoked() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    t.refused(&app, encrypt(KeyRef::id(key)), Reason::Denied).await;
    let made = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt])).await;
    t.ok(&app, encrypt(KeyRef::id(key))).await;
    t.refused(&app, DescribeKey { key: KeyRef::id(key) }, Reason::Denied).await;
    let listed = t.ok(&t.admin, list(key)).await.page.items;
    let [stored] = listed.as_slice() else { panic!("{} grants", listed.len()) };
    assert_eq!((&stored.id, &stored.issuer), (&made.id, &user_arn(&t.admin)));
    assert_eq!(made.id.as_str().len(), 64);
    t.ok(&t.admin, RevokeGrant { key: KeyRef::id(key), grant: made.id.clone() }).await;
    t.refused(&app, encrypt(KeyRef::id(key)), Reason::Denied).await;
    t.refused(&t.admin, RevokeGrant { key: KeyRef::id(key), grant: made.id }, Reason::NotFound).await;
}

#[tokio::test]
async fn a_name_makes_a_grant_once() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let named = |allowed: &[Op]| CreateGrant { name: Some("deploy".into()), ..grant(key, &app, allowed) };
    let first = t.ok(&t.admin, named(&[Op::Encrypt, Op::Decrypt])).await;
    let again = t.ok(&t.admin, named(&[Op::Decrypt, Op::Encrypt])).await;
    assert_eq!(first.id, again.id);
    assert_ne!(first.token, again.token);
    let other = t.ok(&t.admin, named(&[Op::Decrypt])).await;
    let unnamed = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt, Op::Decrypt])).await;
    assert!(other.id != first.id && unnamed.id != first.id);
    assert_eq!(ids(&t, list(key)).await.len(), 3);
}

#[tokio::test]
async fn two_calls_with_one_name_at_once_make_one_grant() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let named = || CreateGrant { name: Some("deploy".into()), ..grant(key, &app, &[Op::Encrypt]) };
    let (one, other) = tokio::join!(t.ok(&t.admin, named()), t.ok(&t.admin, named()));
    assert_eq!(one.id, other.id);
    assert_eq!(ids(&t, list(key)).await.len(), 1);
}

#[tokio::test]
async fn grants_that_make_no_sense_are_refused() {
    let t = TestService::new().await;
    let aes = aes_key(&t).await;
    let rsa = key(&t, KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt, KeyOrigin::Generated).await;
    let app = t.principal("app", &[]).await;
    let good = || grant(aes, &app, &[Op::Encrypt]);
    let constrained = |constraint: GrantConstraint, key| CreateGrant {
        constraint: Some(constraint),
        ..grant(key, &app, &[Op::Decrypt])
    };
    let many: Vec<_> = (0..9).map(|number| (format!("n{number}"), "v".to_owned())).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let exact = |list: &[(&str, &str)]| GrantConstraint::ContextEquals(pairs(list));
    let invalid = [
        CreateGrant { operations: operations(&[]), ..good() },
        CreateGrant { operations: operations(&[Op::Sign]), ..good() },
        CreateGrant { operations: operations(&[Op::GenerateDataKey]), ..grant(rsa, &app, &[]) },
        CreateGrant { name: Some("".into()), ..good() },
        CreateGrant { name: Some("a b".into()), ..good() },
        CreateGrant { name: Some("a".repeat(257).into()), ..good() },
        constrained(exact(&[("a", "b")]), rsa),
        constrained(exact(&many), aes),
        constrained(exact(&[]), aes),
        constrained(GrantConstraint::ContextSubset(pairs(&[])), aes),
        constrained(exact(&[("a", &"v".repeat(385))]), aes),
    ];
    for (index, request) in invalid.into_iter().enumerate() {
        let error = t.refusal(&t.admin, request).await;
        assert_eq!(error.reason(), Reason::InvalidRequest, "case {index}: {error:?}");
    }
    t.refused(&t.admin, CreateGrant { grantee: "app".into(), ..good() }, Reason::InvalidArn).await;
    t.refused(&t.admin, CreateGrant { retiring: Some("*".into()), ..good() }, Reason::InvalidArn).await;
    t.ok(&t.admin, constrained(exact(&many[..8]), aes)).await;
    assert_eq!(ids(&t, list(aes)).await.len(), 1);
}

#[tokio::test]
async fn a_key_that_cannot_be_used_gets_no_grant() {
    let t = TestService::new().await;
    let app = t.principal("app", &[]).await;
    let disabled = aes_key(&t).await;
    t.ok(&t.admin, DisableKey { key: KeyRef::id(disabled) }).await;
    t.refused(&t.admin, grant(disabled, &app, &[Op::Encrypt]), Reason::KeyDisabled).await;
    let empty = key(&t, KeySpec::Aes256, KeyUsage::Encrypt, KeyOrigin::Imported).await;
    t.refused(&t.admin, grant(empty, &app, &[Op::Encrypt]), Reason::KeyState).await;
    let doomed = aes_key(&t).await;
    t.ok(&t.admin, ScheduleKeyDeletion { key: KeyRef::id(doomed), window: Days(7) }).await;
    t.refused(&t.admin, grant(doomed, &app, &[Op::Encrypt]), Reason::KeyState).await;
}

#[test]
fn each_operation_fits_the_keys_that_can_do_it() {
    let check = |usage, expected: &[Op]| {
        let found: Vec<Op> = GrantOperation::ALL.iter().copied().filter(|op| fits(*op, usage)).collect();
        let always = [Op::CreateGrant, Op::DescribeKey, Op::RetireGrant];
        let mut expected: Vec<Op> = expected.iter().chain(&always).copied().collect();
        expected.sort();
        assert_eq!(found, expected, "{usage:?}");
    };
    use Op::*;
    check(
        KeyUsage::Encrypt,
        &[
            Decrypt,
            Encrypt,
            GenerateDataKey,
            GenerateDataKeyPair,
            GenerateDataKeyPairWithoutPlaintext,
            GenerateDataKeyWithoutPlaintext,
            ReEncryptFrom,
            ReEncryptTo,
        ],
    );
    check(KeyUsage::AsymmetricDecrypt, &[Decrypt, Encrypt, GetPublicKey, ReEncryptFrom, ReEncryptTo]);
    check(KeyUsage::KeyAgreement, &[DeriveSharedSecret, GetPublicKey]);
    check(KeyUsage::Mac, &[GenerateMac, VerifyMac]);
    check(KeyUsage::RawEncrypt, &[]);
    check(KeyUsage::Sign, &[GetPublicKey, Sign, Verify]);
}

#[tokio::test]
async fn a_dry_run_decides_and_does_nothing() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let made = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt])).await.id;
    let dry = |caller: &Caller| CallContext { dry_run: true, ..t.context(caller) };
    let reason = |refused: claviger_core::Error| refused.reason();
    let create = t.call_as(dry(&t.admin), grant(key, &app, &[Op::Encrypt])).await;
    assert_eq!(create.err().map(reason), Some(Reason::DryRun));
    let denied = t.call_as(dry(&app), grant(key, &app, &[Op::Encrypt])).await;
    assert_eq!(denied.err().map(reason), Some(Reason::Denied));
    let revoke = t.call_as(dry(&t.admin), RevokeGrant { key: KeyRef::id(key), grant: made.clone() }).await;
    assert_eq!(revoke.err().map(reason), Some(Reason::DryRun));
    let retire = t.call_as(dry(&t.admin), RetireGrant { key, grant: made.clone() }).await;
    assert_eq!(retire.err().map(reason), Some(Reason::DryRun));
    assert_eq!(ids(&t, list(key)).await, [made]);
}

#[tokio::test]
async fn a_constraint_binds_the_encryption_context() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let constraint = Some(GrantConstraint::ContextSubset(pairs(&[("tenant", "7")])));
    t.ok(&t.admin, CreateGrant { constraint, ..grant(key, &app, &[Op::Encrypt]) }).await;
    let with = |context: &[(&str, &str)]| {
        let mut request = encrypt(KeyRef::id(key));
        request.additional_data = AdditionalData::Context(EncryptionContext::new(pairs(context)));
        request
    };
    t.ok(&app, with(&[("tenant", "7"), ("more", "x")])).await;
    t.refused(&app, with(&[("tenant", "8")]), Reason::Denied).await;
    t.refused(&app, encrypt(KeyRef::id(key)), Reason::Denied).await;
}

#[tokio::test]
async fn a_grantee_passes_on_no_more_than_it_has() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let (app, worker) = (t.principal("app", &[]).await, t.principal("worker", &[]).await);
    t.ok(&t.admin, grant(key, &app, &[Op::CreateGrant, Op::Encrypt])).await;
    t.refused(&app, grant(key, &worker, &[Op::Decrypt]), Reason::Denied).await;
    t.ok(&app, grant(key, &worker, &[Op::Encrypt])).await;
    t.ok(&worker, encrypt(KeyRef::id(key))).await;
    t.refused(&worker, grant(key, &app, &[Op::Encrypt]), Reason::Denied).await;
}

#[tokio::test]
async fn a_grant_is_retired_by_those_whom_it_names() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let (app, ops, other) =
        (t.principal("app", &[]).await, t.principal("ops", &[]).await, t.principal("other", &[]).await);
    let by_id = |made: &CreatedGrant| RetireGrant { key, grant: made.id.clone() };
    let made = t
        .ok(&t.admin, CreateGrant { retiring: Some(user_arn(&ops)), ..grant(key, &app, &[Op::Encrypt]) })
        .await;
    t.refused(&app, by_id(&made), Reason::Denied).await;
    t.refused(&other, by_id(&made), Reason::Denied).await;
    t.ok(&ops, RetireGrant::by_token(&made.token).unwrap()).await;
    t.refused(&app, encrypt(KeyRef::id(key)), Reason::Denied).await;
    t.refused(&ops, by_id(&made), Reason::Denied).await;
    t.refused(&t.admin, by_id(&made), Reason::InvalidGrantId).await;

    let made = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt, Op::RetireGrant])).await;
    t.ok(&app, by_id(&made)).await;
    let made = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt])).await;
    t.ok(&t.admin, by_id(&made)).await;
    assert_eq!(ids(&t, list(key)).await, []);
    let absent = KeyId::from_random([7; 16]);
    t.refused(&ops, RetireGrant { key: absent, grant: made.id }, Reason::Denied).await;
}

#[tokio::test]
async fn a_deny_outweighs_a_grant() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let made = t.ok(&t.admin, grant(key, &app, &[Op::Encrypt, Op::RetireGrant])).await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Deny","Principal":{{"AWS":"{app}"}},"Action":"kms:*","Resource":"*"}}]}}"#,
        account = t.account,
        app = user_arn(&app),
    );
    let put =
        PutKeyPolicy { key: KeyRef::id(key), name: None, policy: policy.into(), bypass_lockout_check: false };
    t.ok(&t.admin, put).await;
    t.refused(&app, encrypt(KeyRef::id(key)), Reason::Denied).await;
    t.refused(&app, RetireGrant { key, grant: made.id }, Reason::Denied).await;
}

#[tokio::test]
async fn grants_are_listed_in_pages_and_by_filters() {
    let t = TestService::new().await;
    let (key, other) = (aes_key(&t).await, aes_key(&t).await);
    let (app, ops) = (t.principal("app", &[]).await, t.principal("ops", &[]).await);
    let mut all = Vec::new();
    for grantee in [&app, &app, &ops] {
        let retiring = Some(user_arn(&ops));
        all.push(t.ok(&t.admin, CreateGrant { retiring, ..grant(key, grantee, &[Op::Encrypt]) }).await.id);
    }
    let of_ops = all[2].clone();
    t.ok(&t.admin, grant(other, &app, &[Op::Encrypt])).await;
    all.sort();
    assert_eq!(ids(&t, list(key)).await, all);
    let first = t.ok(&t.admin, ListGrants { limit: 2, ..list(key) }).await.page;
    assert!(first.more && first.items.len() == 2);
    assert_eq!(ids(&t, ListGrants { after: Some(all[1].clone()), ..list(key) }).await, all[2..]);
    let by_grantee = ListGrants { grantee: Some(user_arn(&ops)), ..list(key) };
    assert_eq!(ids(&t, by_grantee).await, std::slice::from_ref(&of_ops));
    let by_id = ListGrants { grant: Some(of_ops.clone()), ..list(key) };
    assert_eq!(ids(&t, by_id).await, std::slice::from_ref(&of_ops));
    assert_eq!(ids(&t, ListGrants { grant: Some(of_ops), ..list(other) }).await, []);

    let retirable = |retiring: &str, after: Option<&GrantId>, limit| ListRetirableGrants {
        retiring: retiring.into(),
        after: after.cloned(),
        limit,
    };
    let page = t.ok(&t.admin, retirable(&user_arn(&ops), None, 2)).await;
    assert_eq!(page.items.iter().map(|grant| &grant.id).collect::<Vec<_>>(), [&all[0], &all[1]]);
    assert!(page.more);
    let page = t.ok(&t.admin, retirable(&user_arn(&ops), Some(&all[1]), 2)).await;
    assert!(!page.more && page.items.len() == 1);
    assert_eq!(t.ok(&t.admin, retirable(&user_arn(&app), None, 2)).await.items, []);
    t.refused(&t.admin, retirable("ops", None, 2), Reason::InvalidArn).await;
    t.refused(&t.admin, retirable("arn:aws:iam::999988887777:user/ops", None, 2), Reason::InvalidArn).await;
}

#[tokio::test]
async fn a_key_has_at_most_fifty_thousand_grants() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let app = t.principal("app", &[]).await;
    let stored = |number: u32| Grant {
        id: format!("{number:064x}").parse().unwrap(),
        key,
        grantee: user_arn(&app),
        retiring: None,
        operations: operations(&[Op::Encrypt]),
        constraint: None,
        name: None,
        issuer: user_arn(&t.admin),
        created: t.service.clock().now(),
        request: RequestId::from_random([1; 16]),
    };
    let changes = (0..50_000).map(|number| Change::InsertGrant(stored(number))).collect();
    t.store.commit(Batch { outcome: RequestId::from_random([2; 16]), changes }).await.unwrap();
    t.refused(&t.admin, grant(key, &app, &[Op::Encrypt]), Reason::Quota).await;
    let last = format!("{:064x}", 49_999).parse().unwrap();
    t.ok(&t.admin, RevokeGrant { key: KeyRef::id(key), grant: last }).await;
    t.ok(&t.admin, grant(key, &app, &[Op::Encrypt])).await;
}

#[tokio::test]
async fn a_grant_reaches_into_another_project() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let stranger = t
        .stranger(
            "999988887777",
            "partner",
            &[&statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#)],
        )
        .await;
    let theirs = KeyRef { account: Some(t.account), ..KeyRef::id(key) };
    t.refused(&stranger, encrypt(theirs.clone()), Reason::Denied).await;
    t.ok(&t.admin, grant(key, &stranger, &[Op::Encrypt])).await;
    t.ok(&stranger, encrypt(theirs.clone())).await;
    t.refused(&stranger, ListGrants { key: theirs, ..list(key) }, Reason::Denied).await;
}
