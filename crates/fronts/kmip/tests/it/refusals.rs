use claviger_core::{Connection, Reason};
use claviger_front_kmip::respond;
use claviger_kmip::{
    Attribute, Limits, ProtocolVersion, RequestPayload, ResponseMessage, ResponsePayload, ResultReason,
    enums::{CryptographicAlgorithm, ObjectType, Operation, QueryFunction},
    operations::{DiscoverVersionsRequest, ObjectRequest, QueryRequest, RngSeedRequest},
};
use claviger_types::SecretBytes;

use crate::{ALICE, Kmip, VERSIONS, create, outcome};

#[tokio::test]
async fn versions_are_discovered() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let future = ProtocolVersion { major: 3, minor: 0 };
    for (asked, answered) in [
        (Vec::new(), VERSIONS.to_vec()),
        (vec![ProtocolVersion::V1_0, future], vec![ProtocolVersion::V1_0]),
        (vec![future], Vec::new()),
    ] {
        let request = RequestPayload::DiscoverVersions(DiscoverVersionsRequest { versions: asked });
        let ResponsePayload::DiscoverVersions(said) = kmip.ok(request).await else { panic!() };
        assert_eq!(said.versions, answered);
    }
}

#[tokio::test]
async fn a_query_says_what_its_version_knows() {
    for version in VERSIONS {
        let kmip = Kmip::new(version).await;
        let functions = QueryFunction::ALL.iter().copied().filter(|function| function.since() <= version);
        let request = RequestPayload::Query(QueryRequest { functions: functions.collect() });
        let ResponsePayload::Query(said) = kmip.ok(request).await else { panic!() };
        assert!(said.operations.iter().all(|operation| operation.since() <= version));
        assert!(said.operations.contains(&Operation::ModifyAttribute));
        assert_eq!(said.operations.contains(&Operation::Encrypt), version >= ProtocolVersion::V1_2);
        assert!(said.object_types.contains(&ObjectType::SecretData));
    }
}

#[tokio::test]
async fn what_is_not_done_is_said_so_and_recorded() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let seed = RngSeedRequest { data: SecretBytes::new(vec![1; 8]) };
    let aes = |length| {
        create(vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Aes),
            Attribute::CryptographicLength(length),
        ])
    };
    let cases = [
        (RequestPayload::Archive(ObjectRequest::default()), ResultReason::OperationNotSupported),
        (RequestPayload::Recover(ObjectRequest::default()), ResultReason::OperationNotSupported),
        (RequestPayload::RngSeed(seed), ResultReason::OperationNotSupported),
        (RequestPayload::Activate(ObjectRequest::default()), ResultReason::ItemNotFound),
        (aes(192), ResultReason::InvalidField),
        (create(vec![Attribute::CryptographicLength(256)]), ResultReason::MissingData),
        (
            create(vec![Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Blowfish)]),
            ResultReason::InvalidField,
        ),
    ];
    for (payload, reason) in cases {
        let before = kmip.t.log.records().len();
        kmip.refused(payload, reason).await;
        assert_eq!(kmip.t.log.records().len(), before + 1);
    }
}

#[tokio::test]
async fn what_can_not_be_read_is_answered_and_ends_the_connection() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let connection = Connection { secure: true, client_spki_sha256: Some(ALICE), ..Connection::default() };
    for bytes in [&[][..], &[0x42, 0, 0x78, 1, 0, 0, 0, 0], b"GET / HTTP/1.1\r\n\r\n"] {
        let answer = respond(&kmip.front, &connection, bytes).await;
        assert!(answer.close);
        let response = ResponseMessage::decode(answer.message.expose(), Limits::RESPONSE).unwrap();
        let [item] = response.items.try_into().ok().unwrap();
        assert!(outcome(item).is_err());
    }
}

/// Every reason of the domain has one of the protocol, and each of those has one that clients of 1.0 take.
#[test]
fn every_reason_is_said_in_every_version() {
    for reason in Reason::ALL {
        for version in VERSIONS {
            let said = claviger_front_kmip::result_reason(*reason).in_version(version);
            assert!(
                version >= ProtocolVersion::V1_4 || said.code() <= 0x11 || said.code() == 0x100,
                "{reason:?}"
            );
        }
    }
}
