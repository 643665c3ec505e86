use std::time::Duration;

use claviger_core::{CallContext, Caller, KeyRef, Reason};
use claviger_ports::PrincipalReads;
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{CredentialId, GrantOperation, SecretBytes};

use super::{
    CreateCredential, CreatePrincipal, DeletePrincipalPolicy, GetPrincipal, ListCredentials,
    ListPrincipalPolicies, ListPrincipals, NewCredential, PutPrincipalPolicy, RevokeCredential,
    SimulatePolicy, UpdatePrincipal, token_hash,
};
use crate::{
    CreateGrant, DescribeKey,
    fixtures::{aes_key, allow, by_alias, statement, user_arn},
};

fn put(principal: &str, name: &str, document: &str) -> PutPrincipalPolicy {
    PutPrincipalPolicy {
        principal: principal.parse().unwrap(),
        name: name.parse().unwrap(),
        document: document.into(),
    }
}

fn credential(principal: &str, kind: NewCredential) -> CreateCredential {
    CreateCredential { principal: principal.parse().unwrap(), kind, expires: None }
}

fn update(name: &str, disabled: bool) -> UpdatePrincipal {
    UpdatePrincipal { name: name.parse().unwrap(), disabled }
}

fn text(secret: Option<SecretBytes>) -> String {
    String::from_utf8(secret.unwrap().expose().to_vec()).unwrap()
}

#[tokio::test]
async fn principals_are_made_once_and_listed() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, CreatePrincipal { name: "app".parse().unwrap() }).await;
    assert_eq!((made.project, made.created), (t.account, t.service.clock().now()));
    t.refused(&t.admin, CreatePrincipal { name: "app".parse().unwrap() }, Reason::AlreadyExists).await;
    let names: Vec<_> = t.ok(&t.admin, ListPrincipals).await.iter().map(|p| p.name.to_string()).collect();
    assert_eq!(names, ["admin", "app"]);
    assert_eq!(t.ok(&t.admin, GetPrincipal { name: "app".parse().unwrap() }).await.id, made.id);
    t.refused(&t.admin, GetPrincipal { name: "nobody".parse().unwrap() }, Reason::NotFound).await;
    let stranger = t.stranger("999988887777", "other", &[ALLOW_ALL]).await;
    t.refused(&stranger, GetPrincipal { name: "app".parse().unwrap() }, Reason::NotFound).await;
}

#[tokio::test]
async fn a_policy_of_a_principal_takes_effect_with_its_next_call() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let describe = || DescribeKey { key: KeyRef::id(key) };
    let app = t.principal("app", &[]).await;
    t.refused(&app, describe(), Reason::Denied).await;
    t.ok(&t.admin, put("app", "read", &allow("kms:DescribeKey"))).await;
    t.ok(&t.caller("app").await, describe()).await;
    let list = || ListPrincipalPolicies { principal: "app".parse().unwrap() };
    let policies = t.ok(&t.admin, list()).await;
    assert_eq!(policies.len(), 1);
    assert_eq!(&*policies[0].document, allow("kms:DescribeKey"));
    t.ok(&t.admin, put("app", "read", &allow("kms:Encrypt"))).await;
    t.refused(&t.caller("app").await, describe(), Reason::Denied).await;
    let delete =
        || DeletePrincipalPolicy { principal: "app".parse().unwrap(), name: "read".parse().unwrap() };
    t.ok(&t.admin, delete()).await;
    assert_eq!(t.ok(&t.admin, list()).await, []);
    t.refused(&t.admin, delete(), Reason::NotFound).await;
}

#[tokio::test]
async fn policies_that_are_not_understood_are_refused() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let with_principal = statement(r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#);
    for document in ["", "{}", &with_principal, &allow("kms:Encrpyt"), &allow("s3:GetObject")] {
        t.refused(&t.admin, put("app", "p", document), Reason::MalformedPolicy).await;
    }
    t.refused(&t.admin, put("nobody", "p", ALLOW_ALL), Reason::NotFound).await;
    t.ok(&t.admin, put("app", "p", &allow("claviger:ListPrincipals"))).await;
}

#[tokio::test]
async fn a_disabled_principal_is_refused_until_it_is_enabled() {
    let t = TestService::new().await;
    t.ok(&t.admin, CreatePrincipal { name: "app".parse().unwrap() }).await;
    let made = t.ok(&t.admin, credential("app", NewCredential::BearerToken)).await;
    let hash = token_hash(text(made.secret).as_bytes());
    let login = async || t.service.directory().bearer_token(hash, t.service.clock().now()).await;
    assert!(login().await.is_ok());
    assert!(t.ok(&t.admin, update("app", true)).await.disabled);
    assert_eq!(login().await.err().unwrap().reason(), Reason::UnknownCredential);
    t.ok(&t.admin, update("app", true)).await;
    assert!(!t.ok(&t.admin, update("app", false)).await.disabled);
    assert!(login().await.is_ok());
    t.refused(&t.admin, update("admin", true), Reason::InvalidRequest).await;
    t.refused(&t.admin, update("nobody", true), Reason::NotFound).await;
}

