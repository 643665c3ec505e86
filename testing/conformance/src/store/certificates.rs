use claviger_ports::{Change, Store};
use claviger_types::{
    AuthorityId, Certificate, CertificateAuthority, CertificateProfile, CertificateSerial, Issuer, IssuerId,
    Revision, Revocation, RevocationList, RevocationReason, SigningAlgorithm, VersionNumber,
};

use super::samples::*;

fn authority_id(number: u8) -> AuthorityId {
    AuthorityId::from_bytes([number; 16])
}

fn issuer_id(number: u8) -> IssuerId {
    IssuerId::from_bytes([number; 20])
}

fn serial(number: u8) -> CertificateSerial {
    CertificateSerial::from_be_bytes(&[number]).unwrap()
}

fn der(text: &str) -> std::sync::Arc<[u8]> {
    text.as_bytes().into()
}

/// An issuer of key 1, valid from 0 to 1000.
fn issuer(number: u8) -> Issuer {
    Issuer {
        id: issuer_id(number),
        key: key_id(1),
        version: VersionNumber::FIRST,
        algorithm: SigningAlgorithm::EcdsaSha384,
        certificate: der("certificate"),
        chain: vec![der("above"), der("root")],
        cross: vec![],
        not_before: time(0),
        not_after: time(1000),
        created: time(1),
    }
}

fn authority(number: u8, name: &str) -> CertificateAuthority {
    CertificateAuthority {
        id: authority_id(number),
        project: account(1),
        name: name.parse().unwrap(),
        issuers: vec![issuer(number)],
        crl_number: 0,
        created: time(1),
        revision: Revision::NEW,
    }
}

fn after_put(mut authority: CertificateAuthority) -> CertificateAuthority {
    authority.revision = authority.revision.next();
    authority
}

fn certificate(number: u8) -> Certificate {
    Certificate {
        authority: authority_id(1),
        issuer: issuer_id(1),
        serial: serial(number),
        profile: CertificateProfile::ServerClient,
        subject: FOREIGN.into(),
        key: None,
        der: der("a certificate"),
        not_before: time(0),
        not_after: time(i64::from(number)),
        revocation: None,
    }
}

fn list(number: u64, refresh: i64) -> RevocationList {
    RevocationList {
        issuer: issuer_id(1),
        number,
        this_update: time(1),
        next_update: time(refresh + 100),
        refresh: time(refresh),
        der: der("a list"),
    }
}

const REVOKED: fn(i64) -> Revocation =
    |at| Revocation { at: time(at), reason: RevocationReason::KeyCompromise };

/// A store with authority 1, `a`, of key 1.
async fn with_authority(store: &dyn Store) {
    with_keys(store, &[1]).await;
    commit(store, vec![Change::PutCertificateAuthority(authority(1, "a"))]).await;
}

pub(super) async fn an_authority_comes_back_whole(store: &dyn Store) {
    conflict(store, vec![Change::PutCertificateAuthority(authority(1, "a"))]).await;
    with_authority(store).await;
    let mut turned = after_put(authority(1, "a"));
    assert_eq!(store.authority_named(account(1), &turned.name).await.unwrap(), Some(turned.clone()));
    turned.issuers.push(Issuer { cross: vec![der("cross")], chain: vec![], ..issuer(2) });
    turned.crl_number = 7;
    commit(store, vec![Change::PutCertificateAuthority(turned.clone())]).await;
    let turned = after_put(turned);
    for id in [1, 2] {
        assert_eq!(store.authority_of(issuer_id(id)).await.unwrap(), Some(turned.clone()));
    }
    assert_eq!(store.authority_of(issuer_id(9)).await.unwrap(), None);
    assert_eq!(store.authority_named(account(2), &turned.name).await.unwrap(), None);
}

pub(super) async fn authorities_conflict(store: &dyn Store) {
    with_authority(store).await;
    conflict(store, vec![Change::PutCertificateAuthority(authority(2, "a"))]).await;
    conflict(store, vec![Change::PutCertificateAuthority(authority(1, "b"))]).await;
    let thief = CertificateAuthority { issuers: vec![issuer(1)], ..authority(2, "b") };
    conflict(store, vec![Change::PutCertificateAuthority(thief)]).await;
    let stale = CertificateAuthority { revision: Revision(9), ..authority(1, "a") };
    conflict(store, vec![Change::PutCertificateAuthority(stale)]).await;
}

