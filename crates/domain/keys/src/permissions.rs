//! Each operation asks for its own action: without it the call is refused, with it and nothing else it is not.

use std::sync::atomic::{AtomicUsize, Ordering};

use claviger_core::{KeyRef, Operation, PermissionTarget, ProviderChoice, Reason};
use claviger_testkit::TestService;
use claviger_types::{
    AttachedPolicy, GrantId, GrantOperation, KeyId, KeyOrigin, KeySpec, KeyTag, KeyUsage, OrphanKind,
    ProviderName, Tags, VersionNumber, WrappingAlgorithm, WrappingKeySpec,
};

use crate::fixtures::{aes_key, alias, aliased, allow, key, statement, user_arn};
use crate::*;

async fn check<O: Operation>(t: &TestService, action: &str, make: impl Fn() -> O) {
    static PRINCIPALS: AtomicUsize = AtomicUsize::new(0);
    let number = PRINCIPALS.fetch_add(1, Ordering::SeqCst);
    let others = statement(&format!(r#""Effect":"Allow","NotAction":"{action}","Resource":"*""#));
    let without = t.principal(&format!("without-{number}"), &[&others]).await;
    let error = t.refusal(&without, make()).await;
    assert_eq!(error.reason(), Reason::Denied, "{} without {action}: {error:?}", O::NAME);
    let with = t.principal(&format!("with-{number}"), &[&allow(action)]).await;
    if let Err(error) = t.call(&with, make()).await {
        assert_ne!(error.reason(), Reason::Denied, "{} with {action}: {error:?}", O::NAME);
    }
}

async fn granted(t: &TestService, key: KeyId) -> GrantId {
    let create = CreateGrant {
        key: KeyRef::id(key),
        grantee: user_arn(&t.admin),
        retiring: None,
        operations: [GrantOperation::Encrypt].into_iter().collect(),
        constraint: None,
        name: None,
    };
    t.ok(&t.admin, create).await.id
}

#[tokio::test]
async fn operations_on_policies_and_tags() {
    let t = TestService::new().await;
    let key = KeyRef::id(aes_key(&t).await);
    let tags: Tags = [("stage".into(), "test".into())].into();
    check(&t, "kms:GetKeyPolicy", || GetKeyPolicy { key: key.clone(), name: None }).await;
    check(&t, "kms:ListKeyPolicies", || ListKeyPolicies { key: key.clone() }).await;
    check(&t, "kms:PutKeyPolicy", || PutKeyPolicy {
        key: key.clone(),
        name: None,
        policy: default_policy(t.account).into(),
        bypass_lockout_check: false,
    })
    .await;
    check(&t, "kms:TagResource", || TagResource { key: key.clone(), tags: tags.clone() }).await;
    check(&t, "kms:UntagResource", || UntagResource { key: key.clone(), tag_keys: vec!["stage".into()] })
        .await;
    check(&t, "kms:ListResourceTags", || ListResourceTags { key: key.clone(), after: None, limit: 1 }).await;
}

#[tokio::test]
async fn operations_on_aliases() {
    let t = TestService::new().await;
    let (key, other) = (aes_key(&t).await, aes_key(&t).await);
    aliased(&t, "known", key).await;
    check(&t, "kms:CreateAlias", || CreateAlias { alias: alias("new"), key: KeyRef::id(key) }).await;
    check(&t, "kms:UpdateAlias", || UpdateAlias { alias: alias("known"), key: KeyRef::id(other) }).await;
    check(&t, "kms:DeleteAlias", || DeleteAlias { alias: alias("known") }).await;
    check(&t, "kms:ListAliases", || ListAliases { key: None, after: None, limit: 1 }).await;
}

#[tokio::test]
async fn an_alias_needs_permission_on_itself_and_on_each_key() {
    let t = TestService::new().await;
    let (old, new) = (aes_key(&t).await, aes_key(&t).await);
    aliased(&t, "known", old).await;
    let arn = |path: String| t.service.arn(t.account, &path);
    let resources = [arn("alias/known".into()), arn(format!("key/{old}")), arn(format!("key/{new}"))];
    for (number, missing) in resources.iter().enumerate() {
        let allowed: Vec<_> = resources.iter().filter(|resource| *resource != missing).collect();
        let policy = statement(&format!(
            r#""Effect":"Allow","Action":["kms:*Alias"],"Resource":["{}","{}"]"#,
            allowed[0], allowed[1]
        ));
        let caller = t.principal(&format!("partial-{number}"), &[&policy]).await;
        let update = UpdateAlias { alias: alias("known"), key: KeyRef::id(new) };
        t.refused(&caller, update, Reason::Denied).await;
        if number == 0 {
            t.refused(&caller, DeleteAlias { alias: alias("known") }, Reason::Denied).await;
        }
        if number == 1 {
            t.refused(&caller, DeleteAlias { alias: alias("known") }, Reason::Denied).await;
            let create = CreateAlias { alias: alias("other"), key: KeyRef::id(old) };
            t.refused(&caller, create, Reason::Denied).await;
        }
    }
}

#[tokio::test]
async fn operations_on_grants() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let (first, second) = (granted(&t, key).await, granted(&t, key).await);
    check(&t, "kms:CreateGrant", || CreateGrant {
        key: KeyRef::id(key),
        grantee: user_arn(&t.admin),
        retiring: None,
        operations: [GrantOperation::Decrypt].into_iter().collect(),
        constraint: None,
        name: None,
    })
    .await;
    check(&t, "kms:ListGrants", || ListGrants {
        key: KeyRef::id(key),
        grant: None,
        grantee: None,
        after: None,
        limit: 1,
    })
    .await;
    check(&t, "kms:ListRetirableGrants", || ListRetirableGrants {
        retiring: user_arn(&t.admin),
        after: None,
        limit: 1,
    })
    .await;
    check(&t, "kms:RetireGrant", || RetireGrant { key, grant: first.clone() }).await;
    check(&t, "kms:RevokeGrant", || RevokeGrant { key: KeyRef::id(key), grant: second.clone() }).await;
}

#[tokio::test]
async fn operations_on_imports() {
    let t = TestService::new().await;
    let key = key(&t, KeySpec::Aes256, KeyUsage::Encrypt, KeyOrigin::Imported).await;
    check(&t, "kms:GetParametersForImport", || GetParametersForImport {
        key: KeyRef::id(key),
        algorithm: WrappingAlgorithm::RsaOaepSha256,
        wrapping_spec: WrappingKeySpec::Rsa2048,
    })
    .await;
    check(&t, "kms:ImportKeyMaterial", || ImportKeyMaterial {
        key: KeyRef::id(key),
        token: claviger_types::ImportJobId::from_random([1; 16]),
        wrapped: vec![1],
        valid_to: None,
        import_type: None,
    })
    .await;
    check(&t, "kms:DeleteImportedKeyMaterial", || DeleteImportedKeyMaterial { key: KeyRef::id(key) }).await;
}

#[tokio::test]
async fn operations_on_rings() {
    let t = TestService::new().await;
    let ring = || "ring".parse().unwrap();
    t.ok(&t.admin, CreateKeyRing { name: ring() }).await;
    check(&t, "kms:CreateKeyRing", || CreateKeyRing { name: "new".parse().unwrap() }).await;
    check(&t, "kms:GetKeyRing", || GetKeyRing { name: ring() }).await;
    check(&t, "kms:ListKeyRings", || ListKeyRings { after: None, limit: 1 }).await;
    check(&t, "kms:ListKeys", || ListRingKeys { ring: ring(), after: None, limit: 1 }).await;
    check(&t, "kms:CreateKey", || CreateKey {
        place: Some((ring(), "k".parse().unwrap())),
        ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt)
    })
    .await;
    check(&t, "kms:CreateImportJob", || CreateImportJob {
        ring: ring(),
        name: "job".parse().unwrap(),
        algorithm: WrappingAlgorithm::RsaOaepSha256,
        wrapping_spec: WrappingKeySpec::Rsa3072,
    })
    .await;
    check(&t, "kms:GetImportJob", || GetImportJob { ring: ring(), name: "job".parse().unwrap() }).await;
    check(&t, "kms:ListImportJobs", || ListImportJobs { ring: ring(), after: None, limit: 1 }).await;
    let target = || PermissionTarget::Ring(ring());
    let policy = || AttachedPolicy { document: default_policy(t.account).into(), source: "{}".into() };
    check(&t, "kms:GetKeyRingPolicy", || GetAttachedPolicy { target: target() }).await;
    check(&t, "kms:PutKeyRingPolicy", || SetAttachedPolicy {
        target: target(),
        policy: policy(),
        expected: None,
    })
    .await;
}