#[tokio::test]
async fn an_access_key_looks_like_one_and_proves_its_principal() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let made = t.ok(&t.admin, credential("app", NewCredential::AccessKey)).await;
    assert_eq!((made.id.as_str().len(), &made.id.as_str()[..4]), (20, "CKIA"));
    assert!(
        made.id.as_str().bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)),
        "{}",
        made.id
    );
    let secret = text(made.secret);
    assert_eq!(secret.len(), 40);
    let known = t.service.directory().shared_secret(&made.id).await.unwrap();
    assert!(known.secret().ct_eq(secret.as_bytes()));
    let caller = known.proven().caller(t.service.clock().now()).unwrap();
    assert_eq!((caller.identity.principal.name.as_str(), caller.method), ("app", "access-key"));
    let other = t.ok(&t.admin, credential("app", NewCredential::AccessKey)).await;
    assert!(other.id != made.id && text(other.secret) != secret);
}

#[tokio::test]
async fn a_token_is_random_and_only_its_hash_is_known() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let made = t.ok(&t.admin, credential("app", NewCredential::BearerToken)).await;
    let token = text(made.secret);
    assert!(token.starts_with("clv_") && token.len() == 4 + 43, "{token}");
    let now = t.service.clock().now();
    let caller = t.service.directory().bearer_token(token_hash(token.as_bytes()), now).await.unwrap();
    assert_eq!(caller.credential, made.id);
    let without_prefix = token_hash(&token.as_bytes()[4..]);
    assert!(t.service.directory().bearer_token(without_prefix, now).await.is_err());
}

#[tokio::test]
async fn a_certificate_is_accepted_once() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let certificate = || credential("app", NewCredential::ClientCertificate { spki_sha256: [3; 32] });
    let made = t.ok(&t.admin, certificate()).await;
    assert!(made.secret.is_none());
    let now = t.service.clock().now();
    let caller = t.service.directory().client_certificate([3; 32], now).await.unwrap();
    assert_eq!(caller.identity.principal.name.as_str(), "app");
    t.refused(&t.admin, certificate(), Reason::AlreadyExists).await;
    t.ok(&t.admin, RevokeCredential { id: made.id }).await;
    assert!(t.service.directory().client_certificate([3; 32], now).await.is_err());
    t.refused(&t.admin, certificate(), Reason::AlreadyExists).await;
}

#[tokio::test]
async fn shared_keys_are_brought_or_made() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let shared = |key: Option<&[u8]>| {
        let key = key.map(|key| SecretBytes::new(key.to_vec()));
        credential("app", NewCredential::SharedKey { key })
    };
    t.refused(&t.admin, shared(Some(b"fifteen bytes..")), Reason::InvalidRequest).await;
    let brought = t.ok(&t.admin, shared(Some(b"sixteen bytes..."))).await;
    assert!(brought.secret.is_none());
    let known = t.service.directory().shared_secret(&brought.id).await.unwrap();
    assert!(known.secret().ct_eq(b"sixteen bytes..."));
    let made = t.ok(&t.admin, shared(None)).await;
    let known = t.service.directory().shared_secret(&made.id).await.unwrap();
    assert!(known.secret().ct_eq(text(made.secret).as_bytes()));
}

#[tokio::test]
async fn credentials_expire_and_are_revoked_for_good() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let now = t.service.clock().now();
    let expiring =
        |at| CreateCredential { expires: Some(at), ..credential("app", NewCredential::BearerToken) };
    t.refused(&t.admin, expiring(now), Reason::InvalidRequest).await;
    let made = t.ok(&t.admin, expiring(now.plus_secs(60))).await;
    let hash = token_hash(text(made.secret).as_bytes());
    let login = async |at| t.service.directory().bearer_token(hash, at).await.map_err(|error| error.reason());
    assert!(login(now.plus_secs(59)).await.is_ok());
    assert_eq!(login(now.plus_secs(60)).await.err(), Some(Reason::ExpiredCredential));
    t.ok(&t.admin, RevokeCredential { id: made.id.clone() }).await;
    t.ok(&t.admin, RevokeCredential { id: made.id.clone() }).await;
    assert_eq!(login(now).await.err(), Some(Reason::UnknownCredential));
    let listed = t.ok(&t.admin, ListCredentials { principal: "app".parse().unwrap() }).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].id, listed[0].kind, listed[0].revoked), (&made.id, "bearer-token", Some(now)));
    let unknown: CredentialId = "CKIAUNKNOWN".parse().unwrap();
    t.refused(&t.admin, RevokeCredential { id: unknown }, Reason::NotFound).await;
    let stranger = t.stranger("999988887777", "other", &[ALLOW_ALL]).await;
    t.refused(&stranger, RevokeCredential { id: made.id }, Reason::NotFound).await;
    t.refused(&t.admin, credential("nobody", NewCredential::AccessKey), Reason::NotFound).await;
}