pub(super) async fn authorities_page_by_name(store: &dyn Store) {
    with_authority(store).await;
    let more = [authority(2, "c"), authority(3, "b")];
    commit(store, more.into_iter().map(Change::PutCertificateAuthority).collect()).await;
    let page = store.authorities(account(1), None, 2).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|authority| authority.name.to_string()).collect();
    assert_eq!((names, page.more), (vec!["a".to_owned(), "b".to_owned()], true));
    let rest = store.authorities(account(1), Some(&"b".parse().unwrap()), 2).await.unwrap();
    assert_eq!((rest.items.len(), rest.more), (1, false));
    assert!(store.authorities(account(2), None, 2).await.unwrap().items.is_empty());
}

pub(super) async fn certificates_come_back(store: &dyn Store) {
    with_authority(store).await;
    let full = Certificate { key: Some(key_id(1)), ..certificate(2) };
    let insert = [certificate(3), full.clone(), certificate(1)];
    commit(store, insert.into_iter().map(Change::InsertCertificate).collect()).await;
    conflict(store, vec![Change::InsertCertificate(certificate(1))]).await;
    assert_eq!(store.certificate(authority_id(1), &serial(2)).await.unwrap(), Some(full));
    assert_eq!(store.certificate(authority_id(2), &serial(2)).await.unwrap(), None);
    let page = store.certificates(authority_id(1), Some(&serial(1)), 1).await.unwrap();
    assert_eq!((page.items[0].serial.clone(), page.more), (serial(2), true));
    let page = store.certificates(authority_id(1), None, 3).await.unwrap();
    assert_eq!((page.items.len(), page.more), (3, false));
}

pub(super) async fn a_certificate_is_revoked_once(store: &dyn Store) {
    with_authority(store).await;
    let lists = vec![Change::InsertCertificate(certificate(9)), Change::PutRevocationList(list(1, 500))];
    commit(store, lists).await;
    assert!(store.due_revocation_lists(time(499), 9).await.unwrap().is_empty());
    let revoke = || Change::RevokeCertificate(authority_id(1), serial(9), REVOKED(20));
    commit(store, vec![revoke()]).await;
    conflict(store, vec![revoke()]).await;
    conflict(store, vec![Change::RevokeCertificate(authority_id(1), serial(8), REVOKED(20))]).await;
    let found = store.certificate(authority_id(1), &serial(9)).await.unwrap().unwrap();
    assert_eq!(found.revocation, Some(REVOKED(20)));
    assert_eq!(store.due_revocation_lists(time(20), 9).await.unwrap(), [issuer_id(1)]);
    assert_eq!(store.revocations(authority_id(1), time(8)).await.unwrap(), [(serial(9), REVOKED(20))]);
    // It has expired by then.
    assert_eq!(store.revocations(authority_id(1), time(9)).await.unwrap(), []);
}

pub(super) async fn revocation_lists_only_advance(store: &dyn Store) {
    with_authority(store).await;
    // There is none yet: it is due since the issuer was added, and until it expires.
    assert_eq!(store.due_revocation_lists(time(0), 9).await.unwrap(), []);
    assert_eq!(store.due_revocation_lists(time(1), 9).await.unwrap(), [issuer_id(1)]);
    assert_eq!(store.due_revocation_lists(time(1000), 9).await.unwrap(), []);
    assert_eq!(store.revocation_list(issuer_id(1)).await.unwrap(), None);
    commit(store, vec![Change::PutRevocationList(list(5, 50))]).await;
    for number in [4, 5] {
        conflict(store, vec![Change::PutRevocationList(list(number, 60))]).await;
    }
    commit(store, vec![Change::PutRevocationList(list(6, 60))]).await;
    assert_eq!(store.revocation_list(issuer_id(1)).await.unwrap(), Some(list(6, 60)));
    assert_eq!(store.due_revocation_lists(time(59), 9).await.unwrap(), []);
    assert_eq!(store.due_revocation_lists(time(60), 0).await.unwrap(), []);
    assert_eq!(store.due_revocation_lists(time(60), 9).await.unwrap(), [issuer_id(1)]);
}