#[tokio::test]
async fn operations_on_versions() {
    let t = TestService::new().await;
    let key = KeyRef::id(aes_key(&t).await);
    let version = VersionNumber::FIRST;
    let target = || PermissionTarget::Key(key.clone());
    let policy = || AttachedPolicy { document: default_policy(t.account).into(), source: "{}".into() };
    check(&t, "kms:CreateKeyVersion", || CreateKeyVersion { key: key.clone() }).await;
    check(&t, "kms:UpdateKey", || UpdateKey { key: key.clone(), changes: KeyChanges::default() }).await;
    check(&t, "kms:UpdateKeyPrimaryVersion", || SetPrimaryVersion { key: key.clone(), version }).await;
    check(&t, "kms:UpdateKeyVersion", || SetVersionEnabled { key: key.clone(), version, enabled: true })
        .await;
    check(&t, "kms:DestroyKeyVersion", || DestroyVersion { key: key.clone(), version, unneeded_in: None })
        .await;
    check(&t, "kms:RestoreKeyVersion", || RestoreVersion { key: key.clone(), version }).await;
    check(&t, "kms:GetKeyPolicy", || GetAttachedPolicy { target: target() }).await;
    check(&t, "kms:PutKeyPolicy", || SetAttachedPolicy {
        target: target(),
        policy: policy(),
        expected: None,
    })
    .await;
}

