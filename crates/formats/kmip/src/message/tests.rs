use proptest::prelude::*;

use super::*;
use crate::{
    operations::DECODED,
    testing::{Arbitrary, Same, Source},
    value::UniqueIdentifier,
};

mod golden;
mod refused;
mod versions;

impl Arbitrary for Credential {
    fn arbitrary(source: &mut Source) -> Self {
        let newest = if source.has(ProtocolVersion::V2_0) { 6 } else { 1 };
        match source.below(newest) {
            1 => Self::Device(Arbitrary::arbitrary(source)),
            2 => Self::Attestation(Arbitrary::arbitrary(source)),
            3 => Self::OneTimePassword(Arbitrary::arbitrary(source)),
            4 => Self::HashedPassword(Arbitrary::arbitrary(source)),
            5 => Self::Ticket(Arbitrary::arbitrary(source)),
            _ => Self::UsernameAndPassword(Arbitrary::arbitrary(source)),
        }
    }
}

impl Same for Credential {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::UsernameAndPassword(one), Self::UsernameAndPassword(other)) => one.same(other),
            (Self::Device(one), Self::Device(other)) => one.same(other),
            (Self::Attestation(one), Self::Attestation(other)) => one.same(other),
            (Self::OneTimePassword(one), Self::OneTimePassword(other)) => one.same(other),
            (Self::HashedPassword(one), Self::HashedPassword(other)) => one.same(other),
            (Self::Ticket(one), Self::Ticket(other)) => one.same(other),
            _ => false,
        }
    }
}

fn request(operation: Operation, source: &mut Source) -> RequestMessage {
    let item = |operation, source: &mut Source| RequestItem {
        unique_batch_item_id: source.chance(2).then(|| source.bytes()),
        ephemeral: (source.has(ProtocolVersion::V2_0) && source.chance(3)).then(|| source.chance(2)),
        ..RequestItem::from(RequestPayload::arbitrary(operation, source))
    };
    let second = source.pick(&operations(source.version));
    RequestMessage {
        version: source.version,
        header: Arbitrary::arbitrary(source),
        items: vec![item(operation, source), item(second, source)],
    }
}

fn response(operation: Operation, source: &mut Source) -> ResponseMessage {
    let reason = ResultReason::arbitrary(source);
    let outcomes = [
        Outcome::Success(ResponsePayload::arbitrary(operation, source)),
        Outcome::Failed { reason, message: source.chance(2).then(|| Arbitrary::arbitrary(source)) },
        Outcome::Pending { correlation: source.bytes() },
        Outcome::Undone { message: source.chance(2).then(|| Arbitrary::arbitrary(source)) },
    ];
    ResponseMessage {
        version: source.version,
        header: Arbitrary::arbitrary(source),
        items: outcomes
            .into_iter()
            .map(|outcome| ResponseItem {
                operation: Some(operation.into()),
                unique_batch_item_id: source.chance(2).then(|| source.bytes()),
                outcome,
            })
            .collect(),
    }
}

fn operations(version: ProtocolVersion) -> Vec<Operation> {
    DECODED.iter().copied().filter(|operation| operation.since() <= version).collect()
}

fn same_request(one: &RequestMessage, other: &RequestMessage) -> bool {
    one.version == other.version
        && one.header.same(&other.header)
        && one.items.len() == other.items.len()
        && one.items.iter().zip(&other.items).all(|(one, other)| {
            one.operation == other.operation
                && one.unique_batch_item_id == other.unique_batch_item_id
                && one.ephemeral == other.ephemeral
                && matches!((&one.payload, &other.payload), (Ok(one), Ok(other)) if one.same(other))
        })
}

fn same_response(one: &ResponseMessage, other: &ResponseMessage) -> bool {
    let same = |one: &Outcome, other: &Outcome| match (one, other) {
        (Outcome::Success(one), Outcome::Success(other)) => one.same(other),
        (
            Outcome::Failed { reason, message },
            Outcome::Failed { reason: other_reason, message: other_message },
        ) => reason == other_reason && message == other_message,
        (Outcome::Pending { correlation: one }, Outcome::Pending { correlation: other }) => one == other,
        (Outcome::Undone { message: one }, Outcome::Undone { message: other }) => one == other,
        _ => false,
    };
    one.version == other.version
        && one.header == other.header
        && one.items.len() == other.items.len()
        && one.items.iter().zip(&other.items).all(|(one, other)| {
            one.operation == other.operation
                && one.unique_batch_item_id == other.unique_batch_item_id
                && same(&one.outcome, &other.outcome)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every operation in every version.
    #[test]
    fn requests_come_back(seed: u64) {
        for version in ProtocolVersion::KNOWN {
            for operation in operations(version) {
                let message = request(operation, &mut Source::new(seed, version));
                let wire = message.encode().unwrap();
                let again = RequestMessage::decode(wire.expose(), Limits::REQUEST)
                    .unwrap_or_else(|error| panic!("{operation:?} {version}: {error}"));
                prop_assert!(same_request(&message, &again), "{operation:?} {version}");
                prop_assert!(again.encode().unwrap().ct_eq(wire.expose()), "{operation:?} {version}");
            }
        }
    }

    #[test]
    fn responses_come_back(seed: u64) {
        for version in ProtocolVersion::KNOWN {
            for operation in operations(version) {
                let message = response(operation, &mut Source::new(seed, version));
                let wire = message.encode().unwrap_or_else(|error| panic!("{operation:?} {version}: {error}"));
                let again = ResponseMessage::decode(wire.expose(), Limits::RESPONSE)
                    .unwrap_or_else(|error| panic!("{operation:?} {version}: {error}"));
                prop_assert!(same_response(&message, &again), "{operation:?} {version}");
                prop_assert!(again.encode().unwrap().ct_eq(wire.expose()), "{operation:?} {version}");
            }
        }
    }

    /// One bit wrong anywhere: refused or read as something else, never a panic.
    #[test]
    fn damaged_requests(seed: u64, at: prop::sample::Index, bit in 0..8u8) {
        let mut source = Source::new(seed, ProtocolVersion::V2_1);
        source.version = source.pick(&ProtocolVersion::KNOWN);
        let operation = source.pick(&operations(source.version));
        let mut wire = request(operation, &mut source).encode().unwrap().expose().to_vec();
        let at = at.index(wire.len());
        wire[at] ^= 1 << bit;
        if let Ok(message) = RequestMessage::decode(&wire, Limits::REQUEST) {
            let _ = message.encode();
        }
        let _ = ResponseMessage::decode(&wire, Limits::RESPONSE);
    }
}

#[test]
fn every_operation_has_its_payload() {
    for operation in DECODED {
        let mut source = Source::new(1, ProtocolVersion::V2_1);
        assert_eq!(RequestPayload::arbitrary(*operation, &mut source).operation(), *operation);
        assert_eq!(ResponsePayload::arbitrary(*operation, &mut source).operation(), *operation);
    }
    assert_eq!(DECODED.len(), 30);
}
