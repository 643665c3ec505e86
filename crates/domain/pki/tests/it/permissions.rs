//! Two permissions for what is signed: that to use the authority, and that to sign with its key.

use claviger_core::{KeyRef, Reason};
use claviger_pki::{
    GetCertificate, GetCertificateAuthority, GetRevocationList, ListCertificateAuthorities, ListCertificates,
    Origin, PublishRevocationList, RevokeCertificate, RotateCertificateAuthority,
};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{CertificateProfile, KeyId, KeySpec, RevocationReason};

use crate::make::{client, create, issue, key, name, root, terms};

fn allow(pairs: &[(&str, &str)]) -> String {
    let statement = |(action, resource): &(&str, &str)| {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    };
    let statements: Vec<_> = pairs.iter().map(statement).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn arn(t: &TestService, key: KeyId) -> String {
    t.service.arn(t.account, &format!("key/{key}"))
}

#[tokio::test]
async fn to_issue_takes_the_authority_its_key_and_the_key_of_the_subject() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let subject = key(&t, KeySpec::Ed25519).await;
    let here = t.service.authority_arn(t.account, &name("root"));
    let (signer, holder) = (arn(&t, authority.issuers[0].key), arn(&t, subject));
    let all = [("claviger:IssueCertificate", &*here), ("kms:Sign", &signer), ("kms:Sign", &holder)];
    for missing in 0..all.len() {
        let rest: Vec<_> = (0..all.len()).filter(|place| *place != missing).map(|place| all[place]).collect();
        let caller = t.principal(&format!("without-{missing}"), &[&allow(&rest)]).await;
        t.refused(&caller, issue("root", CertificateProfile::Client, subject), Reason::Denied).await;
    }
    let caller = t.principal("with", &[&allow(&all)]).await;
    let issued = t.ok(&caller, issue("root", CertificateProfile::Client, subject)).await;
    let records = t.log.records();
    let record = records.iter().rev().find(|record| record["phase"] == "outcome").unwrap();
    assert_eq!(record["issued"], issued.certificate.serial.to_string());
    assert_eq!(record["params"]["authority"], "root");
    assert_eq!(record["params"]["certificate_profile"], "client");
    assert_eq!(record["keys"][0]["key"], authority.issuers[0].key.to_string());
}

#[tokio::test]
async fn to_make_and_rotate_takes_the_keys() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let other = key(&t, KeySpec::EcP256).await;
    let here = |text: &str| t.service.authority_arn(t.account, &name(text));
    let only = t.principal("only", &[&allow(&[("claviger:*", "*")])]).await;
    t.refused(&only, create("new", other, Origin::Root(terms("new"))), Reason::Denied).await;
    let rotate = || RotateCertificateAuthority {
        name: name("root"),
        key: KeyRef::id(other),
        algorithm: None,
        lifetime: None,
        certificate: None,
    };
    let new_key =
        allow(&[("claviger:RotateCertificateAuthority", &here("root")), ("kms:Sign", &arn(&t, other))]);
    t.refused(&t.principal("half", &[&new_key]).await, rotate(), Reason::Denied).await;
    let below =
        || create("below", other, Origin::Subordinate { parent: name("root"), terms: terms("below") });
    let no_parent = allow(&[("claviger:CreateCertificateAuthority", &here("below")), ("kms:Sign", "*")]);
    t.refused(&t.principal("climber", &[&no_parent]).await, below(), Reason::Denied).await;
    let old_key = arn(&t, authority.issuers[0].key);
    let both = allow(&[
        ("claviger:CreateCertificateAuthority", &here("below")),
        ("claviger:IssueAuthorityCertificate", &here("root")),
        ("kms:Sign", &old_key),
        ("kms:Sign", &arn(&t, other)),
    ]);
    t.ok(&t.principal("builder", &[&both]).await, below()).await;
}

#[tokio::test]
async fn who_may_issue_certificates_may_not_make_authorities_outside() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let subject = key(&t, KeySpec::EcP256).await;
    let here = t.service.authority_arn(t.account, &name("root"));
    let issuing = allow(&[("claviger:IssueCertificate", &here), ("kms:Sign", "*")]);
    let robot = t.principal("robot", &[&issuing]).await;
    let request = |profile| issue("root", profile, subject);
    t.ok(&robot, request(CertificateProfile::Client)).await;
    t.refused(&robot, request(CertificateProfile::SubordinateCa), Reason::Denied).await;
    let more = allow(&[("claviger:IssueAuthorityCertificate", &here)]);
    let builder = t.principal("builder", &[&issuing, &more]).await;
    t.ok(&builder, request(CertificateProfile::SubordinateCa)).await;
}

/// Of another project's authorities nobody learns whether there are any, and of its own only who may list them.
#[tokio::test]
async fn what_is_invisible_is_denied() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let show = |text: &str| GetCertificateAuthority { name: name(text) };
    let nobody = t.principal("nobody", &[]).await;
    t.refused(&nobody, show("root"), Reason::Denied).await;
    t.refused(&nobody, show("absent"), Reason::Denied).await;
    let lister = t.principal("lister", &[&allow(&[("claviger:ListCertificateAuthorities", "*")])]).await;
    t.refused(&lister, show("root"), Reason::Denied).await;
    t.refused(&lister, show("absent"), Reason::NotFound).await;
    t.ok(&lister, ListCertificateAuthorities { after: None, limit: 1 }).await;
    let stranger = t.stranger("999999999999", "stranger", &[ALLOW_ALL]).await;
    t.refused(&stranger, show("root"), Reason::NotFound).await;
    assert!(t.ok(&stranger, ListCertificateAuthorities { after: None, limit: 1 }).await.items.is_empty());
}

#[tokio::test]
async fn each_operation_asks_for_its_own_action() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let serial = client(&t, "root").await.certificate.serial;
    let with = async |action: &str| {
        let text = action.rsplit(':').next().unwrap();
        t.principal(text, &[&allow(&[(action, "*")])]).await
    };
    let reader = with("claviger:GetCertificateAuthority").await;
    t.ok(&reader, GetRevocationList { authority: name("root") }).await;
    let list = || ListCertificates { authority: name("root"), after: None, limit: 1 };
    t.refused(&reader, list(), Reason::Denied).await;
    t.ok(&with("claviger:ListCertificates").await, list()).await;
    let get = || GetCertificate { authority: name("root"), serial: serial.clone() };
    t.refused(&reader, get(), Reason::Denied).await;
    t.ok(&with("claviger:GetCertificate").await, get()).await;
    let revoke = || RevokeCertificate {
        authority: name("root"),
        serial: serial.clone(),
        reason: RevocationReason::Superseded,
    };
    t.refused(&reader, revoke(), Reason::Denied).await;
    t.ok(&with("claviger:RevokeCertificate").await, revoke()).await;
    // Not even who may do everything publishes in the service's name.
    t.refused(&t.admin, PublishRevocationList { issuer: authority.issuers[0].id }, Reason::Denied).await;
}