#[tokio::test]
async fn an_import_needs_permission_on_the_key_and_on_its_ring() {
    let t = TestService::new().await;
    let key = KeyRef::id(aes_key(&t).await);
    let import = || ImportKeyVersion {
        key: key.clone(),
        version: None,
        job: "job".parse().unwrap(),
        spec: KeySpec::Aes256,
        algorithm: None,
        wrapped: vec![1],
    };
    for (name, action) in [("key", "kms:ImportKeyVersion"), ("ring", "kms:UseImportJob")] {
        let one = t.principal(&format!("only-{name}"), &[&allow(action)]).await;
        t.refused(&one, import(), Reason::Denied).await;
    }
    let both = t.principal("both", &[&allow("kms:*Import*")]).await;
    t.refused(&both, import(), Reason::NotFound).await;
}

#[tokio::test]
async fn operations_on_principals() {
    let t = TestService::new().await;
    t.principal("app", &[]).await;
    let app = || "app".parse().unwrap();
    check(&t, "claviger:CreatePrincipal", || CreatePrincipal { name: "new".parse().unwrap() }).await;
    check(&t, "claviger:ListPrincipals", || ListPrincipals).await;
    check(&t, "claviger:GetPrincipal", || GetPrincipal { name: app() }).await;
    check(&t, "claviger:GetPrincipal", || ListPrincipalPolicies { principal: app() }).await;
    check(&t, "claviger:UpdatePrincipal", || UpdatePrincipal { name: app(), disabled: true }).await;
    check(&t, "claviger:PutPrincipalPolicy", || PutPrincipalPolicy {
        principal: app(),
        name: "p".parse().unwrap(),
        document: allow("kms:*").into(),
    })
    .await;
    check(&t, "claviger:DeletePrincipalPolicy", || DeletePrincipalPolicy {
        principal: app(),
        name: "p".parse().unwrap(),
    })
    .await;
    check(&t, "claviger:CreateCredential", || CreateCredential {
        principal: app(),
        kind: NewCredential::AccessKey,
        expires: None,
    })
    .await;
    check(&t, "claviger:ListCredentials", || ListCredentials { principal: app() }).await;
    check(&t, "claviger:RevokeCredential", || RevokeCredential { id: "CKIAX".parse().unwrap() }).await;
    check(&t, "claviger:SimulatePolicy", || SimulatePolicy {
        principal: app(),
        action: "kms:ListKeys".into(),
        key: None,
        encryption_context: None,
        peer: None,
    })
    .await;
}

#[tokio::test]
async fn operations_on_providers() {
    let t = TestService::new().await;
    let key = KeyRef::id(aes_key(&t).await);
    let software = || -> ProviderName { "software".parse().unwrap() };
    check(&t, "kms:MoveKey", || MoveKey {
        key: key.clone(),
        to: ProviderChoice::Named(software()),
        new_material: false,
    })
    .await;
    check(&t, "kms:ListProviderKeys", || ListProviderKeys { provider: software(), after: None, limit: 1 })
        .await;
    check(&t, "claviger:AdoptKey", || AdoptKey {
        provider: software(),
        locator: "pkcs11:object=key".parse().unwrap(),
        spec: KeySpec::EcP256,
        usage: KeyUsage::Sign,
        description: "".into(),
        tags: Tags::new(),
    })
    .await;
    check(&t, "claviger:ListOrphans", || ListOrphans { provider: software() }).await;
    check(&t, "claviger:RemoveOrphan", || RemoveOrphan {
        provider: software(),
        tag: KeyTag::new([1; 20]),
        kind: OrphanKind::Interrupted,
    })
    .await;
}
