use std::num::NonZeroU32;

use claviger_core::{KeyRef, Reason};
use claviger_crypto::{HashAlg, digest};
use claviger_keys::DisableKey;
use claviger_pki::{
    GetRevocationList, ListCertificates, Publication, PublishRevocationList, RevokeCertificate,
    RotateCertificateAuthority,
    ocsp::{Refusal, Responder, StatusAnswer},
};
use claviger_testkit::TestService;
use claviger_types::{
    Certificate, CertificateAuthority, CertificateProfile, CertificateSerial, KeySpec, RevocationReason,
};
use governor::Quota;
use x509_cert::{
    crl::CertificateList,
    der::{Decode, Encode},
};

use crate::make::{below, client, issue, key, name, root};

async fn publish(
    t: &TestService,
    authority: &CertificateAuthority,
) -> Result<Publication, claviger_core::Error> {
    let cx = t.service.publisher_context("worker").unwrap();
    t.call_as(cx, PublishRevocationList { issuer: authority.issuers[0].id }).await
}

async fn revoke(t: &TestService, serial: &CertificateSerial) {
    let reason = RevocationReason::KeyCompromise;
    t.ok(&t.admin, RevokeCertificate { authority: name("root"), serial: serial.clone(), reason }).await;
}

async fn list(t: &TestService) -> (u64, Vec<Vec<u8>>) {
    let list = t.ok(&t.admin, GetRevocationList { authority: name("root") }).await;
    let parsed: CertificateList = CertificateList::from_der(&list.der).unwrap();
    let revoked = parsed.tbs_cert_list.revoked_certificates.unwrap_or_default();
    (list.number, revoked.iter().map(|entry| entry.serial_number.as_bytes().to_vec()).collect())
}

#[tokio::test]
async fn lists_follow_revocations_and_time() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let issued = client(&t, "root").await.certificate;
    let (first, revoked) = list(&t).await;
    assert_eq!((first, revoked), (authority.crl_number, vec![]));
    assert_eq!(publish(&t, &authority).await.unwrap(), Publication::NotDue);
    assert!(t.service.due_revocation_lists(9).await.unwrap().is_empty());
    revoke(&t, &issued.serial).await;
    assert_eq!(t.service.due_revocation_lists(9).await.unwrap(), [authority.issuers[0].id]);
    assert_eq!(publish(&t, &authority).await.unwrap(), Publication::Published(first + 1));
    assert_eq!(list(&t).await, (first + 1, vec![issued.serial.as_bytes().to_vec()]));
    assert_eq!(publish(&t, &authority).await.unwrap(), Publication::NotDue);
    // It stays in the lists until it has expired, and a little longer.
    let mut last = first + 1;
    for (days, len) in [(1, 1), (90, 1), (8, 0)] {
        t.clock.advance(days * 86_400);
        assert!(matches!(publish(&t, &authority).await.unwrap(), Publication::Published(_)));
        let (number, revoked) = list(&t).await;
        assert!(number > last, "{number} after {last}");
        assert_eq!(revoked.len(), len, "after {days} more days");
        last = number;
    }
}

/// As after the restore of an older copy: the clock goes back, and the numbers do not.
#[tokio::test]
async fn numbers_of_lists_only_grow() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    assert_eq!(i64::try_from(authority.crl_number), Ok(t.service.clock().now().secs()));
    let serial = client(&t, "root").await.certificate.serial;
    t.clock.advance(-60);
    revoke(&t, &serial).await;
    assert_eq!(publish(&t, &authority).await.unwrap(), Publication::Published(authority.crl_number + 1));
}

#[tokio::test]
async fn a_certificate_is_revoked_once_and_only_if_there_is_one() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let serial = client(&t, "root").await.certificate.serial;
    revoke(&t, &serial).await;
    let again =
        |serial| RevokeCertificate { authority: name("root"), serial, reason: RevocationReason::Unspecified };
    t.refused(&t.admin, again(serial), Reason::AlreadyExists).await;
    t.refused(&t.admin, again("1234".parse().unwrap()), Reason::NotFound).await;
}

#[tokio::test]
async fn a_disabled_key_publishes_nothing() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let key = claviger_core::KeyRef::id(authority.issuers[0].key);
    t.ok(&t.admin, DisableKey { key }).await;
    t.clock.advance(86_400);
    assert_eq!(publish(&t, &authority).await.unwrap_err().reason(), Reason::KeyDisabled);
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

/// A request for one certificate, by SHA-1.
fn request(authority: &CertificateAuthority, serial: &[u8]) -> Vec<u8> {
    let certificate = x509_cert::Certificate::from_der(&authority.issuers[0].certificate).unwrap();
    let tbs = certificate.tbs_certificate();
    let name = digest(HashAlg::Sha1, &tbs.subject().to_der().unwrap());
    let key = digest(HashAlg::Sha1, tbs.subject_public_key_info().subject_public_key.raw_bytes());
    let sha1 = [0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0];
    let id = [&sha1[..], &tlv(4, &name), &tlv(4, &key), &tlv(2, serial)].concat();
    tlv(0x30, &tlv(0x30, &tlv(0x30, &tlv(0x30, &tlv(0x30, &id)))))
}

