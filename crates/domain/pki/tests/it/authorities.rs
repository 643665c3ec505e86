use std::time::Duration;

use claviger_core::{KeyRef, ProviderChoice, Reason};
use claviger_keys::{CreateKey, DestroyVersion, MoveKey, RestoreVersion, SetVersionEnabled};
use claviger_pki::{
    GetCertificateAuthority, IssuerDescription, ListCertificateAuthorities, ListCertificates, Origin,
    RotateCertificateAuthority,
};
use claviger_testkit::{DeviceProvider, TestService};
use claviger_types::{CertificateProfile, KeyId, KeySpec, KeyUsage, VersionNumber};

use crate::make::{below, client, create, issue, key, name, root, terms};

fn rotate(authority: &str, key: claviger_types::KeyId) -> RotateCertificateAuthority {
    RotateCertificateAuthority {
        name: name(authority),
        key: KeyRef::id(key),
        algorithm: None,
        lifetime: None,
        certificate: None,
    }
}

#[tokio::test]
async fn an_authority_is_remembered_as_it_was_made() {
    let t = TestService::new().await;
    let made = root(&t, "root").await;
    let found = t.ok(&t.admin, GetCertificateAuthority { name: name("root") }).await;
    assert_eq!((&found.issuers, found.crl_number, found.id), (&made.issuers, made.crl_number, made.id));
    let description = IssuerDescription::of(&found.issuers[0]).unwrap();
    assert_eq!(description.subject, "CN=root,O=Test");
    assert_eq!((description.issuer, description.path_len), ("CN=root,O=Test".to_owned(), None));
    let list = t.ok(&t.admin, ListCertificateAuthorities { after: None, limit: 9 }).await;
    assert_eq!(list.items.len(), 1);
}

#[tokio::test]
async fn keys_and_names_are_of_one_authority() {
    let t = TestService::new().await;
    let made = root(&t, "root").await;
    let again = create("other", made.issuers[0].key, Origin::Root(terms("other")));
    t.refused(&t.admin, again, Reason::AlreadyExists).await;
    let other = key(&t, KeySpec::EcP256).await;
    t.refused(&t.admin, create("root", other, Origin::Root(terms("x"))), Reason::AlreadyExists).await;
    for spec in [KeySpec::MlDsa44, KeySpec::EcSecp256k1] {
        let key = key(&t, spec).await;
        t.refused(&t.admin, create("no", key, Origin::Root(terms("no"))), Reason::Unsupported).await;
    }
}

#[tokio::test]
async fn nothing_lasts_longer_than_its_issuer() {
    let t = TestService::new().await;
    let mut short = terms("short");
    short.lifetime = Some(Duration::from_secs(86_400));
    let signer = key(&t, KeySpec::EcP256).await;
    let authority = t.ok(&t.admin, create("short", signer, Origin::Root(short))).await;
    let issued = client(&t, "short").await;
    assert_eq!(issued.certificate.not_after, authority.issuers[0].not_after);
    let subject = key(&t, KeySpec::Ed25519).await;
    let mut asked = issue("short", CertificateProfile::Client, subject);
    asked.lifetime = Some(Duration::from_secs(2 * 86_400));
    t.refused(&t.admin, asked, Reason::InvalidRequest).await;
    t.clock.advance(2 * 86_400);
    t.refused(&t.admin, issue("short", CertificateProfile::Client, subject), Reason::KeyState).await;
}

#[tokio::test]
async fn authorities_are_below_authorities_as_far_as_they_may() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let middle = below(&t, "middle", "root").await;
    assert_eq!(middle.issuers[0].chain.len(), 1);
    let signer = key(&t, KeySpec::EcP256).await;
    let too_deep = Origin::Subordinate { parent: name("middle"), terms: terms("deep") };
    t.refused(&t.admin, create("deep", signer, too_deep), Reason::InvalidRequest).await;
    // The one above knows what it certified.
    let list = t.ok(&t.admin, ListCertificates { authority: name("root"), after: None, limit: 9 }).await;
    assert_eq!(list.items.len(), 1);
    assert_eq!(list.items[0].der, middle.issuers[0].certificate);
}

#[tokio::test]
async fn a_rotated_authority_issues_with_its_new_key() {
    let t = TestService::new().await;
    let old = root(&t, "root").await;
    let before = client(&t, "root").await;
    let new_key = key(&t, KeySpec::Ed25519).await;
    let rotated = t.ok(&t.admin, rotate("root", new_key)).await;
    assert_eq!(rotated.issuers.len(), 2);
    assert_eq!(rotated.issuers[0].id, old.issuers[0].id);
    assert_eq!((rotated.issuers[1].key, rotated.issuers[1].cross.len()), (new_key, 2));
    let found = t.ok(&t.admin, GetCertificateAuthority { name: name("root") }).await;
    assert_eq!(found, rotated);
    let after = client(&t, "root").await;
    assert_eq!(before.certificate.issuer, rotated.issuers[0].id);
    assert_eq!(after.certificate.issuer, rotated.issuers[1].id);
    t.refused(&t.admin, rotate("root", new_key), Reason::AlreadyExists).await;
}

fn in_device(device: &str) -> ProviderChoice {
    ProviderChoice::Named(device.parse().unwrap())
}

fn drain(key: KeyId) -> DestroyVersion {
    DestroyVersion {
        key: KeyRef::id(key),
        version: VersionNumber::FIRST,
        unneeded_in: Some("a".parse().unwrap()),
    }
}

#[tokio::test]
async fn what_an_authority_signs_with_is_not_drained() {
    let mut t = TestService::new().await;
    let a = DeviceProvider::new("a", &Default::default());
    t.restart(&[a.clone(), DeviceProvider::new("b", &Default::default())], |_| {});
    t.service.bind_providers().await.unwrap();
    let made = CreateKey { provider: in_device("a"), ..CreateKey::new(KeySpec::EcP256, KeyUsage::Sign) };
    let signer = t.ok(&t.admin, made).await.key.id;
    let moved = MoveKey { key: KeyRef::id(signer), to: in_device("b"), new_material: true };

    // Destroyed while an authority takes it: only one of the two comes to pass.
    let (service, cx) = (t.service.clone(), t.context(&t.admin));
    a.meanwhile(async move {
        let key = KeyRef::id(signer);
        let destroy = DestroyVersion { key, version: VersionNumber::FIRST, unneeded_in: None };
        service.call(cx, destroy).await.unwrap();
    });
    t.refused(&t.admin, create("root", signer, Origin::Root(terms("root"))), Reason::KeyState).await;
    let restore = RestoreVersion { key: KeyRef::id(signer), version: VersionNumber::FIRST };
    t.ok(&t.admin, restore).await;
    let enable = SetVersionEnabled { key: KeyRef::id(signer), version: VersionNumber::FIRST, enabled: true };
    t.ok(&t.admin, enable).await;

    t.ok(&t.admin, create("root", signer, Origin::Root(terms("root")))).await;
    t.ok(&t.admin, moved).await;
    let refused = t.refusal(&t.admin, drain(signer)).await;
    assert_eq!(refused.public(), "Version 1 is still needed: certificate authority root.");
    assert_eq!(refused.reason(), Reason::KeyState);
}
