use claviger_kmip::{
    Attribute, Outcome, ProtocolVersion, RequestHeader, RequestItem, RequestPayload, ResponsePayload,
    ResultReason,
    attributes::Name,
    enums::{BatchErrorContinuation, CryptographicAlgorithm, QueryFunction, UniqueIdentifierEnum},
    operations::{GetRequest, LocateRequest, ObjectRequest, QueryRequest},
    value::{AsynchronousIndicator, UniqueIdentifier},
};

use crate::{ALICE, Kmip, VERSIONS, create, outcome};

fn named(id: &[u8], payload: RequestPayload) -> RequestItem {
    RequestItem { unique_batch_item_id: Some(id.to_vec()), ..payload.into() }
}

fn aes(name: &str) -> RequestPayload {
    create(vec![
        Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Aes),
        Attribute::Name(Name::text(name)),
    ])
}

fn get(unique_identifier: Option<UniqueIdentifier>) -> RequestPayload {
    RequestPayload::Get(GetRequest { unique_identifier, ..GetRequest::default() })
}

#[tokio::test]
async fn items_speak_of_those_before_them() {
    for version in VERSIONS {
        let kmip = Kmip::new(version).await;
        let items = vec![
            named(b"one", aes("new")),
            named(b"two", RequestPayload::Activate(ObjectRequest::default())),
            named(b"three", get(None)),
        ];
        let done = kmip.batch(items).await;
        let ids: Vec<_> = done.iter().map(|item| item.unique_batch_item_id.clone().unwrap()).collect();
        assert_eq!(ids, [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        let mut done = done.into_iter().map(outcome);
        let Some(Ok(ResponsePayload::Create(created))) = done.next() else { panic!() };
        let Some(Ok(ResponsePayload::Activate(activated))) = done.next() else { panic!() };
        let Some(Ok(ResponsePayload::Get(got))) = done.next() else { panic!() };
        assert_eq!(activated.unique_identifier, created.unique_identifier);
        assert_eq!(got.unique_identifier, created.unique_identifier);
    }
}

#[tokio::test]
async fn a_search_for_one_is_spoken_of_and_one_for_many_is_not() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let locate = |name: &str| {
        RequestPayload::Locate(LocateRequest {
            attributes: vec![Attribute::Name(Name::text(name)).into()],
            ..LocateRequest::default()
        })
    };
    kmip.batch(vec![named(b"1", aes("only")), named(b"2", aes("twice")), named(b"3", aes("twice"))]).await;
    for (name, found) in [("only", true), ("twice", false), ("none", false)] {
        let done = kmip.batch(vec![named(b"1", locate(name)), named(b"2", get(None))]).await;
        let [_, got] = done.try_into().ok().unwrap();
        match found {
            true => assert!(matches!(got.outcome, Outcome::Success(_))),
            false => assert_eq!(outcome(got).err(), Some(ResultReason::ItemNotFound)),
        }
    }
}

#[tokio::test]
async fn from_2_0_on_objects_are_counted() {
    let kmip = Kmip::new(ProtocolVersion::V2_1).await;
    let by = |identifier| get(Some(identifier));
    let items = [
        aes("first"),
        aes("second"),
        by(UniqueIdentifier::Nth(0)),
        by(UniqueIdentifier::Nth(-1)),
        by(UniqueIdentifier::Of(UniqueIdentifierEnum::Create)),
        by(UniqueIdentifier::Nth(2)),
    ];
    let done =
        kmip.batch(items.into_iter().enumerate().map(|(n, item)| named(&[n as u8], item)).collect()).await;
    let mut ids = Vec::new();
    for item in done {
        match outcome(item) {
            Ok(ResponsePayload::Create(created)) => ids.push(created.unique_identifier),
            Ok(ResponsePayload::Get(got)) => ids.push(got.unique_identifier),
            Ok(_) => panic!(),
            Err(reason) => assert_eq!(reason, ResultReason::ItemNotFound),
        }
    }
    assert_eq!(ids.len(), 5);
    assert_eq!((&ids[2], &ids[3], &ids[4]), (&ids[0], &ids[1], &ids[1]));
}

#[tokio::test]
async fn a_batch_ends_with_its_first_failure_unless_it_shall_go_on() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    for (continuation, count) in
        [(None, 2), (Some(BatchErrorContinuation::Stop), 2), (Some(BatchErrorContinuation::Continue), 3)]
    {
        let items = vec![named(b"1", aes("a")), named(b"2", get(Some("none".into()))), named(b"3", aes("b"))];
        let header = RequestHeader { batch_error_continuation: continuation, ..RequestHeader::default() };
        let (response, _) = kmip.send_as(Some(ALICE), header, items).await;
        assert_eq!(response.items.len(), count);
    }
    let header = RequestHeader {
        batch_error_continuation: Some(BatchErrorContinuation::Undo),
        ..RequestHeader::default()
    };
    let before = kmip.t.log.records().len();
    let (response, _) =
        kmip.send_as(Some(ALICE), header, vec![named(b"1", aes("a")), named(b"2", aes("b"))]).await;
    let [item] = response.items.try_into().ok().unwrap();
    assert_eq!(outcome(item).err(), Some(ResultReason::FeatureNotSupported));
    assert_eq!(kmip.t.log.records().len(), before + 1, "refused as a whole, which is on record");
}

#[tokio::test]
async fn answers_are_never_longer_or_later_than_they_may_be() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let query = || {
        let functions = vec![QueryFunction::Operations, QueryFunction::Objects];
        vec![RequestPayload::Query(QueryRequest { functions }).into()]
    };
    for (maximum, reason) in [(200, Some(ResultReason::ResponseTooLarge)), (4000, None)] {
        let header = RequestHeader { maximum_response_size: Some(maximum), ..RequestHeader::default() };
        let (response, _) = kmip.send_as(Some(ALICE), header, query()).await;
        let [item] = response.items.try_into().ok().unwrap();
        assert_eq!(outcome(item).err(), reason);
    }
    let header = RequestHeader {
        asynchronous_indicator: Some(AsynchronousIndicator::Mandatory),
        ..RequestHeader::default()
    };
    let kmip = kmip.in_version(ProtocolVersion::V2_0);
    let (response, _) = kmip.send_as(Some(ALICE), header, query()).await;
    let [item] = response.items.try_into().ok().unwrap();
    assert_eq!(outcome(item).err(), Some(ResultReason::FeatureNotSupported));
}
