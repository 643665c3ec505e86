use std::sync::Arc;

use claviger_core::KeyRef;
use claviger_keys::CreateKey;
use claviger_pki::{
    AuthorityTerms, CreateCertificateAuthority, IssueCertificate, Issued, NameConstraints, Origin, SubjectKey,
};
use claviger_testkit::TestService;
use claviger_types::{AuthorityName, CertificateAuthority, CertificateProfile, KeyId, KeySpec, KeyUsage};

pub(crate) async fn key(t: &TestService, spec: KeySpec) -> KeyId {
    t.ok(&t.admin, CreateKey::new(spec, KeyUsage::Sign)).await.key.id
}

pub(crate) fn name(text: &str) -> AuthorityName {
    text.parse().unwrap()
}

pub(crate) fn terms(name: &str) -> AuthorityTerms {
    AuthorityTerms {
        subject: format!("CN={name},O=Test").parse().unwrap(),
        lifetime: None,
        path_len: None,
        constraints: NameConstraints::default(),
    }
}

pub(crate) fn create(text: &str, key: KeyId, origin: Origin) -> CreateCertificateAuthority {
    CreateCertificateAuthority { name: name(text), key: KeyRef::id(key), algorithm: None, origin }
}

pub(crate) async fn root(t: &TestService, text: &str) -> Arc<CertificateAuthority> {
    let key = key(t, KeySpec::EcP256).await;
    t.ok(&t.admin, create(text, key, Origin::Root(terms(text)))).await
}

pub(crate) async fn below(t: &TestService, text: &str, parent: &str) -> Arc<CertificateAuthority> {
    let key = key(t, KeySpec::EcP256).await;
    let origin = Origin::Subordinate { parent: name(parent), terms: terms(text) };
    t.ok(&t.admin, create(text, key, origin)).await
}

pub(crate) fn issue(authority: &str, profile: CertificateProfile, key: KeyId) -> IssueCertificate {
    IssueCertificate {
        authority: name(authority),
        profile,
        key: SubjectKey::Key(KeyRef::id(key)),
        subject: Some("CN=subject".parse().unwrap()),
        names: None,
        lifetime: None,
        path_len: None,
        constraints: NameConstraints::default(),
    }
}

pub(crate) async fn client(t: &TestService, authority: &str) -> Issued {
    let key = key(t, KeySpec::Ed25519).await;
    t.ok(&t.admin, issue(authority, CertificateProfile::Client, key)).await
}