async fn answer(
    responder: &Responder,
    authority: &CertificateAuthority,
    certificate: &Certificate,
) -> Vec<u8> {
    let request = request(authority, certificate.serial.as_bytes());
    match responder.answer(authority.issuers[0].id, &request).await.unwrap() {
        StatusAnswer::Signed { der, .. } => der.to_vec(),
        StatusAnswer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

fn signatures(t: &TestService) -> usize {
    let records = t.log.records();
    records.iter().filter(|record| record["operation"] == "SignCertificateStatus").count()
}

#[tokio::test]
async fn strangers_share_answers_until_something_changes() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let issued = client(&t, "root").await.certificate;
    let responder = Responder::new(t.service.clone(), "test");
    let first = answer(&responder, &authority, &issued).await;
    for _ in 0..10 {
        assert_eq!(answer(&responder, &authority, &issued).await, first);
    }
    assert_eq!(signatures(&t), 1);
    t.clock.advance(8 * 3600);
    let second = answer(&responder, &authority, &issued).await;
    assert_ne!(second, first);
    revoke(&t, &issued.serial).await;
    let third = answer(&responder, &authority, &issued).await;
    assert_ne!(third, second);
    assert_eq!(answer(&responder, &authority, &issued).await, third);
    assert_eq!(signatures(&t), 3);
    let record =
        t.log.records().into_iter().rev().find(|record| record["operation"] == "SignCertificateStatus");
    assert_eq!(record.unwrap()["caller"], "claviger:publisher");
}

#[tokio::test]
async fn nothing_is_signed_for_who_asks_about_nothing() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let other = root(&t, "other").await;
    let issued = client(&t, "root").await.certificate;
    let responder = Responder::new(t.service.clone(), "test");
    let refused = async |issuer, request: &[u8]| match responder.answer(issuer, request).await.unwrap() {
        StatusAnswer::Refused(refusal) => refusal,
        StatusAnswer::Signed { .. } => panic!("it was signed"),
    };
    let (here, there) = (authority.issuers[0].id, other.issuers[0].id);
    let good = request(&authority, issued.serial.as_bytes());
    assert_eq!(refused(here, &request(&authority, &[1])).await, Refusal::Unauthorized);
    assert_eq!(refused(there, &good).await, Refusal::Unauthorized);
    assert_eq!(refused(there, &request(&other, issued.serial.as_bytes())).await, Refusal::Unauthorized);
    let nobody = claviger_types::IssuerId::from_bytes([7; 20]);
    assert_eq!(refused(nobody, &good).await, Refusal::Unauthorized);
    assert_eq!(refused(here, b"nonsense").await, Refusal::MalformedRequest);
    assert_eq!(signatures(&t), 0);
}

#[tokio::test]
async fn signatures_for_strangers_are_rationed() {
    let t = TestService::new().await;
    let authority = root(&t, "root").await;
    let quota = Quota::per_hour(NonZeroU32::new(2).unwrap());
    let responder = Responder::rationed(t.service.clone(), "test", quota);
    let mut refused = 0;
    for _ in 0..5 {
        let serial = client(&t, "root").await.certificate.serial;
        let request = request(&authority, serial.as_bytes());
        let answer = responder.answer(authority.issuers[0].id, &request).await.unwrap();
        refused += usize::from(matches!(answer, StatusAnswer::Refused(Refusal::TryLater)));
    }
    assert_eq!((refused, signatures(&t)), (3, 2));
}

#[tokio::test]
async fn an_authority_whose_certificate_is_revoked_issues_nothing_and_passes_on_no_trust() {
    let t = TestService::new().await;
    root(&t, "root").await;
    let issuing = below(&t, "issuing", "root").await;
    client(&t, "issuing").await;
    let listed = t.ok(&t.admin, ListCertificates { authority: name("root"), after: None, limit: 10 }).await;
    let own = &listed.items[0];
    let reason = RevocationReason::KeyCompromise;
    let revoke = RevokeCertificate { authority: name("root"), serial: own.serial.clone(), reason };
    t.ok(&t.admin, revoke).await;
    let subject = key(&t, KeySpec::Ed25519).await;
    t.refused(&t.admin, issue("issuing", CertificateProfile::Client, subject), Reason::KeyState).await;
    // It rotates, under the root that is still trusted, and nothing vouches for the key that is not.
    let new_key = key(&t, KeySpec::EcP256).await;
    let rotate = RotateCertificateAuthority {
        name: name("issuing"),
        key: KeyRef::id(new_key),
        algorithm: None,
        lifetime: None,
        certificate: None,
    };
    let rotated = t.ok(&t.admin, rotate).await;
    assert_eq!(rotated.issuers[1].cross.len(), 0);
    assert_eq!(rotated.issuers[0].id, issuing.issuers[0].id);
    client(&t, "issuing").await;
}
