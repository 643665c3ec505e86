use claviger_core::{KeyRef, Reason};
use claviger_keys::{DescribeKey, Sign};
use claviger_kmip::{
    Attribute, ProtocolVersion, RequestPayload, ResponsePayload, ResultReason,
    attributes::{Link, Name, RevocationReason},
    enums::{CryptographicAlgorithm, LinkType, RevocationReasonCode, State},
    operations::{CheckRequest, CreateKeyPairRequest, ReKeyRequest, RevokeRequest},
    value::{UniqueIdentifier, UsageMask},
};
use claviger_types::MessageType;

use crate::{ALICE, BOB, Kmip, VERSIONS, about};

fn state(attributes: &[claviger_kmip::AttributeInstance]) -> State {
    let state = attributes.iter().find_map(|instance| match instance.attribute {
        Attribute::State(state) => Some(state),
        _ => None,
    });
    state.unwrap()
}

fn revoke(id: &UniqueIdentifier, code: RevocationReasonCode) -> RequestPayload {
    RequestPayload::Revoke(RevokeRequest {
        unique_identifier: Some(id.clone()),
        reason: RevocationReason { code, message: None },
        compromise_occurrence_date: None,
    })
}

#[tokio::test]
async fn a_key_lives_once() {
    for version in VERSIONS {
        let kmip = Kmip::new(version).await;
        let id = kmip.aes(Vec::new(), false).await;
        let is = async |expected| assert_eq!(state(&kmip.attributes(&id).await), expected);
        is(State::PreActive).await;
        kmip.refused(revoke(&id, RevocationReasonCode::Superseded), ResultReason::WrongKeyLifecycleState)
            .await;
        kmip.ok(RequestPayload::Activate(about(&id))).await;
        is(State::Active).await;
        kmip.refused(RequestPayload::Activate(about(&id)), ResultReason::WrongKeyLifecycleState).await;
        kmip.refused(RequestPayload::Destroy(about(&id)), ResultReason::WrongKeyLifecycleState).await;
        kmip.ok(revoke(&id, RevocationReasonCode::Superseded)).await;
        is(State::Deactivated).await;
        kmip.ok(revoke(&id, RevocationReasonCode::KeyCompromise)).await;
        is(State::Compromised).await;
        kmip.ok(RequestPayload::Destroy(about(&id))).await;
        is(State::DestroyedCompromised).await;
        kmip.refused(RequestPayload::Destroy(about(&id)), ResultReason::WrongKeyLifecycleState).await;
    }
}

#[tokio::test]
async fn every_front_sees_the_same_key() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let request = CreateKeyPairRequest {
        common: vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Ecdsa).into(),
            Attribute::CryptographicLength(256).into(),
        ],
        private: vec![Attribute::CryptographicUsageMask(UsageMask::SIGN).into()],
        public: vec![Attribute::CryptographicUsageMask(UsageMask::VERIFY).into()],
        ..CreateKeyPairRequest::default()
    };
    let ResponsePayload::CreateKeyPair(pair) = kmip.ok(RequestPayload::CreateKeyPair(request)).await else {
        panic!()
    };
    let UniqueIdentifier::Text(text) = &pair.private_key else { panic!() };
    let key = KeyRef::id(text.parse().unwrap());
    let sign = || Sign {
        key: key.clone(),
        version: None,
        message: b"a message".to_vec(),
        message_type: MessageType::Raw,
        algorithm: None,
    };
    let alice = kmip.caller("alice").await;
    kmip.t.refused(&alice, sign(), Reason::KeyState).await;
    kmip.ok(RequestPayload::Activate(about(&pair.private_key))).await;
    kmip.t.ok(&alice, sign()).await;
    let bob = kmip.caller("bob").await;
    kmip.t.refused(&bob, sign(), Reason::Denied).await;
    kmip.ok(revoke(&pair.private_key, RevocationReasonCode::CessationOfOperation)).await;
    kmip.t.refused(&alice, sign(), Reason::KeyState).await;
    kmip.ok(RequestPayload::Destroy(about(&pair.private_key))).await;
    kmip.t.refused(&kmip.t.admin, DescribeKey { key }, Reason::NotFound).await;
    // With the key its public half is gone.
    assert_eq!(state(&kmip.attributes(&pair.public_key).await), State::Destroyed);
}

#[tokio::test]
async fn a_new_key_takes_over_the_names_of_the_old_one() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let old = kmip.aes(vec![Attribute::Name(Name::text("disk"))], true).await;
    let request = ReKeyRequest { unique_identifier: Some(old.clone()), ..ReKeyRequest::default() };
    let ResponsePayload::ReKey(made) = kmip.ok(RequestPayload::ReKey(request)).await else { panic!() };
    let has = async |id: &UniqueIdentifier, attribute: Attribute| {
        kmip.attributes(id).await.iter().any(|instance| instance.attribute == attribute)
    };
    let new = made.unique_identifier;
    assert!(has(&new, Attribute::Name(Name::text("disk"))).await);
    assert!(!has(&old, Attribute::Name(Name::text("disk"))).await);
    let link = |ty, id: &UniqueIdentifier| Attribute::Link(Link { ty, object: id.clone() });
    assert!(has(&new, link(LinkType::ReplacedObject, &old)).await);
    assert!(has(&old, link(LinkType::ReplacementObject, &new)).await);
    assert_eq!(state(&kmip.attributes(&new).await), State::Active);
    assert_eq!(state(&kmip.attributes(&old).await), State::Active);
}

#[tokio::test]
async fn what_may_be_done_can_be_asked() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let id = kmip.aes(Vec::new(), true).await;
    let check = async |mask: UsageMask| {
        let request = CheckRequest {
            unique_identifier: Some(id.clone()),
            usage_mask: Some(mask),
            ..CheckRequest::default()
        };
        let ResponsePayload::Check(checked) = kmip.ok(RequestPayload::Check(request)).await else { panic!() };
        checked.usage_mask
    };
    assert_eq!(check(UsageMask::ENCRYPT).await, None);
    assert_eq!(check(UsageMask::WRAP_KEY).await, Some(UsageMask::ENCRYPT.with(UsageMask::DECRYPT)));
}

#[tokio::test]
async fn others_may_nothing() {
    let kmip = Kmip::new(ProtocolVersion::V2_1).await;
    let id = kmip.aes(Vec::new(), true).await;
    for payload in [
        RequestPayload::Activate(about(&id)),
        RequestPayload::Destroy(about(&id)),
        RequestPayload::GetAttributeList(about(&id)),
        revoke(&id, RevocationReasonCode::KeyCompromise),
    ] {
        // As if it did not exist.
        assert_eq!(kmip.one(BOB, payload).await.err(), Some(ResultReason::ItemNotFound));
    }
    assert!(kmip.one(ALICE, RequestPayload::GetAttributeList(about(&id))).await.is_ok());
}