fn simulate(principal: &str, action: &str, key: Option<KeyRef>) -> SimulatePolicy {
    SimulatePolicy {
        principal: principal.parse().unwrap(),
        action: action.into(),
        key,
        encryption_context: None,
        peer: None,
    }
}

async fn check(t: &TestService, question: SimulatePolicy, allowed: bool, reason: &str) {
    let answer = t.ok(&t.admin, question).await;
    assert_eq!((answer.allowed, answer.reason.as_str()), (allowed, reason));
}

#[tokio::test]
async fn a_simulation_tells_the_statement_that_decides() {
    let t = TestService::new().await;
    let key = Some(KeyRef::id(aes_key(&t).await));
    let deny = statement(r#""Sid":"NoSigning","Effect":"Deny","Action":"kms:Sign","Resource":"*""#);
    let app = t.principal("app", &[&allow("kms:Encrypt"), &deny]).await;
    let through = r#"as statement 0 ("Enable IAM User Permissions") of the key policy lets it"#;
    let by_identity = format!("allowed by statement 0 of identity policy policy-0, {through}");
    check(&t, simulate("app", "kms:Encrypt", key.clone()), true, &by_identity).await;
    check(&t, simulate("app", "KMS:encrypt", key.clone()), true, &by_identity).await;
    let denied = r#"denied by statement 0 ("NoSigning") of identity policy policy-1"#;
    check(&t, simulate("app", "kms:Sign", key.clone()), false, denied).await;
    let nothing = "the key policy leaves it to identity policies, and none allows it";
    check(&t, simulate("app", "kms:Decrypt", key.clone()), false, nothing).await;
    check(&t, simulate("app", "kms:ListKeys", None), false, "nothing allows it").await;
    let operations = [GrantOperation::Decrypt].into_iter().collect();
    let grant = CreateGrant {
        key: key.clone().unwrap(),
        grantee: user_arn(&app),
        retiring: None,
        operations,
        constraint: None,
        name: None,
    };
    let id = t.ok(&t.admin, grant).await.id;
    check(&t, simulate("app", "kms:Decrypt", key.clone()), true, &format!("allowed by grant {id}")).await;
    t.ok(&t.admin, update("app", true)).await;
    check(&t, simulate("app", "kms:Encrypt", key), false, "the principal is disabled").await;
}

#[tokio::test]
async fn a_simulation_is_refused_for_what_does_not_exist() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    t.principal("app", &[]).await;
    t.refused(&t.admin, simulate("app", "kms:Encrpyt", None), Reason::InvalidRequest).await;
    t.refused(&t.admin, simulate("nobody", "kms:Encrypt", None), Reason::NotFound).await;
    t.refused(&t.admin, simulate("app", "kms:Encrypt", Some(by_alias("absent"))), Reason::NotFound).await;
    let stranger: Caller = t.stranger("999988887777", "other", &[ALLOW_ALL]).await;
    t.refused(&stranger, simulate("app", "kms:Encrypt", None), Reason::NotFound).await;
    let theirs = simulate("other", "kms:Encrypt", Some(KeyRef::id(key)));
    t.refused(&stranger, theirs, Reason::NotFound).await;
}

#[tokio::test]
async fn nothing_changes_while_the_audit_log_cannot_be_written() {
    let t = TestService::new().await;
    t.log.fail(true);
    let create = || CreatePrincipal { name: "app".parse().unwrap() };
    let error = t.service.call(t.context(&t.admin), create()).await.err().unwrap();
    assert_eq!(error.reason(), Reason::Unavailable);
    t.log.fail(false);
    t.ok(&t.admin, create()).await;
}

/// A change that its caller no longer waits for is made all the same; nothing of what was known before may outlive it.
#[tokio::test]
async fn a_credential_that_is_revoked_too_late_for_its_caller_is_revoked() {
    let t = TestService::new().await;
    t.ok(&t.admin, CreatePrincipal { name: "app".parse().unwrap() }).await;
    let mut cut_short = 0;
    // Somewhere between these the call ends while the store is at work.
    for micros in (0..6_000).step_by(100) {
        let made = t.ok(&t.admin, credential("app", NewCredential::BearerToken)).await;
        let hash = token_hash(text(made.secret).as_bytes());
        let login = async || t.service.directory().bearer_token(hash, t.service.clock().now()).await;
        login().await.unwrap();
        let cx = CallContext { deadline: Duration::from_micros(micros), ..t.context(&t.admin) };
        let answer = t.service.call(cx, RevokeCredential { id: made.id.clone() }).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let stored = t.store.credential(&made.id).await.unwrap().unwrap();
        if stored.revoked.is_some() {
            cut_short += usize::from(answer.is_err());
            assert!(login().await.is_err(), "revoked, and still good: {micros} µs");
        }
    }
    eprintln!("{cut_short} calls ended before their change was made");
}
